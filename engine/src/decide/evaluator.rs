use super::{Class, Facts, Logic, Match, Target, Truth, Variables, value_matches};
use crate::{
    aws::{
        Action, ActionPattern, Arn, ArnPattern, Assumptions, ContextKey, Pattern,
        assumption::{
            MissingResource, NegatedInvalidArn, NegatedTypeMismatch, NotPrincipalPartial,
            ResourceStar, WildcardServices,
        },
    },
    compile::{Clause, ResourceTest},
    policy::{Effect, Family, PolicyKind, Principal, Template},
    request::{Binding, Caller, CallerKind, CheckResource, Context},
};

/// The concrete request that the evaluator tests statements against.
#[derive(Clone, Copy, Debug)]
pub struct Evaluator<'a> {
    /// Who asks.
    pub caller: &'a Caller<'a>,
    /// For what.
    pub action: &'a Action,
    /// On what.
    pub resource: &'a CheckResource,
    /// The condition keys.
    pub context: &'a Context,
    /// What is taken for true where AWS's documents leave room.
    pub assumptions: &'a Assumptions,
}

impl Logic for Evaluator<'_> {
    type Value = Truth;

    fn constant(&mut self, value: bool) -> Truth {
        value.into()
    }

    fn unknown(&mut self) -> Truth {
        Truth::Unknown
    }

    fn and(&mut self, a: Truth, b: Truth) -> Truth {
        a & b
    }

    fn or(&mut self, a: Truth, b: Truth) -> Truth {
        a | b
    }

    fn not(&mut self, a: Truth) -> Truth {
        !a
    }
}

impl Variables for Evaluator<'_> {
    fn variable(&mut self, key: &ContextKey) -> Result<Option<String>, ()> {
        match self.context.get(key) {
            Binding::Values(values) => match values.as_slice() {
                [one] => Ok(Some(one.clone())),
                // Only keys with a single value can be variables.
                _ => Ok(None),
            },
            Binding::Absent => Ok(None),
            Binding::Samples(_) | Binding::Present | Binding::Unknown => Err(()),
        }
    }
}

impl Facts for Evaluator<'_> {
    fn present(&mut self, key: &ContextKey) -> Truth {
        match self.context.get(key) {
            // A key without values counts as absent.
            Binding::Values(values) => (!values.is_empty()).into(),
            Binding::Samples(_) | Binding::Present => Truth::True,
            Binding::Absent => Truth::False,
            Binding::Unknown => Truth::Unknown,
        }
    }

    fn some_value_matches(&mut self, clause: &Clause) -> Truth {
        self.each_value(clause, |truth| truth)
    }

    fn some_value_differs(&mut self, clause: &Clause) -> Truth {
        self.each_value(clause, |truth| !truth)
    }

    fn has_many_values(&self, clause: &Clause) -> bool {
        clause.many
            || matches!(self.context.get(&clause.key), Binding::Values(values) if values.len() > 1)
    }

    fn assumptions(&self) -> &Assumptions {
        self.assumptions
    }
}

impl Evaluator<'_> {
    /// Whether `test` holds of the comparison of some value of the key with the clause.
    fn each_value(&mut self, clause: &Clause, test: impl Fn(Truth) -> Truth) -> Truth {
        let context = self.context;
        match context.get(&clause.key) {
            Binding::Values(values) => values
                .iter()
                .map(|value| test(self.compare(value, clause)))
                .max()
                .unwrap_or(Truth::False),
            Binding::Samples(samples) => {
                let mut truths = samples.iter().map(|sample| self.compare(sample, clause));
                let first = truths.next().unwrap_or(Truth::Unknown);
                let all = truths.all(|truth| truth == first);
                test(if all { first } else { Truth::Unknown })
            }
            Binding::Present | Binding::Unknown => Truth::Unknown,
            Binding::Absent => Truth::False,
        }
    }

    fn compare(&mut self, value: &str, clause: &Clause) -> Truth {
        let assumptions = self.assumptions;
        match value_matches(value, &clause.values, assumptions, self) {
            Match::Yes => Truth::True,
            Match::No => Truth::False,
            Match::Unknown => Truth::Unknown,
            // No number, no ARN: a positive operator does not match.
            Match::Unreadable if !clause.operator.comparison.is_negated() => Truth::False,
            Match::Unreadable if clause.operator.comparison.family() == Family::Arn => {
                match assumptions.negated_invalid_arn {
                    NegatedInvalidArn::Indeterminate => Truth::Unknown,
                    NegatedInvalidArn::False => Truth::True,
                    NegatedInvalidArn::True => Truth::False,
                }
            }
            Match::Unreadable => match assumptions.negated_type_mismatch {
                NegatedTypeMismatch::Indeterminate => Truth::Unknown,
                NegatedTypeMismatch::False => Truth::True,
                NegatedTypeMismatch::True => Truth::False,
            },
        }
    }

    /// By what an entry names the caller.
    fn named(&self, entry: &Principal) -> Option<Class> {
        let caller = self.caller;
        let same = |arn: &Arn, other: Option<&Arn>| other.is_some_and(|other| other == arn);
        match (entry, caller.kind) {
            (Principal::Everyone { .. }, _) => Some(Class::Wildcard),
            (Principal::Service(name), CallerKind::Service) => (caller
                .service
                .as_ref()
                .is_some_and(|service| **service == **name))
            .then_some(Class::Service),
            (Principal::Account { partition, account }, _) => {
                let partition = partition.as_ref().is_none_or(|p| **p == *caller.partition);
                let account = caller.account == Some(*account);
                (partition && account).then_some(Class::Account)
            }
            (Principal::User(arn), CallerKind::User) => {
                same(arn, caller.arn.as_ref()).then_some(Class::Session)
            }
            (Principal::User(arn), CallerKind::FederatedUser) => {
                same(arn, caller.identity.map(|user| &user.arn.value))
                    .then_some(Class::FederatedParent)
            }
            (Principal::Role(arn), CallerKind::RoleSession) => {
                same(arn, caller.arn.as_ref()).then_some(Class::Role)
            }
            (Principal::RoleSession(arn), CallerKind::RoleSession) => {
                same(arn, caller.session_arn.as_ref()).then_some(Class::Session)
            }
            (Principal::FederatedUser(arn), CallerKind::FederatedUser) => {
                same(arn, caller.arn.as_ref()).then_some(Class::Session)
            }
            (Principal::UniqueId(id), _) => {
                let own = caller
                    .identity
                    .and_then(|identity| identity.unique_id.as_deref());
                let class = match caller.kind {
                    CallerKind::User => Class::Session,
                    CallerKind::RoleSession => Class::Role,
                    CallerKind::FederatedUser => Class::FederatedParent,
                    _ => return None,
                };
                (own == Some(&**id)).then_some(class)
            }
            _ => None,
        }
    }

    /// Whether an unnamed session of a role could be the one that an entry names.
    fn may_be_named(&self, entry: &Principal) -> bool {
        let Principal::RoleSession(arn) = entry else {
            return false;
        };
        let caller = self.caller;
        caller.kind == CallerKind::RoleSession
            && caller.session_arn.is_none()
            && arn.account() == caller.account
            && arn.resource().split('/').nth(1) == caller.identity.map(|role| role.name())
    }
}

impl Target for Evaluator<'_> {
    fn principal(&mut self, entry: &Principal, effect: Effect) -> (Class, Truth) {
        if let (Principal::Everyone { typed: true }, CallerKind::Service, Effect::Allow) =
            (entry, self.caller.kind, effect)
        {
            let truth = match self.assumptions.wildcard_services {
                WildcardServices::Indeterminate => Truth::Unknown,
                WildcardServices::Covered => Truth::True,
                WildcardServices::NotCovered => Truth::False,
            };
            return (Class::Wildcard, truth);
        }
        match self.named(entry) {
            Some(class) => (class, Truth::True),
            None if self.may_be_named(entry) => (Class::Session, Truth::Unknown),
            None => (Class::Session, Truth::False),
        }
    }

    /// `NotPrincipal` exempts a caller whose every level is listed: a user with its account; a session with its role
    /// and its account. It exempts nobody who has a permissions boundary.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
    fn not_principal(&mut self, list: &[Principal], effect: Effect) -> Truth {
        let named = |wanted: Class| list.iter().any(|entry| self.named(entry) == Some(wanted));
        if list.is_empty() {
            // An empty element applies to nothing.
            return Truth::False;
        }
        if named(Class::Wildcard) {
            return Truth::False;
        }
        if effect == Effect::Allow {
            let any = Class::ALL.iter().any(|class| named(*class));
            return (!any).into();
        }
        if self.caller.has_boundary() {
            return Truth::True;
        }
        let levels: &[bool] = &match self.caller.kind {
            CallerKind::User => vec![named(Class::Session), named(Class::Account)],
            CallerKind::RoleSession => {
                let session =
                    named(Class::Session) || list.iter().any(|entry| self.may_be_named(entry));
                vec![session, named(Class::Role), named(Class::Account)]
            }
            CallerKind::FederatedUser => {
                vec![
                    named(Class::Session),
                    named(Class::FederatedParent),
                    named(Class::Account),
                ]
            }
            CallerKind::Root => vec![named(Class::Account)],
            CallerKind::Service => vec![named(Class::Service)],
            CallerKind::Anonymous => vec![false],
        };
        if levels.iter().all(|listed| *listed) {
            return Truth::False;
        }
        if !levels.iter().any(|listed| *listed) {
            return Truth::True;
        }
        match self.assumptions.not_principal_partial {
            NotPrincipalPartial::Indeterminate => Truth::Unknown,
            NotPrincipalPartial::Denied => Truth::True,
            NotPrincipalPartial::Exempt => Truth::False,
        }
    }

    fn action(&mut self, pattern: &ActionPattern) -> Truth {
        pattern.matches(self.action).into()
    }

    fn resource(&mut self, pattern: &ResourceTest) -> Truth {
        let tokens;
        let test: &dyn Fn(&Arn) -> bool = match pattern {
            ResourceTest::Any => return Truth::True,
            ResourceTest::Fields(fields) => &|arn| fields.matches(arn),
            ResourceTest::Whole(whole) => &|arn| whole.matches(arn.as_str()),
            ResourceTest::Variable(template) => {
                tokens = match self.resolved(template) {
                    Ok(Some(tokens)) => tokens,
                    // A variable without a value: the text names nothing.
                    Ok(None) => return Truth::False,
                    Err(()) => return Truth::Unknown,
                };
                let whole = self.assumptions.resource_star == ResourceStar::AcrossFields;
                &move |arn| match ArnPattern::from_tokens(&tokens) {
                    Some(fields) if !whole => fields.matches(arn),
                    _ => Pattern::from_tokens(tokens.iter().copied()).matches(arn.as_str()),
                }
            }
        };
        match self.resource {
            // Without a resource type only `*` covers the action.
            CheckResource::Any => Truth::False,
            CheckResource::Arn(arn) => test(arn).into(),
            CheckResource::Open {
                beginning,
                samples: [first, second],
                may_be_named,
            } => match (test(first), test(second)) {
                (true, true) => Truth::True,
                (false, false) if !may_be_named => Truth::False,
                (false, false) if !could_name(pattern, beginning) => Truth::False,
                _ => Truth::Unknown,
            },
            CheckResource::Unknown => Truth::Unknown,
        }
    }

    fn missing_resource(&mut self, kind: PolicyKind) -> Truth {
        match (kind, self.assumptions.missing_resource) {
            (PolicyKind::Secret, MissingResource::Any) => Truth::True,
            // KMS saves such a statement; it applies to no key.
            // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
            _ => Truth::False,
        }
    }
}

impl Evaluator<'_> {
    fn resolved(&mut self, template: &Template) -> Result<Option<Vec<crate::aws::Token>>, ()> {
        template.tokens(true, |key| self.variable(key))
    }
}

/// Whether a pattern could name some ARN that begins like this.
fn could_name(pattern: &ResourceTest, beginning: &Arn) -> bool {
    match pattern {
        ResourceTest::Any | ResourceTest::Variable(_) => true,
        ResourceTest::Whole(whole) => whole.matches_some_with_prefix(beginning.as_str()),
        ResourceTest::Fields(fields) => {
            let mut pairs = fields.fields().iter().zip(beginning.fields()).enumerate();
            pairs.all(|(index, (pattern, field))| match index {
                5 => pattern.matches_some_with_prefix(field),
                _ => pattern.matches(field),
            })
        }
    }
}
