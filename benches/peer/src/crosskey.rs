use crosskey_benches::read_inline;
use crosskey_engine::{
    aws::assumption::Consulted,
    bundle::{Bundle, Decision},
    decide::World,
};

use crate::{
    Row,
    case::Case,
    timing::{Timing, time},
};

/// A decision of a bundle, from what each row begins with.
type Decide = fn(&Bundle) -> Result<Timing, String>;

pub fn rows(cases: &[Case]) -> Result<Vec<Row>, String> {
    let rows: [(&str, Decide); 4] = [
        ("Crosskey, request prepared", prepared),
        ("with every statement that was heard", traced),
        ("with the request worked out anew", from_the_request),
        ("with the policies compiled anew", from_the_bundle),
    ];
    let row = |(who, decide): (&str, Decide)| {
        let bundles = cases.iter().map(|case| read_inline(&case.share));
        let timings = bundles.map(|bundle| decide(&bundle?.0)).collect::<Result<_, String>>()?;
        Ok(Row { who: who.to_owned(), timings })
    };
    rows.into_iter().map(row).collect()
}

fn prepared(bundle: &Bundle) -> Result<Timing, String> {
    let world = World::new(bundle);
    let request = bundle.requests.first().ok_or("no request")?;
    let prepared = world.prepare(request).map_err(|error| error.to_string())?;
    Ok(time(|| prepared.decision() == Decision::Allow))
}

fn traced(bundle: &Bundle) -> Result<Timing, String> {
    let world = World::new(bundle);
    let request = bundle.requests.first().ok_or("no request")?;
    let prepared = world.prepare(request).map_err(|error| error.to_string())?;
    let consulted = Consulted::default();
    Ok(time(|| prepared.traced(&consulted).iter().all(|check| check.decision == Decision::Allow)))
}

fn from_the_request(bundle: &Bundle) -> Result<Timing, String> {
    let world = World::new(bundle);
    let request = bundle.requests.first().ok_or("no request")?;
    Ok(time(|| world.decision(request) == Ok(Decision::Allow)))
}

fn from_the_bundle(bundle: &Bundle) -> Result<Timing, String> {
    let request = bundle.requests.first().ok_or("no request")?;
    Ok(time(|| World::new(bundle).decision(request) == Ok(Decision::Allow)))
}
