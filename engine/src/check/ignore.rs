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
    /// The file that the finding is in, by the name that [`Sieve::sift`] asks for.
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
    /// What is to be reported.
    pub findings: Vec<Finding>,
    /// What is accepted.
    pub ignored: Vec<Ignored>,
}

/// Takes accepted findings out, part by part in the order of a run, and in the end tells of ignores that accept nothing
/// any more. Of what it has sifted it keeps the places that an ignore covers, and nothing else.
///
/// ```
/// use crosskey_engine::{check::{CheckOptions, Sieve}, text::Sources};
/// use jiff::civil::date;
///
/// let mut sieve = Sieve::new(&[], date(2026, 1, 31));
/// let judged = sieve.sift(Vec::new(), &Sources::new(), &|shown| Some(shown.to_owned()));
/// assert!(judged.findings.is_empty());
/// assert!(sieve.upkeep(&|_| true, &CheckOptions::default()).is_empty());
/// ```
#[derive(Debug)]
pub struct Sieve<'a> {
    ignores: &'a [Ignore],
    /// The numbers of the ignores of a rule, a file and a fingerprint.
    known: BTreeMap<(&'static str, &'a str, &'a str), Vec<usize>>,
    /// What each ignore was good for.
    uses: Vec<Use>,
    /// The day on which findings are judged.
    today: Date,
}

impl<'a> Sieve<'a> {
    /// A sieve for findings that are judged on this day.
    pub fn new(ignores: &'a [Ignore], today: Date) -> Self {
        let mut known: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (number, Ignore { rule, policy, fingerprint, .. }) in ignores.iter().enumerate() {
            let key = (rule.id, policy.as_str(), fingerprint.as_str());
            known.entry(key).or_default().push(number);
        }
        Self { ignores, known, uses: ignores.iter().map(|_| Use::default()).collect(), today }
    }

    /// Takes the accepted findings out of some that point into `sources`. `file` gives the name by which an [`Ignore`]
    /// knows a file; `None` for one that no ignore can name.
    ///
    /// A finding about what could not be judged is never accepted.
    pub fn sift(
        &mut self,
        findings: Vec<Finding>,
        sources: &Sources,
        file: &dyn Fn(&str) -> Option<String>,
    ) -> Judged {
        if self.known.is_empty() {
            return Judged { findings, ignored: Vec::new() };
        }
        let mut judged = Judged::default();
        for finding in findings {
            match self.cover(&finding, sources, file) {
                Some(ignore) if !has_ended(ignore, self.today) => judged.ignored.push(Ignored {
                    finding,
                    reason: ignore.reason.clone(),
                    until: ignore.until,
                }),
                _ => judged.findings.push(finding),
            }
        }
        judged
    }

    /// The ignore that covers a finding, which is thereby of use.
    fn cover(
        &mut self,
        finding: &Finding,
        sources: &Sources,
        file: &dyn Fn(&str) -> Option<String>,
    ) -> Option<&'a Ignore> {
        if finding.is_unjudged() {
            return None;
        }
        let policy = file(finding.file(sources))?;
        let key = (finding.rule.id, policy.as_str(), finding.fingerprint.as_str());
        let place = place(finding, sources);
        self.known.get(&key)?.iter().find_map(|number| {
            let (ignore, used) = (self.ignores.get(*number)?, self.uses.get_mut(*number)?);
            (used.places.contains(&place) || used.places.len() < ignore.count).then(|| {
                used.places.insert(place.clone());
                ignore
            })
        })
    }

    /// The findings about ignores that are stale or ended, now that everything was sifted. `is_judged` tells whether
    /// everything that can be found in a file, by the ignores' name for it, was looked for. Otherwise an ignore that
    /// matches nothing may still be needed.
    pub fn upkeep(self, is_judged: &dyn Fn(&str) -> bool, options: &CheckOptions) -> Vec<Finding> {
        let pairs = self.ignores.iter().zip(&self.uses);
        let told = pairs.filter_map(|(ignore, used)| {
            let finding = upkeep(ignore, used.places.len(), self.today, is_judged)?;
            graded(finding, options)
        });
        told.collect()
    }
}

/// Where an ignore was of use. Two bundles that share a file find the same mistake at the same place.
#[derive(Debug, Default)]
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
fn upkeep(
    ignore: &Ignore,
    used: usize,
    today: Date,
    is_judged: &dyn Fn(&str) -> bool,
) -> Option<Finding> {
    let what = format!("`{}` in `{}`", ignore.rule.id, escape(&ignore.policy));
    let is_judged = || is_judged(&ignore.policy);
    let (rule, message, help) = match ignore.until {
        _ if used == 0 => {
            if !is_judged() {
                return None;
            }
            let help = "remove the entry; where the statement was changed, look at what is found in it now";
            (&STALE, format!("no finding of {what} matches this ignore"), help)
        }
        Some(last) if has_ended(ignore, today) => (
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
    Some(Findings::at(rule, ignore.location, message, help.to_owned()))
}

/// The finding as the settings want it; `None` where they leave it out.
fn graded(mut finding: Finding, options: &CheckOptions) -> Option<Finding> {
    match options.grades.get(finding.rule.id) {
        Some(Grade::Off) => return None,
        Some(Grade::Severity(severity)) => finding.severity = *severity,
        None => {}
    }
    Some(finding)
}
