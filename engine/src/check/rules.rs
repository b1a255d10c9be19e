//! The catalogue: a file a rule, each with what it finds, why, and how to mend it beside its code.

mod account_share;
mod alias_as_secret_key;
mod ambiguous_tags;
mod both_booleans;
mod broad_suffix;
mod cancelled_statement;
mod character_set;
mod dangling_unique_id;
mod dead_weight;
mod default_key_cross_account;
mod direct_decrypt;
mod duplicate_statement;
mod empty_condition;
mod empty_element;
mod escalation;
mod expectation_not_met;
mod exposure;
mod foreign_resource;
mod grant_encryption_context;
mod guardrail_grammar;
mod half_open_share;
mod impossible_value;
mod inert_action;
mod internal_error;
mod invalid_sid;
mod json_syntax;
mod key_alias_resource;
mod key_lockout;
mod literal_wildcard;
mod malformed_arn;
mod misplaced_variable;
mod missing_resource;
mod missing_set_operator;
mod missing_suffix;
mod never_true_condition;
mod not_principal;
mod null_set_operator;
mod old_version_key;
mod old_version_variable;
mod open_for_all_values;
mod open_if_exists;
mod operator_spelling;
mod placeholder;
mod policy_error;
mod private_source_ip;
mod region_mismatch;
mod resource_case;
mod role_path_mismatch;
mod secret_name_cross_account;
mod sensitive_wildcard;
mod service_without_source;
mod set_operator_on_single_value;
mod shared;
mod silence;
mod stale_suffix;
mod type_mismatch;
mod unknown_action;
mod unknown_condition_key;
mod unreachable_network_key;
pub(super) mod unreadable_input;
mod unsupported_principal;
mod unusable_key;
mod unusable_request;
mod version_id_pinned;
mod version_stage_case;
mod version_stage_required;
mod wrong_encryption_context;
mod wrong_partition;
mod wrong_principal_arn;
mod wrong_region;

#[cfg(test)]
pub(super) mod testing;

pub(super) use self::internal_error::{attempt, attempt_request};
use super::{
    grade, ignore,
    subject::{Findings, Subject},
};
use crate::finding::Rule;

type Find = fn(&Subject<'_>, &mut Findings);

/// Lists modules with one rule each.
macro_rules! rules {
    ($($module:ident)+) => { &[$( (&[&$module::RULE], $module::find) ),+] };
}

/// Rules about what cannot be read or decided.
const INPUT: &[(&[&Rule], Find)] = &[
    (&[&unreadable_input::RULE, &internal_error::RULE], unreadable_input::find),
    (&[&json_syntax::RULE, &json_syntax::DUPLICATE_KEY], json_syntax::find),
    (policy_error::RULES, policy_error::find),
    (&[&unusable_request::RULE], unusable_request::find),
    (&[&expectation_not_met::RULE], expectation_not_met::find),
];

/// Rules about one policy, whatever it is attached to.
const DOCUMENT: &[(&[&Rule], Find)] = rules! {
    both_booleans
    cancelled_statement
    character_set
    duplicate_statement
    empty_condition
    empty_element
    guardrail_grammar
    impossible_value
    invalid_sid
    literal_wildcard
    malformed_arn
    misplaced_variable
    missing_resource
    missing_set_operator
    not_principal
    null_set_operator
    old_version_variable
    open_for_all_values
    open_if_exists
    operator_spelling
    placeholder
    private_source_ip
    sensitive_wildcard
    set_operator_on_single_value
    type_mismatch
    unknown_action
    unknown_condition_key
    unsupported_principal
    wrong_principal_arn
};

/// Rules about a policy where it is attached, and about what belongs together.
const ACCESS: &[(&[&Rule], Find)] = rules! {
    account_share
    alias_as_secret_key
    ambiguous_tags
    broad_suffix
    dangling_unique_id
    default_key_cross_account
    direct_decrypt
    escalation
    foreign_resource
    grant_encryption_context
    half_open_share
    inert_action
    key_alias_resource
    key_lockout
    missing_suffix
    never_true_condition
    old_version_key
    region_mismatch
    resource_case
    role_path_mismatch
    secret_name_cross_account
    service_without_source
    stale_suffix
    unreachable_network_key
    unusable_key
    version_id_pinned
    version_stage_case
    version_stage_required
    wrong_encryption_context
    wrong_partition
    wrong_region
};

/// Rules that the prover answers.
const PROVEN: &[(&[&Rule], Find)] =
    &[(exposure::RULES, exposure::find), (dead_weight::RULES, dead_weight::find)];

/// Every rule with its code. A rule without code of its own is reported by the one above it.
fn registry() -> impl Iterator<Item = &'static (&'static [&'static Rule], Find)> {
    INPUT.iter().chain(DOCUMENT).chain(ACCESS).chain(PROVEN)
}

/// All rules, by id.
pub static RULES: std::sync::LazyLock<Vec<&'static Rule>> = std::sync::LazyLock::new(|| {
    let found = registry().flat_map(|(rules, _)| rules.iter().copied());
    let mut rules: Vec<&Rule> = found.chain(ignore::RULES.iter().copied()).collect();
    rules.sort_by_key(|rule| rule.id);
    rules
});

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

/// Whether a rule says that something could not be judged, or not as the bundle asks. Its findings are never turned
/// off: silence would look like approval.
pub fn is_about_input(rule: &Rule) -> bool {
    INPUT.iter().any(|(rules, _)| rules.iter().any(|known| known.id == rule.id))
}

pub(super) fn run(subject: &Subject<'_>, findings: &mut Findings) {
    for (rules, find) in registry() {
        attempt_rule(rules, *find, subject, findings);
    }
    // Before anything is silenced: what is left out must explain nothing away.
    grade::grade(subject, findings);
    silence::silence(subject, findings);
}

/// Runs one rule. If it fails, what the others find is kept.
fn attempt_rule(rules: &[&Rule], find: Find, subject: &Subject<'_>, findings: &mut Findings) {
    let name = rules.first().map_or("", |rule| rule.id);
    let part = format!("the rule `{name}`");
    if let Err(defect) = attempt(&part, subject.bundle, || find(subject, findings)) {
        findings.push(*defect);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bundle::Bundle,
        check::CheckOptions,
        text::{Location, SourceId, Sources, Span},
    };

    #[test]
    fn every_rule_says_what_it_should() {
        for rule in RULES.iter() {
            let kebab = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            assert!(kebab(rule.id), "{}", rule.id);
            for text in [rule.why, rule.bad, rule.good, rule.reference] {
                assert!(!text.is_empty(), "{}", rule.id);
            }
            assert!(!rule.summary.ends_with('.'), "{}", rule.id);
            assert!(rule.why.ends_with('.'), "{}", rule.id);
            assert!(
                rule.reference.starts_with("https://docs.aws.amazon.com/")
                    || rule.reference.starts_with("the bundle's JSON Schema")
                    || rule.reference.starts_with("the page on "),
                "{}",
                rule.id
            );
        }
    }

    #[test]
    fn a_rule_that_fails_hides_nothing_of_the_others() {
        let (bundle, sources) = (Bundle::default(), Sources::default());
        let (errors, answers) = (Vec::new(), Vec::new());
        let options = CheckOptions::default();
        let (errors, answers, options) = (&errors[..], &answers[..], &options);
        let prints = crate::finding::Fingerprints::default();
        let subject = Subject::new(&bundle, &sources, errors, answers, options, &prints);
        let mut findings = Findings::default();
        let finds: Find = |_, findings| {
            let location = Location::new(SourceId::default(), Span::default());
            let (message, help) = ("found".to_owned(), "mend it".to_owned());
            findings.push(Findings::at(&placeholder::RULE, location, message, help));
        };
        let fails: Find = |subject, findings| {
            rules_before(findings);
            panic!("no {}", subject.answers.len());
        };
        fn rules_before(findings: &mut Findings) {
            findings.push(findings.list[0].clone());
        }
        attempt_rule(&[&placeholder::RULE], finds, &subject, &mut findings);
        attempt_rule(&[&broad_suffix::RULE], fails, &subject, &mut findings);
        attempt_rule(&[&placeholder::RULE], finds, &subject, &mut findings);
        let messages: Vec<_> = findings.list.iter().map(|found| found.message.as_str()).collect();
        let failed = "the rule `broad-suffix` failed: no 0";
        assert_eq!(messages, ["found", "found", failed, "found"]);
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }
}
