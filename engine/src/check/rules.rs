//! The catalogue: a file a rule, each with what it finds, why, and how to mend it beside its code.

mod both_booleans;
mod broad_suffix;
mod character_set;
mod dangling_unique_id;
mod empty_condition;
mod empty_element;
mod expectation_not_met;
mod foreign_resource;
mod impossible_value;
mod invalid_sid;
mod json_syntax;
mod key_alias_resource;
mod literal_wildcard;
mod malformed_arn;
mod missing_resource;
mod missing_set_operator;
mod missing_suffix;
mod null_set_operator;
mod old_version_variable;
mod operator_spelling;
mod placeholder;
mod policy_error;
mod private_source_ip;
mod resource_case;
mod sensitive_wildcard;
mod set_operator_on_single_value;
mod stale_suffix;
mod type_mismatch;
mod unknown_action;
mod unknown_condition_key;
mod unreadable_input;
mod unusable_request;
mod wrong_partition;
mod wrong_principal_arn;
mod shared;
#[cfg(test)]
mod testing;

use super::subject::{Findings, Subject};
use crate::finding::Rule;

type Find = fn(&Subject<'_>, &mut Findings);

/// Every rule with its code. A rule without code of its own is reported by the one above it.
const REGISTRY: &[(&[&Rule], Find)] = &[
    (&[&both_booleans::RULE], both_booleans::find),
    (&[&broad_suffix::RULE], broad_suffix::find),
    (&[&character_set::RULE], character_set::find),
    (&[&dangling_unique_id::RULE], dangling_unique_id::find),
    (&[&empty_condition::RULE], empty_condition::find),
    (&[&empty_element::RULE], empty_element::find),
    (&[&expectation_not_met::RULE], expectation_not_met::find),
    (&[&foreign_resource::RULE], foreign_resource::find),
    (&[&impossible_value::RULE], impossible_value::find),
    (&[&invalid_sid::RULE], invalid_sid::find),
    (&[&json_syntax::RULE, &json_syntax::DUPLICATE_KEY], json_syntax::find),
    (&[&key_alias_resource::RULE], key_alias_resource::find),
    (&[&literal_wildcard::RULE], literal_wildcard::find),
    (&[&malformed_arn::RULE], malformed_arn::find),
    (&[&missing_resource::RULE], missing_resource::find),
    (&[&missing_set_operator::RULE], missing_set_operator::find),
    (&[&missing_suffix::RULE], missing_suffix::find),
    (&[&null_set_operator::RULE], null_set_operator::find),
    (&[&old_version_variable::RULE], old_version_variable::find),
    (&[&operator_spelling::RULE], operator_spelling::find),
    (&[&placeholder::RULE], placeholder::find),
    (policy_error::RULES, policy_error::find),
    (&[&private_source_ip::RULE], private_source_ip::find),
    (&[&resource_case::RULE], resource_case::find),
    (&[&sensitive_wildcard::RULE], sensitive_wildcard::find),
    (&[&set_operator_on_single_value::RULE], set_operator_on_single_value::find),
    (&[&stale_suffix::RULE], stale_suffix::find),
    (&[&type_mismatch::RULE], type_mismatch::find),
    (&[&unknown_action::RULE], unknown_action::find),
    (&[&unknown_condition_key::RULE], unknown_condition_key::find),
    (&[&unreadable_input::RULE], unreadable_input::find),
    (&[&unusable_request::RULE], unusable_request::find),
    (&[&wrong_partition::RULE], wrong_partition::find),
    (&[&wrong_principal_arn::RULE], wrong_principal_arn::find),
];

/// All rules, by id.
pub static RULES: std::sync::LazyLock<Vec<&'static Rule>> = std::sync::LazyLock::new(|| {
    let mut rules: Vec<&Rule> = REGISTRY
        .iter()
        .flat_map(|(rules, _)| rules.iter().copied())
        .collect();
    rules.sort_by_key(|rule| rule.id);
    rules
});

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

pub(super) fn run(subject: &Subject<'_>, findings: &mut Findings) {
    for (_, find) in REGISTRY {
        find(subject, findings);
    }
}
