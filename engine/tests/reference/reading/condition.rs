//! Whether a condition holds.

use std::net::IpAddr;

use super::{
    super::scenario::Scenario,
    context::{Call, Held, held},
    text::{arn_matches, can_begin, exact, fields, filled, matches, wild},
    truth::{NO, Truth, YES, all, any, not},
};

/// Keys that can carry several values.
const MANY: &[&str] =
    &["aws:principalorgpaths", "aws:calledvia", "kms:encryptioncontextkeys", "kms:resourcealiases"];
/// Keys that are not text; `Arn` operators read text too.
const TYPED: &[(&str, &str)] = &[
    ("aws:principalarn", "Arn"),
    ("secretsmanager:secretid", "Arn"),
    ("aws:principalisawsservice", "Bool"),
    ("aws:viaawsservice", "Bool"),
    ("aws:securetransport", "Bool"),
    ("aws:multifactorauthpresent", "Bool"),
    ("aws:sourceip", "Ip"),
    ("aws:currenttime", "Date"),
    ("aws:multifactorauthage", "Numeric"),
];
/// Tags hold whatever their author wrote, and of a key that no service defines nothing is known.
const FREE: &[&str] = &[
    "aws:principaltag/team",
    "aws:resourcetag/team",
    "secretsmanager:resourcetag/team",
    "s3:prefix",
];
/// Each date that the cases use, with its seconds since 1970.
pub(crate) const DATES: &[(&str, i64)] = &[
    ("2026-01-01T00:00:00Z", 1_767_225_600),
    ("2026-01-01T09:00:00+09:00", 1_767_225_600),
    ("1767225600", 1_767_225_600),
    ("2026-06-01", 1_780_272_000),
    ("2025-12-31T23:59:59Z", 1_767_225_599),
];

/// Whose condition, on which call.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) call: Call,
    pub(super) is_deny: bool,
    pub(super) with_variables: bool,
}

/// How a value of the request compares with the listed ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Comparison {
    No,
    Unreadable,
    Unknown,
    Yes,
}

impl From<bool> for Comparison {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl Asked<'_> {
    /// What a policy variable holds; only keys with one value can be variables.
    pub(super) fn variable(&self, key: &str) -> Result<Option<String>, ()> {
        if MANY.contains(&key.to_lowercase().as_str()) {
            return Ok(None);
        }
        match held(self.scenario, self.call, key) {
            Held::Values(values) if values.len() == 1 => Ok(values.into_iter().next()),
            Held::Values(_) | Held::Absent => Ok(None),
            Held::Begins(_) | Held::Present | Held::Unknown => Err(()),
        }
    }

    pub(super) fn holds(&self, operator: &str, key: &str, listed: &[String]) -> Truth {
        let (set, bare) = match operator.split_once(':') {
            Some((set, bare)) => (set, bare),
            None => ("", operator),
        };
        let (bare, if_exists) = match bare.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (bare, false),
        };
        let held = held(self.scenario, self.call, key);
        let present = match &held {
            Held::Values(values) => Some(!values.is_empty()),
            Held::Begins(_) | Held::Present => YES,
            Held::Absent => NO,
            Held::Unknown => None,
        };
        let absent = not(present);
        if bare == "Null" {
            return match set {
                "ForAllValues" => YES,
                "ForAnyValue" => NO,
                _ => any(listed.iter().map(|value| match value.to_lowercase().as_str() {
                    "true" => absent,
                    "false" => present,
                    _ => NO,
                })),
            };
        }
        let negated = bare.contains("Not");
        if listed.is_empty() {
            return match set {
                "ForAllValues" => absent,
                _ if if_exists => absent,
                "ForAnyValue" => NO,
                _ => Some(negated),
            };
        }
        let key = key.to_lowercase();
        let each = |test: &dyn Fn(Truth) -> Truth| match &held {
            Held::Values(values) => {
                any(values.iter().map(|value| test(self.matches(bare, &key, value, listed))))
            }
            Held::Begins(start) => test(self.may_match(bare, &key, start, listed)),
            // Whatever the value is, a lone star matches it.
            Held::Present
                if bare.ends_with("Like")
                    && bare.starts_with("String")
                    && listed.iter().any(|v| v == "*") =>
            {
                test(YES)
            }
            Held::Present | Held::Unknown => None,
            Held::Absent => NO,
        };
        let some_matches = || all([present, each(&|matches| matches)]);
        let some_differs = || all([present, each(&not)]);
        let several = MANY.contains(&key.as_str())
            || matches!(&held, Held::Values(values) if values.len() > 1);
        let plain = match (set, negated) {
            ("", false) if several => NO,
            ("", true) if several => {
                let otherwise = match self.scenario.assumes("negated_multivalued") {
                    "true" => YES,
                    "false" => NO,
                    _ => None,
                };
                any([absent, otherwise])
            }
            ("" | "ForAnyValue", false) => some_matches(),
            ("" | "ForAllValues", true) => not(some_matches()),
            ("ForAllValues", false) => not(some_differs()),
            _ => some_differs(),
        };
        if !if_exists {
            return plain;
        }
        match (set, self.scenario.assumes("for_any_value_if_exists")) {
            ("ForAnyValue", "false") => plain,
            ("ForAnyValue", "") if !self.is_deny => any([all([absent, None]), plain]),
            _ => any([absent, plain]),
        }
    }

    /// Of a value that is known but for its end.
    fn may_match(&self, bare: &str, key: &str, start: &str, listed: &[String]) -> Truth {
        let ends = ["7Q", "zz-unlikely"];
        let tried = ends.map(|end| self.matches(bare, key, &format!("{start}{end}"), listed));
        if tried == [YES; 2] {
            return YES;
        }
        let exact_text = !bare.ends_with("Like");
        let open = bare.starts_with("String")
            && listed.iter().any(|listed| {
                bare.ends_with("IgnoreCase")
                    || self.with_variables && listed.contains("${") && !listed.contains("${*}")
                    || can_begin(&if exact_text { exact(listed) } else { wild(listed) }, start)
            });
        if open || tried != [NO; 2] { None } else { NO }
    }

    fn matches(&self, bare: &str, key: &str, value: &str, listed: &[String]) -> Truth {
        let found = listed.iter().map(|listed| self.compare(bare, key, value, listed)).max();
        let found = found.unwrap_or(Comparison::No);
        let negated = bare.contains("Not");
        match found {
            Comparison::Yes => YES,
            Comparison::No => NO,
            Comparison::Unknown => None,
            Comparison::Unreadable if !negated => NO,
            Comparison::Unreadable if bare.starts_with("Arn") => {
                match self.scenario.assumes("negated_invalid_arn") {
                    "false" => YES,
                    "true" => NO,
                    _ => None,
                }
            }
            Comparison::Unreadable => match self.scenario.assumes("negated_type_mismatch") {
                "false" => YES,
                "true" => NO,
                "" if !self.is_deny => YES,
                _ => None,
            },
        }
    }

    fn compare(&self, bare: &str, key: &str, value: &str, listed: &str) -> Comparison {
        let family = ["String", "Numeric", "Date", "Bool", "Arn"]
            .into_iter()
            .find(|family| bare.starts_with(family))
            .unwrap_or("Ip");
        let of_key = TYPED.iter().find(|(typed, _)| *typed == key).map_or("String", |(_, t)| *t);
        let fits = match family {
            "String" => true,
            _ if FREE.contains(&key) => true,
            "Arn" => matches!(of_key, "Arn" | "String"),
            _ => of_key == family,
        };
        if family == "Arn" && value.splitn(6, ':').count() < 6 {
            return Comparison::Unreadable;
        }
        if !fits {
            return Comparison::Unreadable;
        }
        let read = |wildcards: bool| match self.with_variables {
            true => filled(listed, wildcards, |key| self.variable(key)),
            false => Ok(Some(if wildcards { wild(listed) } else { exact(listed) })),
        };
        let of_text =
            |wildcards: bool, test: &dyn Fn(&[super::text::Symbol]) -> Comparison| match read(
                wildcards,
            ) {
                Err(()) => Comparison::Unknown,
                Ok(None) => Comparison::No,
                Ok(Some(pattern)) => test(&pattern),
            };
        let both = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => related(bare, a, b).into(),
            _ => Comparison::Unreadable,
        };
        match family {
            "String" if bare.ends_with("IgnoreCase") => of_text(false, &|pattern| {
                let lower = |text: String| text.to_lowercase();
                let text = pattern.iter().map(|symbol| match symbol {
                    super::text::Symbol::Is(character) => *character,
                    _ => '*',
                });
                (lower(text.collect()) == lower(value.to_owned())).into()
            }),
            "String" => of_text(bare.ends_with("Like"), &|pattern| matches(pattern, value).into()),
            "Arn" => of_text(true, &|pattern| match fields(pattern) {
                None => Comparison::Unreadable,
                Some(_) => arn_matches(pattern, value).unwrap_or(false).into(),
            }),
            "Numeric" => both(value.parse().ok(), listed.parse().ok()),
            "Date" => both(seconds(value), seconds(listed)),
            "Bool" => match (truth_value(value), truth_value(listed)) {
                (Some(a), Some(b)) => (a == b).into(),
                _ => Comparison::Unreadable,
            },
            _ => match (value.parse::<IpAddr>(), network(listed)) {
                (Ok(address), Some(network)) => lies_in(address, network).into(),
                _ => Comparison::Unreadable,
            },
        }
    }
}

fn related(bare: &str, a: f64, b: f64) -> bool {
    let name = bare.trim_start_matches("Numeric").trim_start_matches("Date");
    match name {
        "LessThan" => a < b,
        "LessThanEquals" => a <= b,
        "GreaterThan" => a > b,
        "GreaterThanEquals" => a >= b,
        _ => (a - b).abs() < f64::EPSILON,
    }
}

fn seconds(text: &str) -> Option<f64> {
    let (_, seconds) = DATES.iter().find(|(date, _)| *date == text)?;
    i32::try_from(*seconds).ok().map(f64::from)
}

fn truth_value(text: &str) -> Option<bool> {
    text.to_lowercase().parse().ok()
}

fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some((address, length.unwrap_or(whole)))
}

/// Bit by bit.
fn lies_in(address: IpAddr, (network, length): (IpAddr, u32)) -> bool {
    let bits = |address: IpAddr| -> Vec<bool> {
        let bytes: Vec<u8> = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect()
    };
    let length = usize::try_from(length).unwrap();
    address.is_ipv4() == network.is_ipv4() && bits(address)[..length] == bits(network)[..length]
}
