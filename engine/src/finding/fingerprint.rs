use std::{borrow::Cow, cell::RefCell, collections::HashMap};

use foldhash::fast::FixedState;

use crate::policy::{Policy, Principal, Statement};

/// A name for "this rule, in this statement of this kind of policy": stable under reformatting, reordering and
/// renamed Sids, different for different statements.
///
/// `detail` tells findings of one rule in one statement apart; it must not hold positions. Names of statements in it,
/// which are their Sids and numbers, do not count.
pub fn fingerprint(
    rule: &str,
    policy: Option<&Policy>,
    statement: Option<&Statement>,
    detail: &str,
) -> String {
    finished(begun(rule, policy, statement), policy, detail)
}

/// Fingerprints of one run over policies that all live as long: a statement of thousands of entries may have a finding at
/// each, and is looked through once a rule.
#[derive(Debug, Default)]
pub struct Fingerprints {
    begun: RefCell<HashMap<(&'static str, usize, usize), Fnv, FixedState>>,
}

impl Fingerprints {
    /// What [`fingerprint`] gives for the statement with this number, of a policy that stays where it is.
    pub fn of(
        &self,
        rule: &'static str,
        policy: &Policy,
        statement: usize,
        detail: &str,
    ) -> String {
        let key = (rule, std::ptr::from_ref(policy).addr(), statement);
        let begin = || begun(rule, Some(policy), policy.statements.get(statement));
        let hash = *self.begun.borrow_mut().entry(key).or_insert_with(begin);
        finished(hash, Some(policy), detail)
    }
}

/// All but what tells findings of one rule in one statement apart.
fn begun(rule: &str, policy: Option<&Policy>, statement: Option<&Statement>) -> Fnv {
    let mut hash = Fnv::new();
    hash.part(rule);
    if let Some(policy) = policy {
        hash.part(&policy.kind.to_string());
    }
    if let Some(statement) = statement {
        statement_parts(&mut hash, statement);
    }
    hash
}

fn finished(mut hash: Fnv, policy: Option<&Policy>, detail: &str) -> String {
    hash.part(&policy.map_or(Cow::Borrowed(detail), |policy| nameless(policy, detail)));
    format!("{:016x}", hash.0)
}

/// The text without the names of the policy's statements.
fn nameless<'a>(policy: &Policy, detail: &'a str) -> Cow<'a, str> {
    if !detail.contains("statement ") {
        return Cow::Borrowed(detail);
    }
    let mut names: Vec<String> = policy.statements.iter().map(Statement::name).collect();
    // `statement 1` is the beginning of `statement 10`.
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len()));
    let text = names.iter().fold(detail.to_owned(), |text, name| text.replace(name, "a statement"));
    Cow::Owned(text)
}

/// Whom an entry means: the same for an account and the ARN of its root.
fn principal(entry: &Principal) -> String {
    match entry {
        Principal::Everyone { .. } => "*".to_owned(),
        Principal::Account { account, .. } => account.to_string(),
        Principal::User(arn)
        | Principal::Role(arn)
        | Principal::RoleSession(arn)
        | Principal::FederatedUser(arn) => arn.as_str().to_owned(),
        Principal::UniqueId(text) => text.to_string(),
        Principal::Service(text) => format!("Service {text}"),
        Principal::Federated(text) => format!("Federated {text}"),
        Principal::CanonicalUser(text) => format!("CanonicalUser {text}"),
    }
}

fn statement_parts(hash: &mut Fnv, statement: &Statement) {
    hash.part(statement.effect.value.as_str());
    if let Some(element) = &statement.principals {
        let entries = element.list.iter().map(|entry| principal(&entry.value));
        hash.set("principal", element.negated, entries);
    }
    let actions = statement.actions.list.iter().map(|action| action.value.to_ascii_lowercase());
    hash.set("action", statement.actions.negated, actions);
    if let Some(element) = &statement.resources {
        let entries = element.list.iter().map(|entry| entry.value.as_str().to_owned());
        hash.set("resource", element.negated, entries);
    }
    let conditions = statement.conditions.iter().map(|condition| {
        let mut values: Vec<_> = condition.values.iter().map(|v| v.value.as_str()).collect();
        values.sort_unstable();
        format!("{} {} {values:?}", condition.operator.value, condition.key.value.lower())
    });
    hash.set("condition", false, conditions);
}

/// FNV-1a: the standard library's hasher promises nothing between versions, and no secret hangs on this one.
#[derive(Clone, Copy, Debug)]
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn part(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn set(&mut self, name: &str, negated: bool, parts: impl Iterator<Item = String>) {
        let mut parts: Vec<String> = parts.collect();
        parts.sort_unstable();
        self.part(name);
        self.part(if negated { "not" } else { "" });
        for part in parts {
            self.part(&part);
        }
    }
}
