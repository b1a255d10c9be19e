//! Every witness replays, and no random request shows more than the answer says.

use super::*;
use crate::{
    compile::CompiledPolicy,
    prove::{
        formula::FALSE,
        question::{Denials, Question, Reply},
        symbolic::Surroundings,
        trust::Own,
    },
};

/// Options that say who owns the resource, and such as do not.
fn owners() -> [PublicOptions; 2] {
    let owner_organization = Some("o-owner12345".to_owned());
    [PublicOptions { owner_organization, ..options() }, PublicOptions::default()]
}

fn holds_for(text: &str, calls: &[Call], options: &PublicOptions) -> Result<(), TestCaseError> {
    let policy = read(text, PolicyKind::Secret);
    let answer = match public(&policy, options) {
        Ok(answer) => answer,
        Err(error) => return Err(TestCaseError::fail(format!("{error}\n{text}"))),
    };
    let compiled = CompiledPolicy::new(&policy, &options.assumptions);
    if let Some(witness) = &answer.witness {
        prop_assert_eq!(witness.allowed_by(&compiled, &options.assumptions), Truth::True);
    }
    prop_assert_eq!(answer.exposure == Exposure::None, answer.witness.is_none());
    // The answer, with what could not be decided.
    let open = answer.undecided.iter().filter_map(|undecided| undecided.exposure).max();
    let most = answer.exposure.max(open.unwrap_or(Exposure::None));
    let owners = match &answer.owner {
        Some(known) => vec![known.as_str()],
        None => vec![OWNER, "444455556666", "888899990000"],
    };
    for (call, owner) in calls.iter().zip(owners.iter().cycle()) {
        let call = call.clone().of_owner(owner);
        let call = match &options.owner_organization {
            Some(known) => call.of_owner_in(known),
            None => call,
        };
        if call.request().allowed_by(&compiled, &options.assumptions) != Truth::True {
            continue;
        }
        let of_known_organization = call.value("aws:PrincipalOrgID") == Some("o-a1b2c3d4e5")
            || call.is_of_owners_organization();
        let least = match () {
            () if call.is_stranger() => Exposure::Public,
            () if call.is_foreign() && !of_known_organization => Exposure::NamedExternal,
            () if call.is_foreign() => Exposure::Organization,
            () => Exposure::Internal,
        };
        prop_assert!(most >= least, "{} < {}\n{}\n{:#?}\n{:#?}", most, least, text, call, answer);
        if call.is_stranger() {
            prop_assert_ne!(answer.s3.public, Truth::False, "{}\n{:#?}", text, call);
        }
    }
    Ok(())
}

/// What must not change when a policy is written differently.
fn verdicts(statements: &[String]) -> Option<(Exposure, Truth, Truth)> {
    let answer = ask(&statements.join(","));
    let open = answer.undecided.iter().filter_map(|undecided| undecided.exposure).max();
    let decided = open.is_none_or(|open| open <= answer.exposure);
    decided.then_some((answer.exposure, answer.s3.public, answer.secrets_manager.public))
}

/// The policy written otherwise: single values as lists, actions and keys in other cases, wildcards as the actions that
/// they cover.
pub(in crate::prove) fn rewritten(statement: &str) -> String {
    let mut statement: serde_json::Value = serde_json::from_str(statement).unwrap();
    for (name, element) in statement.as_object_mut().unwrap() {
        match name.as_str() {
            "Action" | "NotAction" => *element = listed_actions(element).into(),
            "Resource" | "NotResource" => *element = listed(element).into(),
            "Principal" | "NotPrincipal" if element.is_object() => {
                for entries in element.as_object_mut().unwrap().values_mut() {
                    *entries = listed(entries).into();
                }
            }
            "Condition" => {
                for keys in element.as_object_mut().unwrap().values_mut() {
                    let keys = keys.as_object_mut().unwrap();
                    let others = std::mem::take(keys).into_iter().rev();
                    let other_case = |name: String| match name.split_once('/') {
                        Some((family, tag)) => format!("{}/{tag}", family.to_uppercase()),
                        None => name.to_uppercase(),
                    };
                    keys.extend(others.map(|(name, values)| {
                        let mut values = listed(&values);
                        values.reverse();
                        (other_case(name), values.into())
                    }));
                }
            }
            _ => {}
        }
    }
    statement.to_string()
}

fn listed(value: &serde_json::Value) -> Vec<serde_json::Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn listed_actions(value: &serde_json::Value) -> Vec<serde_json::Value> {
    let expand = |action: serde_json::Value| {
        let text = action.as_str().unwrap();
        let Some(start) = text.strip_suffix('*').filter(|start| !start.is_empty()) else {
            return vec![text.to_uppercase().into()];
        };
        let all = crate::aws::catalog::actions().map(|action| action.full_name);
        all.filter(|name| name.starts_with(start)).map(|name| name.to_lowercase().into()).collect()
    };
    listed(value).into_iter().flat_map(expand).collect()
}

/// The policy of a secret of [`OWNER`], to be asked about.
fn question<'a>(
    policy: &'a CompiledPolicy,
    mode: Mode,
    assumptions: &'a Assumptions,
) -> Question<'a> {
    let owner = OWNER.parse().ok();
    let around = Surroundings { mode, owner, ..around_a_secret(assumptions) };
    let own = Own { accounts: owner.into_iter().collect(), organizations: Vec::new() };
    Question::new(policy, around, &own).unwrap()
}

/// The statement as several, one for each of its actions.
fn split(statement: &str) -> Vec<String> {
    const LIST: &str = r#""Action": ["secretsmanager:Get*", "secretsmanager:Put*"]"#;
    match statement.contains(LIST) {
        true => ["Get*", "Put*"]
            .map(|name| statement.replace(LIST, &format!(r#""Action": "secretsmanager:{name}""#)))
            .to_vec(),
        false => vec![statement.to_owned()],
    }
}

proptest! {
    #[test]
    fn no_request_shows_more_than_the_answer(
        statements in vec(statement(), 1..4), calls in vec(call(), 24), independent in prop::bool::weighted(0.2),
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let mode = if independent { Mode::Independent } else { Mode::Strict };
        for options in owners() {
            holds_for(&text, &calls, &PublicOptions { mode, ..options })?;
        }
    }

    #[test]
    fn nor_under_other_assumptions(
        statements in vec(statement(), 1..4), calls in vec(call(), 24), assumptions in assumptions(),
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        for options in owners() {
            holds_for(&text, &calls, &PublicOptions { assumptions: assumptions.clone(), ..options })?;
        }
    }

    #[test]
    fn who_meets_no_fixed_value_makes_a_policy_public(
        statements in vec(statement(), 1..4), calls in vec(unfixed_call(), 24),
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let policy = read(&text, PolicyKind::Secret);
        let answer = public(&policy, &options()).unwrap();
        let assumptions = Assumptions::default();
        let compiled = CompiledPolicy::new(&policy, &assumptions);
        for call in calls {
            if call.request().allowed_by(&compiled, &assumptions) == Truth::True {
                prop_assert_ne!(answer.s3.public, Truth::False, "{}\n{:#?}", text, call);
            }
        }
    }

    /// What the inquiry does not ask for being sure of the answer.
    #[test]
    fn who_lies_in_a_named_account_is_no_stranger(
        statements in vec(statement(), 1..4), independent in prop::bool::ANY,
    ) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let policy = read(&text, PolicyKind::Secret);
        let assumptions = Assumptions::default();
        let compiled = CompiledPolicy::new(&policy, &assumptions);
        let mode = if independent { Mode::Independent } else { Mode::Strict };
        let mut question = question(&compiled, mode, &assumptions);
        let senses = question.senses;
        let mut strangers =
            vec![senses.anyone, senses.unfixed, senses.unfixed_by_deny, senses.unfixed_for_console, senses.caller];
        if !independent {
            strangers.push(senses.unnamed);
        }
        for statement in question.allows().into_iter().filter(|statement| statement.by_account) {
            for sense in &strangers {
                let reply = question.ask(*sense, statement.ever, Denials::None);
                prop_assert!(matches!(reply, Reply::No(_)), "{}: {:?}", text, reply);
            }
        }
    }

    #[test]
    fn who_is_a_stranger_in_fact_is_one_to_the_console(statements in vec(statement(), 1..4)) {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let policy = read(&text, PolicyKind::Secret);
        let answer = public(&policy, &options()).unwrap();
        let assumptions = Assumptions::default();
        let compiled = CompiledPolicy::new(&policy, &assumptions);
        let mut question = question(&compiled, Mode::Independent, &assumptions);
        let sense = question.senses.unfixed_by_deny;
        for statement in question.allows() {
            let found = answer.statements.iter().find(|found| found.index == statement.index).unwrap();
            let caller = found.witness.as_ref().map(|witness| &witness.caller);
            if found.within == Reach::Public
                && matches!(caller, Some(WitnessCaller::Principal { .. }))
                && statement.to_everyone.possible != FALSE
            {
                let reply = question.ask(sense, statement.to_everyone, Denials::All);
                prop_assert!(matches!(reply, Reply::Yes(_)), "{}: {:?}", text, reply);
            }
        }
    }

    #[test]
    fn verdicts_do_not_hang_on_how_a_policy_is_written(statements in vec(statement(), 1..4)) {
        let Some(expected) = verdicts(&statements) else { return Ok(()) };
        let reversed: Vec<String> = statements.iter().rev().cloned().collect();
        prop_assert_eq!(verdicts(&reversed), Some(expected), "reversed {:?}", statements);
        let doubled: Vec<String> = statements.iter().chain(&statements).cloned().collect();
        prop_assert_eq!(verdicts(&doubled), Some(expected), "doubled {:?}", statements);
        let split: Vec<String> = statements.iter().flat_map(|s| split(s)).collect();
        prop_assert_eq!(verdicts(&split), Some(expected), "split {:?}", statements);
        // An expanded wildcard differs where keys are independent: there, actions that nobody defines count.
        let wild = statements.iter().any(|statement| statement.contains("NotAction"));
        let rewritten: Vec<String> = statements.iter().map(|s| rewritten(s)).collect();
        prop_assert!(wild || verdicts(&rewritten) == Some(expected), "rewritten {:?}", rewritten);
    }
}
