use super::{
    domain::Domain,
    formula::{Arena, FALSE, Formula, NodeId, TRUE},
    glob::{Alternative, Characters},
    keys::{Holds, TYPES},
    settle::OPEN,
    symbolic::Symbolic,
    test::{self, Test},
    variables::Templates,
};
use crate::{
    aws::{
        ActionPattern, Arn, Assumptions, ContextKey,
        assumption::{
            NegatedInvalidArn, NegatedTypeMismatch, NotPrincipalPartial, WildcardServices,
        },
    },
    compile::{Clause, ResourceTest, ValueSet},
    decide::{Class, Facts, Logic, Target, Truth, common_prefix, covers, covers_without_resource},
    policy::{Effect, PolicyKind, Principal},
    request::UnknownEnd,
};

/// The keys that a condition looks at.
fn keys_of(clause: &Clause) -> impl Iterator<Item = &ContextKey> {
    let templates = std::iter::once(&clause.values).flat_map(Templates::of);
    std::iter::once(&clause.key).chain(templates.flat_map(|templated| templated.variables()))
}

impl Facts for Symbolic<'_> {
    fn present(&mut self, key: &ContextKey) -> Formula {
        let holds = self.holds(key);
        self.is_present(&holds).into()
    }

    fn some_value_matches(&mut self, clause: &Clause, effect: Effect) -> Formula {
        let found = match self.holds(&clause.key) {
            Holds::RandomEnd(samples) => self.random_end_matches(&samples, clause, effect),
            holds => self.matches(&holds, clause, effect),
        };
        self.with_other_owners(found, keys_of(clause))
    }

    fn some_value_differs(&mut self, clause: &Clause, effect: Effect) -> Formula {
        let holds = self.holds(&clause.key);
        if let Holds::Several(values) = &holds {
            let test = Test::of(&clause.values);
            let mapped = self.around.assumptions.mapped_address;
            let outside = values.iter().any(|value| !test.holds(value, mapped));
            let opaque = !Templates::of(&clause.values).is_empty();
            let possible = Arena::constant(outside);
            return Formula { certain: if opaque { FALSE } else { possible }, possible };
        }
        let Holds::Variable(id) = &holds else {
            let matches = self.some_value_matches(clause, effect);
            return self.not(matches);
        };
        if !self.is_many(&holds) {
            let matches = self.some_value_matches(clause, effect);
            return self.not(matches);
        }
        let outside = self.space.outside(&mut self.arena, *id, Test::of(&clause.values));
        let opaque = !Templates::of(&clause.values).is_empty();
        let unreadable = self.unreadable(&holds, clause, effect);
        let certain = match opaque || unreadable.possible != FALSE {
            // A member outside the fixed values may still match the others.
            true => FALSE,
            false => outside,
        };
        let possible = match unreadable.certain {
            TRUE => FALSE,
            _ => outside,
        };
        self.with_other_owners(Formula { certain, possible }, keys_of(clause))
    }

    fn has_many_values(&self, clause: &Clause) -> bool {
        clause.many
    }

    fn assumptions(&self) -> &Assumptions {
        self.around.assumptions
    }
}

impl Symbolic<'_> {
    fn matches(&mut self, holds: &Holds, clause: &Clause, effect: Effect) -> Formula {
        let listed = self.listed(holds, clause);
        let unreadable = self.unreadable(holds, clause, effect);
        self.or(listed, unreadable)
    }

    /// Whether a value matches of which the end is random, as the evaluator has it: it does where every end would do.
    fn random_end_matches(
        &mut self,
        samples: &[String],
        clause: &Clause,
        effect: Effect,
    ) -> Formula {
        let (mut all, mut any) = (Formula::from(TRUE), Formula::from(FALSE));
        for sample in samples {
            let this = self.matches(&Holds::Value(sample.clone()), clause, effect);
            (all, any) = (self.and(all, this), self.or(any, this));
        }
        let could = clause.values.could_match(common_prefix(samples), UnknownEnd::Random);
        Formula { certain: all.certain, possible: if could { TRUE } else { any.possible } }
    }

    /// Whether some value of the key is among those listed.
    fn listed(&mut self, holds: &Holds, clause: &Clause) -> Formula {
        let fixed = Test::of(&clause.values);
        let mut any: Formula = match self.is_textual(holds, &fixed) {
            true => self.inside(holds, &fixed).into(),
            // A number compared with an account: possible, and nobody does it.
            false => Formula { certain: FALSE, possible: TRUE },
        };
        for template in Templates::of(&clause.values) {
            let matches = self.matches_template(holds, clause, template);
            any = self.or(any, matches);
        }
        any
    }

    /// Whether a set can be asked of a key that stands for a field of the caller's ARN.
    const fn is_textual(&self, holds: &Holds, test: &Test) -> bool {
        !matches!(holds, Holds::Account | Holds::UserName) || matches!(test, Test::Text(_))
    }

    /// Under a negated operator: whether the comparison counts as a match because one side cannot be read as what is
    /// compared.
    fn unreadable(&mut self, holds: &Holds, clause: &Clause, effect: Effect) -> Formula {
        if !clause.operator.comparison.is_negated() {
            return FALSE.into();
        }
        let unreadable = if test::unreadable(&clause.values) > 0 {
            TRUE
        } else {
            let readable = self.is_readable(holds, clause);
            self.arena.not(readable)
        };
        let open = Formula { certain: FALSE, possible: unreadable };
        if matches!(clause.values, ValueSet::Arn(_)) {
            return match self.around.assumptions.negated_invalid_arn {
                NegatedInvalidArn::Indeterminate => open,
                NegatedInvalidArn::False => unreadable.into(),
                NegatedInvalidArn::True => FALSE.into(),
            };
        }
        match self.around.assumptions.negated_type_mismatch {
            NegatedTypeMismatch::Careful if effect == Effect::Deny => open,
            NegatedTypeMismatch::Indeterminate => open,
            NegatedTypeMismatch::Careful | NegatedTypeMismatch::False => unreadable.into(),
            NegatedTypeMismatch::True => FALSE.into(),
        }
    }

    /// Whether what the key holds can be read as what the clause compares.
    fn is_readable(&mut self, holds: &Holds, clause: &Clause) -> NodeId {
        let domain = match holds {
            Holds::Variable(id) => self.space.get(*id).map(|variable| &variable.domain),
            _ => None,
        };
        let is = match (&clause.values, domain) {
            (ValueSet::Text { .. } | ValueSet::Null(_), _) => true,
            (ValueSet::Arn(_), _) => {
                let six = Test::text([Alternative::shape("^*:^*:^*:^*:^*:*")]);
                return match holds {
                    Holds::Variable(id) if *id == self.parts.caller => TRUE,
                    _ => self.inside(holds, &six),
                };
            }
            (ValueSet::Number(..), Some(domain)) => {
                matches!(domain, Domain::Number | Domain::Seconds)
            }
            (ValueSet::Date(..), Some(domain)) => {
                matches!(domain, Domain::Instant | Domain::Seconds)
            }
            (ValueSet::Ip(_), Some(domain)) => matches!(domain, Domain::Address { .. }),
            (ValueSet::Bool(_), _) => true,
            _ => false,
        };
        Arena::constant(is)
    }

    fn caller_is(&mut self, shapes: &[Alternative]) -> NodeId {
        let test = Test::text(shapes.iter().cloned());
        let inside = self.space.inside(&mut self.arena, self.parts.caller, test);
        let service = self.flags.service;
        let not_service = self.arena.not(service);
        self.arena.and(inside, not_service)
    }

    /// The ways in which an entry names the caller.
    fn named(&mut self, entry: &Principal) -> Option<(Class, NodeId)> {
        let literal = |arn: &Arn| vec![Alternative::literal(arn.as_str())];
        let (class, shapes) = match entry {
            Principal::Everyone { .. } => return Some((Class::Wildcard, TRUE)),
            Principal::Service(name) => {
                let service = self.flags.service;
                let test = Test::literal(name);
                let inside = self.space.inside(&mut self.arena, self.parts.service, test);
                return Some((Class::Service, self.arena.and(service, inside)));
            }
            Principal::Account { partition, account } => {
                // What the policy says is text, whatever it would mean in a shape.
                let start = match partition {
                    Some(partition) => Alternative::literal(&format!("arn:{partition}:")),
                    None => Alternative::shape("arn:^*:"),
                };
                let rest = Alternative::shape(&format!("^*::{account}:*"));
                (Class::Account, vec![start.then(&rest)])
            }
            Principal::User(arn) | Principal::FederatedUser(arn) => (Class::Session, literal(arn)),
            Principal::Role(arn) => (Class::Role, literal(arn)),
            Principal::RoleSession(arn) => {
                let mut parts = arn.resource().split('/').skip(1);
                let (role, session) = (parts.next()?, parts.next()?);
                // The session's ARN leaves out the role's path.
                let start = format!("arn:{}:iam::{}:role/", arn.partition(), arn.account_field());
                let start = Alternative::literal(&start);
                let name = Alternative::literal(role);
                let path = Alternative::shape("%*/").then(&name);
                let is_role = self.caller_is(&[start.clone().then(&name), start.then(&path)]);
                let test = Test::literal(session);
                let named = self.space.inside(&mut self.arena, self.parts.session, test);
                return Some((Class::Session, self.arena.and(is_role, named)));
            }
            Principal::UniqueId(id) if self.unique_id.as_deref() == Some(&**id) => {
                let users = self.caller_is(&[Alternative::shape("arn:^*:iam::^*:user/*")]);
                let class = if users == FALSE { Class::Role } else { Class::Session };
                return Some((class, TRUE));
            }
            // An id whose bearer is not known is nobody's; the other kinds are of use elsewhere only.
            Principal::UniqueId(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => {
                return None;
            }
        };
        Some((class, self.caller_is(&shapes)))
    }

    /// Whether the list names the caller as each of these.
    fn levels(&mut self, list: &[Principal], classes: &[Class]) -> Vec<NodeId> {
        let mut levels = vec![FALSE; classes.len()];
        for entry in list {
            let Some((class, named)) = self.named(entry) else { continue };
            for (wanted, level) in classes.iter().zip(&mut levels) {
                if *wanted == class {
                    *level = self.arena.or(*level, named);
                }
            }
        }
        levels
    }
}

impl Target for Symbolic<'_> {
    fn principal(&mut self, entry: &Principal, effect: Effect) -> (Class, Formula) {
        if let (Principal::Everyone { typed: true }, Effect::Allow) = (entry, effect) {
            let service = self.flags.service;
            let others = self.arena.not(service);
            let covered = match self.around.assumptions.wildcard_services {
                WildcardServices::Indeterminate => Formula { certain: others, possible: TRUE },
                WildcardServices::Covered => TRUE.into(),
                WildcardServices::NotCovered => others.into(),
            };
            return (Class::Wildcard, covered);
        }
        match self.named(entry) {
            Some((class, named)) => (class, named.into()),
            None => (Class::Session, FALSE.into()),
        }
    }

    fn not_principal(&mut self, list: &[Principal], effect: Effect) -> Formula {
        let everyone = |entry: &Principal| matches!(entry, Principal::Everyone { .. });
        if list.is_empty() || list.iter().any(everyone) {
            return FALSE.into();
        }
        if effect == Effect::Allow {
            let named = self.levels(list, &Class::ALL);
            let any = self.arena.any(named);
            return self.arena.not(any).into();
        }
        // Whose every level is listed is exempt; whose only some are may be.
        let (mut all, mut any) = (FALSE, FALSE);
        let kinds: [(&str, &[Class]); 4] = [
            ("Account", &[Class::Account]),
            ("User", &[Class::Session, Class::Account]),
            ("AssumedRole", &[Class::Session, Class::Role, Class::Account]),
            ("FederatedUser", &[Class::Session, Class::FederatedParent, Class::Account]),
        ];
        for (kind, classes) in kinds {
            let shapes = TYPES.iter().filter(|(name, _)| *name == kind);
            let shapes: Vec<Alternative> =
                shapes.map(|(_, shape)| Alternative::shape(shape)).collect();
            let is_kind = self.caller_is(&shapes);
            let levels = self.levels(list, classes);
            let listed = self.arena.all(levels.iter().copied());
            let partly = self.arena.any(levels);
            let listed = self.arena.and(is_kind, listed);
            let partly = self.arena.and(is_kind, partly);
            all = self.arena.or(all, listed);
            any = self.arena.or(any, partly);
        }
        for service in self.levels(list, &[Class::Service]) {
            all = self.arena.or(all, service);
            any = self.arena.or(any, service);
        }
        let (not_all, not_any) = (self.arena.not(all), self.arena.not(any));
        match self.around.assumptions.not_principal_partial {
            NotPrincipalPartial::Indeterminate => Formula { certain: not_any, possible: not_all },
            NotPrincipalPartial::Denied => not_all.into(),
            NotPrincipalPartial::Exempt => not_any.into(),
        }
    }

    fn action(&mut self, pattern: &ActionPattern) -> Formula {
        let pattern = Alternative::of(pattern.pattern(), Characters::Any, false);
        self.space.inside(&mut self.arena, self.parts.action, Test::text([pattern])).into()
    }

    fn resource(&mut self, pattern: &ResourceTest) -> Formula {
        if let ResourceTest::Variable(template) = pattern {
            return self.resource_template(template);
        }
        if let Some(resource) = &self.open_resource {
            return match covers(pattern, resource) {
                Truth::True => TRUE.into(),
                Truth::False => FALSE.into(),
                Truth::Unknown => OPEN,
            };
        }
        let pattern = match pattern {
            ResourceTest::Any | ResourceTest::Variable(_) => return TRUE.into(),
            ResourceTest::Fields(fields) => Alternative::of_arn(fields),
            ResourceTest::Whole(whole) => Alternative::of(whole, Characters::Any, false),
        };
        self.space.inside(&mut self.arena, self.parts.resource, Test::text([pattern])).into()
    }

    fn missing_resource(&mut self, kind: PolicyKind) -> Formula {
        self.constant(covers_without_resource(kind, self.around.assumptions))
    }
}
