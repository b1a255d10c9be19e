use std::{
    fs,
    hint::black_box,
    process::{Command, Stdio},
    time::Instant,
};

use crosskey_benches::{command, long_share, many_bundles, many_readers, read_inline, scratch};
use crosskey_engine::{
    bundle::{Bundle, Decision},
    decide::World,
};

/// How long something takes for ever greater numbers.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    /// The number, and the seconds.
    pub(crate) points: Vec<(f64, f64)>,
}

/// AWS saves no policies that are much longer.
const STATEMENTS: [usize; 5] = [8, 16, 32, 64, 128];
const PRINCIPALS: [usize; 5] = [10, 30, 100, 300, 1000];
const BUNDLES: [usize; 5] = [10, 30, 100, 300, 1000];

pub(crate) fn all() -> Result<Vec<Series>, String> {
    let mut all = vec![
        Series {
            name: "a decision, by the statements of a policy",
            points: over(&STATEMENTS, |count| statements(count, decision))?,
        },
        Series {
            name: "the same explained",
            points: over(&STATEMENTS, |count| statements(count, explained))?,
        },
        Series {
            name: "the same from the text of the bundle on",
            points: over(&STATEMENTS, from_text)?,
        },
        Series {
            name: "who reads what, by principals with ten secrets each",
            points: over(&PRINCIPALS, readers)?,
        },
    ];
    if command().is_some() {
        let name = "`crosskey check`, by the bundles of a tree";
        all.push(Series { name, points: over(&BUNDLES, check)? });
    }
    Ok(all)
}

fn over(
    counts: &[usize],
    seconds: impl Fn(usize) -> Result<f64, String>,
) -> Result<Vec<(f64, f64)>, String> {
    let exact = |count: usize| u32::try_from(count).map(f64::from).map_err(|e| e.to_string());
    counts.iter().map(|count| Ok((exact(*count)?, seconds(*count)?))).collect()
}

fn statements(count: usize, measure: fn(&Bundle) -> Result<f64, String>) -> Result<f64, String> {
    let (bundle, _) = read_inline(&long_share(count, true)?)?;
    let request = bundle.requests.first().ok_or("no request")?;
    match World::new(&bundle).decision(request) {
        Ok(Decision::Allow) => measure(&bundle),
        other => Err(format!("{count} statements: {other:?}")),
    }
}

fn decision(bundle: &Bundle) -> Result<f64, String> {
    let world = World::new(bundle);
    let request = bundle.requests.first().ok_or("no request")?;
    let prepared = world.prepare(request).map_err(|error| error.to_string())?;
    Ok(shortest(20, || {
        for _ in 0..1000 {
            black_box(prepared.decision());
        }
    }) / 1000.0)
}

fn explained(bundle: &Bundle) -> Result<f64, String> {
    let world = World::new(bundle);
    let request = bundle.requests.first().ok_or("no request")?;
    Ok(shortest(20, || {
        black_box(world.simulate(request).ok());
    }))
}

fn from_text(count: usize) -> Result<f64, String> {
    let share = long_share(count, true)?;
    Ok(shortest(20, || {
        if let Ok((bundle, _)) = read_inline(&share)
            && let Some(request) = bundle.requests.first()
        {
            black_box(World::new(&bundle).decision(request).ok());
        }
    }))
}

fn readers(count: usize) -> Result<f64, String> {
    let (bundle, _) = read_inline(&many_readers(count, 10)?)?;
    let world = World::new(&bundle);
    let expected = count * 10;
    let found = world.readers().len();
    if found != expected {
        return Err(format!("{found} readers of {expected}"));
    }
    Ok(shortest(5, || {
        black_box(world.readers());
    }))
}

fn check(count: usize) -> Result<f64, String> {
    let program = command().ok_or("no program")?;
    let folder = scratch(&format!("growth-{count}"));
    many_bundles(&folder, count)?;
    let seconds = shortest(3, || {
        let mut command = Command::new(&program);
        command.arg("check").arg(&folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().ok();
    });
    fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(seconds)
}

/// The shortest of several times: whatever else the machine does only adds.
fn shortest(times: usize, mut work: impl FnMut()) -> f64 {
    let mut once = || {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..times).map(|_| once()).fold(f64::INFINITY, f64::min)
}
