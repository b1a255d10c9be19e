use std::collections::BTreeMap;

use crate::aws::{
    ContextKey,
    assumption::OpenPoint,
    catalog::{self, KeyNumber},
};

/// What is known of a context key in one check. Absent and unknown are two things: an absent key fails
/// `StringEquals` for certain, an unknown one leaves the answer open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The key has these values; none at all counts as absent.
    Values(Vec<String>),
    /// The key is in the request, with one value that is known but for its end.
    Samples {
        /// Values that have nothing in common but what is known: what matches all of them matches the value.
        texts: Vec<String>,
        /// What is known of the end.
        end: UnknownEnd,
    },
    /// The key is in the request, with a value that is not known.
    Present,
    /// The key is not in the request.
    Absent,
    /// Nobody said.
    Unknown,
}

/// How the end of a value came to be that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnknownEnd {
    /// At random, so nobody can have written it down.
    Random,
    /// Somebody chose it, and may have written it down elsewhere.
    Chosen,
}

impl Binding {
    /// One value.
    pub fn value(text: impl Into<String>) -> Self {
        Self::Values(vec![text.into()])
    }

    /// One value, or [`Binding::Absent`].
    pub fn value_or_absent(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Absent, Self::value)
    }

    /// One value, or a key that is there with an unknown one.
    pub fn value_or_present(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Present, Self::value)
    }
}

/// The context of one check: what each condition key holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By a key's number in the catalogue. A family's place says what its members hold that are not listed.
    known: Vec<Option<Binding>>,
    /// Members of families, and keys that no service defines.
    others: BTreeMap<ContextKey, Binding>,
    /// The stated keys whose binding hangs on an open point; few.
    assumed: Vec<(ContextKey, OpenPoint)>,
}

impl Context {
    /// Nothing is known: every key that AWS defines globally is unknown, every other absent.
    pub fn new() -> Self {
        Self::default()
    }

    /// States what a key holds.
    pub fn set(&mut self, key: &str, binding: Binding) {
        match catalog::number(key) {
            // In AWS's spelling, no key need be made to find its place.
            Some(number) => {
                self.assumed.retain(|(assumed, _)| assumed.number() != Some(number));
                self.state(number, binding);
            }
            None => self.set_key(ContextKey::new(key), binding),
        }
    }

    /// States what a key holds under one value of an open point; under another it may hold something else.
    pub fn set_assumed(&mut self, key: ContextKey, binding: Binding, point: OpenPoint) {
        self.set_key(key.clone(), binding);
        self.assumed.push((key, point));
    }

    /// The open point that a key's binding hangs on.
    pub fn assumed(&self, key: &ContextKey) -> Option<OpenPoint> {
        self.assumed.iter().find(|(assumed, _)| assumed == key).map(|(_, point)| *point)
    }

    /// States what a key holds.
    pub fn set_key(&mut self, key: ContextKey, binding: Binding) {
        self.assumed.retain(|(assumed, _)| *assumed != key);
        match key.number() {
            Some(number) if !key.is_member() => self.state(number, binding),
            _ => {
                self.others.insert(key, binding);
            }
        }
    }

    /// States what all keys hold that begin with `family` (in lower case) and are not stated by themselves.
    pub fn set_family(&mut self, family: &'static str, binding: Binding) {
        if let Some(number) = KeyNumber::of_family(family) {
            self.state(number, binding);
        }
    }

    fn state(&mut self, number: KeyNumber, binding: Binding) {
        if self.known.is_empty() {
            self.known.resize(KeyNumber::count(), None);
        }
        if let Some(place) = self.known.get_mut(number.index()) {
            *place = Some(binding);
        }
    }

    /// What a key holds.
    ///
    /// A key that nobody stated is unknown if AWS defines it for all services or sessions, and absent otherwise: a
    /// service sends its own keys and these, and a name that nobody defines is in no request.
    pub fn get(&self, key: &ContextKey) -> &Binding {
        let Some(number) = key.number() else {
            return self.others.get(key).unwrap_or(&Binding::Absent);
        };
        let listed = if key.is_member() { self.others.get(key) } else { None };
        listed.or_else(|| self.stated(number)).unwrap_or_else(|| unstated(key.prefix()))
    }

    /// What a key holds, by its name.
    pub fn named(&self, key: &'static str) -> &Binding {
        match (catalog::number(key), key.split_once(':')) {
            // In AWS's spelling, no key need be made to find its place.
            (Some(number), Some((prefix, _))) => {
                self.stated(number).unwrap_or_else(|| unstated(prefix))
            }
            _ => self.get(&ContextKey::new(key)),
        }
    }

    fn stated(&self, number: KeyNumber) -> Option<&Binding> {
        self.known.get(number.index())?.as_ref()
    }
}

/// What a key of the catalogue holds that nobody stated, by its service.
fn unstated(prefix: &str) -> &'static Binding {
    match prefix {
        "secretsmanager" | "kms" => &Binding::Absent,
        _ => &Binding::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_states_is_unknown_or_absent() {
        let mut context = Context::new();
        context.set_family("aws:principaltag/", Binding::Absent);
        context.set("aws:PrincipalTag/team", Binding::value("red"));
        let get = |key: &str| context.get(&ContextKey::new(key)).clone();
        assert_eq!(get("aws:principaltag/TEAM"), Binding::value("red"));
        assert_eq!(get("aws:PrincipalTag/other"), Binding::Absent);
        assert_eq!(get("aws:UserAgent"), Binding::Unknown);
        assert_eq!(get("lambda:SourceFunctionArn"), Binding::Unknown);
        assert_eq!(get("aws:PrincipalOrg"), Binding::Absent);
        assert_eq!(get("kms:GranteePrincipal"), Binding::Absent);
        assert_eq!(get("s3:prefix"), Binding::Absent);
        for key in ["aws:UserAgent", "kms:GranteePrincipal", "aws:PrincipalTag/team", "s3:prefix"] {
            assert_eq!(*context.named(key), get(key), "{key}");
        }
    }
}
