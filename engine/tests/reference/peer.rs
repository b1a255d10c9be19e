//! The evaluator against another one, `@cloud-copilot/iam-simulate`, on random cases of what both model. Every difference
//! must be one that docs/differences.md argues.
//!
//! `make differential` installs the other and says in `CROSSKEY_PEER` where; `CROSSKEY_PEER_CASES` is how many cases to try,
//! `CROSSKEY_PEER_SEED` a number for others than the usual ones.

mod class;
mod cut;
mod process;
mod question;
mod shrink;

use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path};

use crosskey_engine::{aws::ASSUMPTIONS, bundle::Decision};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use self::{
    class::{Difference, RULES},
    cut::{cut, favour},
    process::{Peer, Said},
    question::in_the_others_words,
    shrink::shrink,
};
use super::{
    choices::Choices, engine_checks, generate::scenario, reading::checks, scenario::Scenario,
};

/// What both say of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pair {
    ours: Decision,
    theirs: Decision,
}

/// Both answers to each check; an error where the other does not take a request.
fn pairs(peer: &mut Peer, scenario: &Scenario) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    for (ours, check) in engine_checks(scenario)?.into_iter().zip(checks(scenario)) {
        match peer.ask(&in_the_others_words(scenario, &check)) {
            Said::Decided(theirs) => pairs.push(Pair { ours, theirs }),
            Said::Refused(why) => return Err(why),
        }
    }
    Ok(pairs)
}

/// What came of many cases.
#[derive(Default)]
struct Outcome {
    checks: u32,
    agreed: BTreeMap<Decision, u32>,
    differences: Vec<Difference>,
}

fn compare(peer: &mut Peer, cases: u32, seed: u8) -> Outcome {
    let mut outcome = Outcome::default();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let numbers = vec(any::<u8>(), 0..600);
    for _ in 0..cases {
        let numbers = numbers.new_tree(&mut runner).unwrap().current();
        let mut choices = Choices::new(&numbers);
        let mut scenario = scenario(&mut choices);
        favour(&mut choices, &mut scenario);
        cut(&mut scenario);
        let found = pairs(peer, &scenario).unwrap_or_else(|why| panic!("it refuses a case: {why}"));
        for (at, pair) in found.into_iter().enumerate() {
            outcome.checks += 1;
            if pair.ours == pair.theirs {
                *outcome.agreed.entry(pair.ours).or_insert(0) += 1;
                continue;
            }
            let smallest = shrink(&scenario, |smaller| {
                pairs(peer, smaller).is_ok_and(|found| found.get(at) == Some(&pair))
            });
            let check = checks(&smallest).swap_remove(at);
            outcome.differences.push(Difference { scenario: smallest, at, check, pair });
        }
    }
    outcome
}

/// Every difference, by what explains it: how often, and each smallest case once.
fn told(differences: &[Difference]) -> BTreeMap<&'static str, (u32, BTreeMap<String, u32>)> {
    let mut told: BTreeMap<&'static str, (u32, BTreeMap<String, u32>)> = BTreeMap::new();
    for it in differences {
        let (count, cases) = told.entry(it.explanation().unwrap_or(UNEXPLAINED)).or_default();
        *count += 1;
        let said = in_the_others_words(&it.scenario, &it.check);
        let case =
            format!("{:?} by Crosskey, {:?} by the other: {said}", it.pair.ours, it.pair.theirs);
        *cases.entry(case).or_default() += 1;
    }
    told
}

const UNEXPLAINED: &str = "unexplained";

#[test]
fn every_difference_from_the_other_evaluator_is_explained() {
    let Ok(folder) = env::var("CROSSKEY_PEER") else {
        println!("skipped: CROSSKEY_PEER is not set, `make differential` sets it");
        return;
    };
    let number = |name| env::var(name).ok().map(|number| number.parse().unwrap());
    let cases = number("CROSSKEY_PEER_CASES").unwrap_or(10_000);
    let seed = number("CROSSKEY_PEER_SEED").map_or(7, |seed| u8::try_from(seed).unwrap());
    let outcome = compare(&mut Peer::start(Path::new(&folder)), cases, seed);
    let told = told(&outcome.differences);

    println!("{cases} bundles, {} checks", outcome.checks);
    for (decision, count) in &outcome.agreed {
        println!("both {}: {count}", decision.as_str());
    }
    let mut listing = String::new();
    for (name, (count, cases)) in &told {
        println!("{name}: {count}");
        writeln!(listing, "{name}: {count}").unwrap();
        for (case, count) in cases {
            writeln!(listing, "  {count} x {case}").unwrap();
        }
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differences.txt");
    fs::write(&file, listing).unwrap();
    println!("every smallest case: {}", file.display());
    assert!(!told.contains_key(UNEXPLAINED), "{:#?}", told[UNEXPLAINED].1);
    // Cases that all end the same would show nothing.
    for decision in [Decision::Allow, Decision::ExplicitDeny, Decision::ImplicitDeny] {
        let count = outcome.agreed.get(&decision).copied().unwrap_or(0);
        assert!(count * 25 > cases, "{decision:?}: {:?}", outcome.agreed);
    }
}

/// The page argues each rule, and what it names are assumptions.
#[test]
fn the_page_on_differences_argues_each_rule() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/differences.md");
    let page = fs::read_to_string(page).unwrap();
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let rules: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(headings, rules);
    let linked = |name: &str| page.contains(&format!("[`{name}`](assumptions.md#{name})"));
    for known in ASSUMPTIONS {
        assert!(
            !page.contains(&format!("| `{}", known.name)) || linked(known.name),
            "{}",
            known.name
        );
    }
}
