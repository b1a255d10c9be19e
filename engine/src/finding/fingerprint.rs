use crate::policy::{Policy, Statement};

/// A name for "this rule, in this statement of this kind of policy": stable under reformatting, reordering and
/// renamed Sids, different for different statements.
///
/// `detail` tells findings of one rule in one statement apart; it must not hold positions.
pub fn fingerprint(
    rule: &str,
    policy: Option<&Policy>,
    statement: Option<&Statement>,
    detail: &str,
) -> String {
    let mut hash = Fnv::new();
    hash.part(rule);
    if let Some(policy) = policy {
        hash.part(&policy.kind.to_string());
    }
    if let Some(statement) = statement {
        statement_parts(&mut hash, statement);
    }
    hash.part(detail);
    format!("{:016x}", hash.0)
}

fn statement_parts(hash: &mut Fnv, statement: &Statement) {
    hash.part(statement.effect.value.as_str());
    if let Some(element) = &statement.principals {
        let entries = element.list.iter().map(|entry| format!("{:?}", entry.value));
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
