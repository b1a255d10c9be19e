//! Which statements of a long policy can be about an action, a caller or a resource, without looking at the others.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::{CompiledPolicy, CompiledStatement, ResourceTest, beginnings::Beginnings};
use crate::{
    aws::{AccountId, Action, Arn},
    policy::Principal,
    request::{Caller, CallerKind},
};

/// A policy with fewer statements is as soon read as looked up.
const WORTH_IT: usize = 8;

/// The texts by which a policy can name a caller; what else covers it covers everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<Box<str>>);

impl Names {
    /// The names of a caller.
    pub fn of(caller: &Caller<'_>) -> Self {
        let mut names: Vec<Box<str>> = Vec::new();
        let arns = [caller.arn.as_ref(), caller.identity.map(|identity| &identity.arn.value)];
        names.extend(arns.into_iter().flatten().map(|arn| arn.as_str().into()));
        names.extend(caller.account.map(|account| account.as_str().into()));
        names.extend(caller.service.as_deref().map(Box::from));
        if let Some(identity) = caller.identity {
            names.extend(identity.unique_id.as_deref().map(Box::from));
            if caller.kind == CallerKind::RoleSession {
                names.push(sessions_of(identity.account, identity.name()));
            }
        }
        names.sort_unstable();
        names.dedup();
        Self(names)
    }
}

/// A name for all sessions of a role: an unnamed session may be any of them.
fn sessions_of(account: AccountId, role: &str) -> Box<str> {
    format!("{account}/{role}").into()
}

/// Where a name, an action or a resource stands among the statements of a policy.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    actions: Postings,
    principals: Postings,
    /// By what each resource pattern begins with.
    resources: Beginnings,
}

#[derive(Clone, Debug, Default)]
struct Postings {
    /// The statements that list an entry, by its text.
    listed: HashMap<Box<str>, Vec<usize>>,
    /// The statements that may cover what they do not list.
    wide: Vec<usize>,
}

impl Postings {
    fn list(&mut self, text: impl Into<Box<str>>, number: usize) {
        let numbers = self.listed.entry(text.into()).or_default();
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
    }

    fn widen(&mut self, number: usize) {
        if self.wide.last() != Some(&number) {
            self.wide.push(number);
        }
    }

    fn of<'a, 't>(&'a self, texts: impl Iterator<Item = &'t str>) -> Candidates<'a> {
        let listed = texts.filter_map(|text| self.listed.get(text));
        listed.chain([&self.wide]).map(Vec::as_slice).collect()
    }
}

/// Lists of statement numbers; a statement may stand in several.
pub type Candidates<'a> = SmallVec<[&'a [usize]; 8]>;

impl Index {
    /// The index of a policy that is long enough for one.
    pub(super) fn of(statements: &[CompiledStatement]) -> Option<Self> {
        if statements.len() < WORTH_IT {
            return None;
        }
        let heads = statements.iter().enumerate().flat_map(|(number, statement)| {
            resource_heads(statement).map(move |head| (head, number))
        });
        let mut index = Self { resources: heads.collect(), ..Self::default() };
        for (number, statement) in statements.iter().enumerate() {
            index.add_actions(number, statement);
            index.add_principals(number, statement);
        }
        Some(index)
    }

    fn add_actions(&mut self, number: usize, statement: &CompiledStatement) {
        if statement.actions.negated {
            self.actions.widen(number);
            return;
        }
        for action in &statement.actions.list {
            match action.pattern().as_literal() {
                Some(literal) => self.actions.list(literal, number),
                None => self.actions.widen(number),
            }
        }
    }

    fn add_principals(&mut self, number: usize, statement: &CompiledStatement) {
        let element = match &statement.principals {
            Some(element) if !element.negated => element,
            _ => {
                self.principals.widen(number);
                return;
            }
        };
        for entry in &element.list {
            match entry {
                Principal::Everyone { .. } => self.principals.widen(number),
                Principal::Account { account, .. } => {
                    self.principals.list(account.as_str(), number);
                }
                Principal::User(arn) | Principal::Role(arn) | Principal::FederatedUser(arn) => {
                    self.principals.list(arn.as_str(), number);
                }
                Principal::RoleSession(arn) => match session_role(arn) {
                    Some(role) => self.principals.list(role, number),
                    None => self.principals.widen(number),
                },
                Principal::UniqueId(name) | Principal::Service(name) => {
                    self.principals.list(name.clone(), number);
                }
                // They name nobody who makes requests.
                Principal::Federated(_) | Principal::CanonicalUser(_) => {}
            }
        }
    }
}

/// What a resource begins with that the statement can be about: of several, one for each pattern.
fn resource_heads(statement: &CompiledStatement) -> impl Iterator<Item = String> + '_ {
    let listed = statement.resources.as_ref().filter(|element| !element.negated);
    let heads = listed.into_iter().flat_map(|element| &element.list).map(|test| match test {
        // A variable that is not known leaves open what the pattern is about, whatever stands in front of it.
        ResourceTest::Variable(_) => String::new(),
        fixed => fixed.head(),
    });
    // What is not listed may cover anything.
    heads.chain(listed.is_none().then(String::new))
}

fn session_role(arn: &Arn) -> Option<Box<str>> {
    Some(sessions_of(arn.account()?, arn.resource().split('/').nth(1)?))
}

impl CompiledPolicy {
    /// Lists of the numbers of the statements that can be about an action asked for by a caller of these names, on the
    /// resource if it has one ARN, perhaps with others, perhaps one more than once: all others cannot. `None` for a policy
    /// that is as soon read.
    pub fn candidates<'a>(
        &'a self,
        action: &Action,
        names: &Names,
        resource: Option<&'a Arn>,
    ) -> Option<Candidates<'a>> {
        let index = self.index.as_ref()?;
        let mut fewest = index.actions.of([action.lower()].into_iter());
        if let (Some(arn), true) = (resource, length(&fewest) >= WORTH_IT) {
            let by_resource = index.resources.of(arn.as_str()).collect();
            fewest = shorter(fewest, by_resource);
        }
        if length(&fewest) >= WORTH_IT {
            fewest = shorter(fewest, index.principals.of(names.0.iter().map(AsRef::as_ref)));
        }
        Some(fewest)
    }
}

fn length(lists: &Candidates<'_>) -> usize {
    lists.iter().map(|list| list.len()).sum()
}

fn shorter<'a>(one: Candidates<'a>, other: Candidates<'a>) -> Candidates<'a> {
    if length(&other) < length(&one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::Assumptions,
        policy::{PolicyKind, parse_policy},
        text::{Limits, SourceId, parse_json},
    };

    #[test]
    fn a_long_policy_is_read_where_it_may_apply() {
        let statement = |role: &str, action: &str| {
            format!(
                r#"{{"Effect": "Allow", "Principal": {{"AWS": {role}}}, "Action": "{action}", "Resource": "*"}}"#
            )
        };
        let mut list: Vec<String> = (0..20)
            .map(|n| statement(&format!(r#""arn:aws:iam::444455556666:role/R{n}""#), "kms:Decrypt"))
            .collect();
        list.push(statement(r#""*""#, "kms:Decrypt"));
        list.push(statement(r#""arn:aws:sts::444455556666:assumed-role/R3/s""#, "kms:*"));
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, list.join(","));
        let node = parse_json(&text, &Limits::default()).unwrap();
        let assumptions = Assumptions::default();
        let parsed = parse_policy(&node, PolicyKind::Key, SourceId::default(), &assumptions);
        let policy = CompiledPolicy::new(parsed.valid().unwrap(), &assumptions);
        let found = |names: &[&str], action: &str| {
            let names = Names(names.iter().map(|name| Box::from(*name)).collect());
            let action = Action::new(action).unwrap();
            let lists = policy.candidates(&action, &names, None).unwrap();
            lists.into_iter().flatten().copied().collect::<Vec<_>>()
        };
        let role = "arn:aws:iam::444455556666:role/R3";
        assert_eq!(found(&["444455556666/R3", role], "kms:Decrypt"), [21, 3, 20]);
        assert_eq!(found(&["lambda.amazonaws.com"], "kms:Decrypt"), [20]);
        // By action there are fewer.
        assert_eq!(found(&[role, "444455556666/R3"], "kms:Sign"), [21]);
        let short = CompiledPolicy { index: None, ..policy.clone() };
        let action = Action::new("kms:Sign").unwrap();
        assert_eq!(short.candidates(&action, &Names::default(), None), None);
    }
    #[test]
    fn statements_on_other_resources_are_passed_over() {
        let statement = |element: &str, resource: &str| {
            format!(
                r#"{{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "{element}": {resource}}}"#
            )
        };
        let secret = |name: &str| {
            format!(r#""arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}""#)
        };
        let mut list: Vec<String> =
            (0..20).map(|n| statement("Resource", &secret(&format!("S{n:02}-??????")))).collect();
        list.extend([
            statement("Resource", r#""*""#),
            statement("Resource", r#""arn:aws:secretsmanager:*:111122223333:secret:Z*""#),
            statement("Resource", &secret("${aws:username}-a1B2c3")),
            statement("NotResource", &secret("S03-a1B2c3")),
            statement("Resource", &format!("[{}, {}]", secret("S03-a1B2c3"), secret("S03-*"))),
        ]);
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, list.join(","));
        let node = parse_json(&text, &Limits::default()).unwrap();
        let assumptions = Assumptions::default();
        let parsed = parse_policy(&node, PolicyKind::Identity, SourceId::default(), &assumptions);
        let policy = CompiledPolicy::new(parsed.valid().unwrap(), &assumptions);
        let action = Action::new("secretsmanager:GetSecretValue").unwrap();
        let arn: Arn = secret("S03-a1B2c3").trim_matches('"').parse().unwrap();
        let lists = policy.candidates(&action, &Names::default(), Some(&arn)).unwrap();
        let found: Vec<_> = lists.into_iter().flatten().copied().collect();
        assert_eq!(found, [24, 3, 24, 21, 20, 22, 23]);
        assert_eq!(policy.candidates(&action, &Names::default(), None).unwrap().len(), 2);
    }
}
