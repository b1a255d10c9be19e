use super::{
    Class, Facts, Logic, Match, Target, Truth, Variables, covers_without_resource, value_matches,
};
use crate::{
    aws::{
        Action, ActionPattern, Arn, Assumptions, ContextKey,
        assumption::{
            Consulted, NegatedInvalidArn, NegatedTypeMismatch, NotPrincipalPartial, OpenPoint,
            WildcardServices,
        },
        catalog,
    },
    compile::{Clause, ResourceTest, ValueSet},
    policy::{Effect, Family, PolicyKind, Principal, Template},
    request::{Binding, Caller, CallerKind, CheckResource, Context, OtherEnds},
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
    /// Where it is noted which of them were looked at, if anybody wants to know.
    pub consulted: Option<&'a Consulted>,
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

    fn consult(&mut self, point: OpenPoint) {
        self.ask(point);
    }
}

impl Variables for Evaluator<'_> {
    fn variable(&mut self, key: &ContextKey) -> Result<Option<String>, ()> {
        // Only keys with a single value can be variables.
        if catalog::context_key(key).is_some_and(|known| known.many) {
            return Ok(None);
        }
        match self.binding(key) {
            Binding::Values(values) => match values.as_slice() {
                [one] => Ok(Some(one.clone())),
                _ => Ok(None),
            },
            Binding::Absent => Ok(None),
            Binding::Samples { .. } | Binding::Present | Binding::Unknown => Err(()),
        }
    }
}

impl Facts for Evaluator<'_> {
    fn present(&mut self, key: &ContextKey) -> Truth {
        match self.binding(key) {
            // A key without values counts as absent.
            Binding::Values(values) => (!values.is_empty()).into(),
            Binding::Samples { .. } | Binding::Present => Truth::True,
            Binding::Absent => Truth::False,
            Binding::Unknown => Truth::Unknown,
        }
    }

    fn some_value_matches(&mut self, clause: &Clause, effect: Effect) -> Truth {
        self.each_value(clause, effect, |truth| truth)
    }

    fn some_value_differs(&mut self, clause: &Clause, effect: Effect) -> Truth {
        self.each_value(clause, effect, |truth| !truth)
    }

    fn has_many_values(&self, clause: &Clause) -> bool {
        clause.many
            || matches!(self.binding(&clause.key), Binding::Values(values) if values.len() > 1)
    }

    fn assumptions(&self) -> &Assumptions {
        self.assumptions
    }
}

impl<'a> Evaluator<'a> {
    /// What a key holds.
    fn binding(&self, key: &ContextKey) -> &'a Binding {
        if self.consulted.is_some()
            && let Some(point) = self.context.assumed(key)
        {
            self.ask(point);
        }
        self.context.get(key)
    }

    fn ask(&self, point: OpenPoint) {
        if let Some(consulted) = self.consulted {
            consulted.note(point);
        }
    }

    /// Whether `test` holds of the comparison of some value of the key with the clause.
    fn each_value(
        &mut self,
        clause: &Clause,
        effect: Effect,
        test: impl Fn(Truth) -> Truth,
    ) -> Truth {
        match self.binding(&clause.key) {
            Binding::Values(values) => values
                .iter()
                .map(|value| test(self.compare(value, clause, effect)))
                .max()
                .unwrap_or(Truth::False),
            Binding::Samples { texts: samples, end } => {
                let mut all = Truth::True;
                let mut any = Truth::False;
                for sample in samples {
                    let truth = self.compare(sample, clause, effect);
                    (all, any) = (all & truth, any | truth);
                }
                test(match (all, any) {
                    (Truth::True, _) => Truth::True,
                    (_, Truth::False)
                        if !clause.values.could_match(common_prefix(samples), *end) =>
                    {
                        Truth::False
                    }
                    _ => Truth::Unknown,
                })
            }
            // Whatever the value is, `*` matches it.
            Binding::Present if clause.values.matches_all() => test(Truth::True),
            Binding::Present | Binding::Unknown => Truth::Unknown,
            Binding::Absent => Truth::False,
        }
    }

    fn compare(&mut self, value: &str, clause: &Clause, effect: Effect) -> Truth {
        let assumptions = self.assumptions;
        if matches!(clause.values, ValueSet::Ip(_)) && value.contains(':') {
            self.ask(OpenPoint::MappedAddress);
        }
        match value_matches(value, &clause.values, assumptions, self) {
            Match::Yes => Truth::True,
            Match::No => Truth::False,
            Match::Unknown => Truth::Unknown,
            // No number, no ARN: a positive operator does not match.
            Match::Unreadable if !clause.operator.comparison.is_negated() => Truth::False,
            Match::Unreadable if clause.operator.comparison.family() == Family::Arn => {
                self.ask(OpenPoint::NegatedInvalidArn);
                match assumptions.negated_invalid_arn {
                    NegatedInvalidArn::Indeterminate => Truth::Unknown,
                    NegatedInvalidArn::False => Truth::True,
                    NegatedInvalidArn::True => Truth::False,
                }
            }
            Match::Unreadable => {
                self.ask(OpenPoint::NegatedTypeMismatch);
                match assumptions.negated_type_mismatch {
                    NegatedTypeMismatch::Careful if effect == Effect::Deny => Truth::Unknown,
                    NegatedTypeMismatch::Indeterminate => Truth::Unknown,
                    NegatedTypeMismatch::Careful | NegatedTypeMismatch::False => Truth::True,
                    NegatedTypeMismatch::True => Truth::False,
                }
            }
        }
    }

    /// By what an entry names the caller.
    fn named(&self, entry: &Principal) -> Option<Class> {
        let caller = self.caller;
        let same = |arn: &Arn, other: Option<&Arn>| other.is_some_and(|other| other == arn);
        match (entry, caller.kind) {
            (Principal::Everyone { .. }, _) => Some(Class::Wildcard),
            (Principal::Service(name), CallerKind::Service) => {
                (caller.service.as_ref().is_some_and(|service| **service == **name))
                    .then_some(Class::Service)
            }
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
                let own = caller.identity.and_then(|identity| identity.unique_id.as_deref());
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
            self.ask(OpenPoint::WildcardServices);
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
        if list.is_empty() {
            // An empty element applies to nothing.
            return Truth::False;
        }
        let named = |wanted: Class| -> Truth {
            let certain = list.iter().any(|entry| self.named(entry) == Some(wanted));
            let perhaps =
                wanted == Class::Session && list.iter().any(|entry| self.may_be_named(entry));
            match (certain, perhaps) {
                (true, _) => Truth::True,
                (false, true) => Truth::Unknown,
                (false, false) => Truth::False,
            }
        };
        if effect == Effect::Allow {
            let any = Class::ALL.iter().map(|class| named(*class)).max();
            return !any.unwrap_or(Truth::False);
        }
        if self.caller.has_boundary() {
            return Truth::True;
        }
        if named(Class::Wildcard).is_true() {
            return Truth::False;
        }
        let levels: &[Class] = match self.caller.kind {
            CallerKind::User => &[Class::Session, Class::Account],
            CallerKind::RoleSession => &[Class::Session, Class::Role, Class::Account],
            CallerKind::FederatedUser => &[Class::Session, Class::FederatedParent, Class::Account],
            CallerKind::Root => &[Class::Account],
            CallerKind::Service => &[Class::Service],
            CallerKind::Anonymous => return Truth::True,
        };
        let all = levels.iter().map(|class| named(*class)).min().unwrap_or(Truth::False);
        let any = levels.iter().map(|class| named(*class)).max().unwrap_or(Truth::False);
        match (all, any) {
            (Truth::True, _) => Truth::False,
            (_, Truth::False) => Truth::True,
            (Truth::Unknown, _) => Truth::Unknown,
            (Truth::False, _) => {
                self.ask(OpenPoint::NotPrincipalPartial);
                match self.assumptions.not_principal_partial {
                    NotPrincipalPartial::Indeterminate => Truth::Unknown,
                    NotPrincipalPartial::Denied => Truth::True,
                    NotPrincipalPartial::Exempt => Truth::False,
                }
            }
        }
    }

    fn action(&mut self, pattern: &ActionPattern) -> Truth {
        pattern.matches(self.action).into()
    }

    fn resource(&mut self, pattern: &ResourceTest) -> Truth {
        if let (ResourceTest::Fields(fields), CheckResource::Arn(arn), None) =
            (pattern, self.resource, self.consulted)
        {
            return fields.matches(arn).into();
        }
        if self.consulted.is_some() && self.hangs_on_star(pattern) {
            self.ask(OpenPoint::ResourceStar);
        }
        let filled;
        let pattern = match pattern {
            ResourceTest::Variable(_) if *self.resource == CheckResource::Any => {
                return Truth::False;
            }
            ResourceTest::Variable(template) => match self.resolved(template) {
                Ok(Some(tokens)) => {
                    filled = ResourceTest::from_tokens(&tokens, self.assumptions);
                    &filled
                }
                // A variable without a value: the text names nothing.
                Ok(None) => return Truth::False,
                Err(()) => return Truth::Unknown,
            },
            fixed => fixed,
        };
        covers(pattern, self.resource)
    }

    fn missing_resource(&mut self, kind: PolicyKind) -> Truth {
        if kind == PolicyKind::Secret {
            self.ask(OpenPoint::MissingResource);
        }
        covers_without_resource(kind, self.assumptions).into()
    }
}

impl Evaluator<'_> {
    /// Whether it may matter if a star of a pattern runs over colons. It does not where the five fields in front of the
    /// resource are written out: then each colon of the pattern meets that of the ARN.
    fn hangs_on_star(&self, pattern: &ResourceTest) -> bool {
        let CheckResource::Arn(_) = self.resource else {
            return !matches!(pattern, ResourceTest::Any);
        };
        match pattern {
            ResourceTest::Any => false,
            ResourceTest::Fields(fields) => {
                let [front @ .., _] = fields.fields();
                front.iter().any(|field| field.as_literal().is_none())
            }
            ResourceTest::Whole(_) | ResourceTest::Variable(_) => true,
        }
    }

    fn resolved(&mut self, template: &Template) -> Result<Option<Vec<crate::aws::Token>>, ()> {
        template.tokens(true, |key| self.variable(key))
    }
}

/// Whether an entry of `Resource` without variables covers what is checked.
pub(crate) fn covers(pattern: &ResourceTest, resource: &CheckResource) -> Truth {
    let test = |arn: &Arn| match pattern {
        ResourceTest::Any => true,
        ResourceTest::Fields(fields) => fields.matches(arn),
        ResourceTest::Whole(whole) => whole.matches(arn.as_str()),
        ResourceTest::Variable(_) => false,
    };
    match resource {
        _ if matches!(pattern, ResourceTest::Any) => Truth::True,
        // Without a resource type only `*` covers the action.
        CheckResource::Any => Truth::False,
        CheckResource::Arn(arn) => test(arn).into(),
        CheckResource::Open { beginning, samples: [first, second], others } => {
            match (test(first), test(second)) {
                (true, true) => Truth::True,
                (false, false) if !could_name(pattern, beginning, others) => Truth::False,
                _ => Truth::Unknown,
            }
        }
        CheckResource::Unknown => Truth::Unknown,
    }
}

/// Whether a pattern could name some ARN that begins like this. Where the end is random, no pattern names it in full;
/// where it is only not known, one may, unless it is that of another resource.
fn could_name(pattern: &ResourceTest, beginning: &Arn, others: &OtherEnds) -> bool {
    let excluded = |named_in_full: Option<&str>, name: fn(&Arn) -> &str| {
        named_in_full.is_some_and(|literal| match others {
            OtherEnds::Random => true,
            OtherEnds::Taken(taken) => taken.iter().any(|arn| name(arn) == literal),
        })
    };
    let fields = match pattern {
        ResourceTest::Any | ResourceTest::Variable(_) => return true,
        ResourceTest::Whole(whole) => {
            return !excluded(whole.as_literal(), Arn::as_str)
                && whole.matches_some_with_prefix(beginning.as_str());
        }
        ResourceTest::Fields(fields) => fields,
    };
    let mut pairs = fields.fields().iter().zip(beginning.fields()).enumerate();
    !excluded(fields.resource().as_literal(), Arn::resource)
        && pairs.all(|(index, (pattern, field))| match index {
            5 => pattern.matches_some_with_prefix(field),
            _ => pattern.matches(field),
        })
}

/// What all samples begin with.
pub(crate) fn common_prefix(samples: &[String]) -> &str {
    let Some((first, rest)) = samples.split_first() else { return "" };
    let mut length = first.len();
    for other in rest {
        let same = first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        length = length.min(same);
    }
    (0..=length).rev().find_map(|end| first.get(..end)).unwrap_or_default()
}
