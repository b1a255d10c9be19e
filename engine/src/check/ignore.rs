//! Findings that somebody looked at and accepts, each with a reason. An ignore that matches nothing any more, or whose
//! time is up, is a finding of its own: otherwise it would wait, unseen, for the next mistake like the old one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    input::{CheckOptions, Grade},
    subject::Findings,
};
use crate::{
    finding::{Finding, Place, Rule, Severity},
    text::{Location, Sources, Span, escape},
};

const STALE: Rule = Rule {
    id: "stale-ignore",
    severity: Severity::Warning,
    summary: "an ignore that no finding matches",
    why: "What was accepted has been mended, or the statement says something else now. Left where it is, the ignore \
          would accept the old mistake unseen should it come back.",
    bad: "an entry of `[[ignore]]` whose fingerprint no finding has",
    good: "the entry removed; `crosskey baseline` writes those that are still needed",
    reference: "the page on configuration: docs/configuration.md",
};
const ENDED: Rule = Rule {
    id: "ended-ignore",
    severity: Severity::Warning,
    summary: "an ignore whose time is up",
    why: "The finding was accepted until a day that has passed. It is reported again.",
    bad: "an entry of `[[ignore]]` with `until = 2020-01-31`",
    good: "the mistake mended and the entry removed, or a later day with a reason that still holds",
    reference: "the page on configuration: docs/configuration.md",
};

pub(super) const RULES: &[&Rule] = &[&STALE, &ENDED];

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The rule.
    pub rule: &'static Rule,
    /// The file that the finding is in, as [`Sifting::file`] names it.
    pub policy: String,
    /// The fingerprint of the finding.
    pub fingerprint: String,
    /// How many places of the file it is accepted at. Statements that say the same have the same fingerprint; one more
    /// of them is one more than was looked at.
    pub count: usize,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Option<Date>,
    /// Where the ignore is written.
    pub location: Location,
}

/// A finding that was accepted, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Option<Date>,
}

/// What came of sifting findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// What is to be reported: what no ignore covers, and ignores that are stale or ended.
    pub findings: Vec<Finding>,
    /// What is accepted.
    pub ignored: Vec<Ignored>,
}

/// What sifting needs to know of the world outside of the engine.
pub struct Sifting<'a> {
    /// All texts.
    pub sources: &'a Sources,
    /// The day on which findings are judged.
    pub today: Date,
    /// The name by which an [`Ignore`] knows a file; `None` for one that no ignore can name.
    pub file: &'a dyn Fn(&str) -> Option<String>,
    /// Whether everything that can be found in a file, by the ignores' name for it, was looked for. Otherwise an ignore
    /// that matches nothing may still be needed.
    pub is_judged: &'a dyn Fn(&str) -> bool,
    /// What to make of stale and ended ignores.
    pub options: &'a CheckOptions,
}

/// Takes the accepted findings out, and reports the ignores that accept nothing any more.
///
/// A finding about what could not be judged is never accepted.
pub fn sift(findings: Vec<Finding>, ignores: &[Ignore], sifting: &Sifting<'_>) -> Judged {
    let mut judged = Judged::default();
    let mut uses: Vec<Use> = ignores.iter().map(|_| Use::default()).collect();
    let mut known: BTreeMap<(&str, String, String), Vec<usize>> = BTreeMap::new();
    for (number, ignore) in ignores.iter().enumerate() {
        let key = (ignore.rule.id, ignore.policy.clone(), ignore.fingerprint.clone());
        known.entry(key).or_default().push(number);
    }
    for finding in findings {
        let file = match known.is_empty() || finding.is_unjudged() {
            true => None,
            false => (sifting.file)(finding.file(sifting.sources)),
        };
        let key = file.map(|file| (finding.rule.id, file, finding.fingerprint.clone()));
        let numbers = key.and_then(|key| known.get(&key));
        let place = place(&finding, sifting.sources);
        let cover = numbers.into_iter().flatten().find_map(|number| {
            let (ignore, used) = (ignores.get(*number)?, uses.get_mut(*number)?);
            (used.places.contains(&place) || used.places.len() < ignore.count).then(|| {
                used.places.insert(place.clone());
                ignore
            })
        });
        match cover {
            Some(ignore) if !has_ended(ignore, sifting.today) => judged.ignored.push(Ignored {
                finding,
                reason: ignore.reason.clone(),
                until: ignore.until,
            }),
            _ => judged.findings.push(finding),
        }
    }
    for (ignore, used) in ignores.iter().zip(&uses) {
        judged.findings.extend(upkeep(ignore, used.places.len(), sifting));
    }
    judged
}

/// Where an ignore was of use. Two bundles that share a file find the same mistake at the same place.
#[derive(Default)]
struct Use {
    places: BTreeSet<(String, Option<Span>)>,
}

fn place(finding: &Finding, sources: &Sources) -> (String, Option<Span>) {
    let span = match finding.place {
        Place::Source(location) => Some(location.span),
        Place::File(_) => None,
    };
    (finding.file(sources).to_owned(), span)
}

fn has_ended(ignore: &Ignore, today: Date) -> bool {
    ignore.until.is_some_and(|last| last < today)
}

/// What is to be said of an ignore itself.
fn upkeep(ignore: &Ignore, used: usize, sifting: &Sifting<'_>) -> Option<Finding> {
    let what = format!("`{}` in `{}`", ignore.rule.id, escape(&ignore.policy));
    let is_judged = || (sifting.is_judged)(&ignore.policy);
    let (rule, message, help) = match ignore.until {
        _ if used == 0 => {
            if !is_judged() {
                return None;
            }
            let help = "remove the entry; where the statement was changed, look at what is found in it now";
            (&STALE, format!("no finding of {what} matches this ignore"), help)
        }
        Some(last) if has_ended(ignore, sifting.today) => (
            &ENDED,
            format!("this ignore of {what} ended on {last}"),
            "mend the finding and remove the entry, or set a later `until` with a reason that still holds",
        ),
        _ if used < ignore.count && is_judged() => (
            &STALE,
            format!("this ignore of {what} accepts {} places, and there are {used}", ignore.count),
            "lower `count` to the number of places",
        ),
        _ => return None,
    };
    let mut finding = Findings::at(rule, ignore.location, message, help.to_owned());
    match sifting.options.grades.get(rule.id) {
        Some(Grade::Off) => return None,
        Some(Grade::Severity(severity)) => finding.severity = *severity,
        None => {}
    }
    Some(finding)
}
