use super::{
    domain::Domain,
    formula::{Arena, NodeId, TRUE},
    glob::{Alternative, Characters},
    space::VariableId,
    symbolic::{Symbolic, text_domain},
    test::Test,
};
use crate::{
    aws::{
        ContextKey, Service,
        catalog::{self, KeyType},
    },
    policy::{Family, PolicyKind},
};

/// What a condition key holds in a request of which nothing is fixed.
#[derive(Clone, Debug)]
pub(super) enum Holds {
    /// It is in no request.
    Absent,
    /// This, always.
    Value(String),
    /// These, always.
    Several(Vec<String>),
    /// What these samples have in common, and then an end that is made at random and that nobody can choose.
    RandomEnd(Vec<String>),
    /// `true` or `false`, as the formula.
    Truth(NodeId),
    /// A part of its own.
    Variable(VariableId),
    /// The account in the caller's ARN.
    Account,
    /// The account and the name in the ARN of a federated user, with a colon between.
    FederatedId,
    /// This, and then the name of the role's session.
    Session(String),
    /// The name in the ARN of a user.
    UserName,
    /// What kind of ARN the caller's is.
    PrincipalType,
}

/// The keys of a call through a VPC endpoint.
const ENDPOINT_KEYS: [&str; 3] = ["aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"];

/// Keys that say on whose behalf a service calls; no other caller has them.
pub(super) const SOURCE_KEYS: [&str; 5] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

impl Symbolic<'_> {
    /// What a key holds.
    pub(super) fn holds(&mut self, key: &ContextKey) -> Holds {
        if let Some(known) = self.keys.get(key) {
            return known.clone();
        }
        let holds = match self.template.clone() {
            Some(template) => self.templated(key, &template),
            None if self.is_strict() => self.strict(key),
            None => self.independent(key),
        };
        self.keys.insert(key.clone(), holds.clone());
        holds
    }

    /// Each key by itself; those of the caller are in every signed request.
    fn independent(&mut self, key: &ContextKey) -> Holds {
        let always = match key.lower() {
            "aws:principalarn" | "aws:principalaccount" => true,
            "kms:calleraccount" => self.around.kind != PolicyKind::Secret,
            _ => false,
        };
        let present = if always { TRUE } else { self.space.flag(&mut self.arena) };
        Holds::Variable(self.own(key, present))
    }

    /// As real requests carry them.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    pub(super) fn strict(&mut self, key: &ContextKey) -> Holds {
        let lower = key.lower();
        match lower {
            "aws:principalarn" => return Holds::Variable(self.parts.caller),
            "aws:principalaccount" => return Holds::Account,
            "kms:calleraccount" if self.around.kind != PolicyKind::Secret => return Holds::Account,
            "aws:username" => return Holds::UserName,
            "aws:principaltype" => return Holds::PrincipalType,
            "aws:principalisawsservice" => return Holds::Truth(self.flags.service),
            "aws:viaawsservice" => return Holds::Truth(self.flags.forwarded),
            // Both services answer over TLS only.
            "aws:securetransport" if self.is_ours() => return Holds::Value("true".to_owned()),
            "aws:resourceaccount" => {
                return match self.around.owner {
                    Some(owner) => Holds::Value(owner.to_string()),
                    None => self.owner_account(),
                };
            }
            "aws:resourceorgid" if self.around.organization.is_some() => {
                return Holds::Value(self.stranger.owner_organization.clone());
            }
            _ => {}
        }
        let Some(present) = self.presence(key) else { return Holds::Absent };
        Holds::Variable(self.own(key, present))
    }

    /// Whether the policy is one of a secret or a key.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.around.kind, PolicyKind::Secret | PolicyKind::Key)
    }

    /// When a key is in a request; `None` for never.
    pub(super) fn presence(&mut self, key: &ContextKey) -> Option<NodeId> {
        let lower = key.lower();
        let flags = self.flags;
        if ENDPOINT_KEYS.contains(&lower) {
            return Some(flags.endpoint);
        }
        match lower {
            "aws:principalorgid" | "aws:principalorgpaths" => return Some(flags.member),
            "aws:principalservicename" | "aws:principalservicenameslist" => {
                return Some(flags.service);
            }
            "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => {
                return Some(flags.forwarded);
            }
            "aws:userid"
            | "aws:currenttime"
            | "aws:epochtime"
            | "aws:requestedregion"
            | "aws:securetransport" => return Some(TRUE),
            _ => {}
        }
        let known = catalog::context_key(key);
        let own = match self.around.kind {
            PolicyKind::Secret => Some(Service::SecretsManager),
            PolicyKind::Key => Some(Service::Kms),
            _ => None,
        };
        let of = match key.prefix() {
            "secretsmanager" => Some(Service::SecretsManager),
            "kms" => Some(Service::Kms),
            _ => None,
        };
        // A service sends its own keys and the global ones; a name that nobody defines is in no request. What
        // services other than these two define is not in the catalogue.
        match (known, own) {
            (None, Some(_)) => return None,
            (None, None) if matches!(key.prefix(), "aws" | "secretsmanager" | "kms") => {
                return None;
            }
            (Some(_), Some(own)) if of.is_some_and(|of| of != own) => return None,
            _ => {}
        }
        let present = self.space.flag(&mut self.arena);
        match lower {
            "aws:sourceip" => {
                let both = self.arena.and(present, flags.endpoint);
                self.require_not(both);
                // A caller's own call comes one way or the other.
                let way = self.arena.any([present, flags.endpoint, flags.service, flags.forwarded]);
                self.require(way);
            }
            "aws:sourcevpcarn" => {
                let through = self.arena.implies(present, flags.endpoint);
                self.require(through);
            }
            "aws:vpceaccount" | "aws:vpceorgid" | "aws:vpceorgpaths" => {
                // Secrets Manager is not among the services that fill these in.
                if own == Some(Service::SecretsManager) {
                    return None;
                }
                let through = self.arena.implies(present, flags.endpoint);
                self.require(through);
            }
            "kms:viaservice" => {
                let forwarded = self.arena.implies(present, flags.forwarded);
                self.require(forwarded);
            }
            _ if SOURCE_KEYS.contains(&lower) => {
                let service = self.arena.implies(present, flags.service);
                self.require(service);
            }
            _ => {}
        }
        if own.is_some() && own == of {
            self.only_with_its_actions(key, present, own.unwrap_or(Service::Other));
        }
        Some(present)
    }

    /// A service's own key is sent with the actions that define it.
    fn only_with_its_actions(&mut self, key: &ContextKey, present: NodeId, service: Service) {
        let actions = catalog::actions_of(service).iter();
        let with = actions.filter(|action| action.can_carry(key));
        let names: Vec<Alternative> = with
            .map(|action| Alternative::literal(&action.full_name.to_ascii_lowercase()))
            .collect();
        // Keys on the resource, such as its tags, are listed by no action.
        if names.is_empty() {
            return;
        }
        let action = self.space.inside(&mut self.arena, self.parts.action, Test::text(names));
        let with = self.arena.implies(present, action);
        self.require(with);
    }

    /// A part of its own for a key.
    pub(super) fn own(&mut self, key: &ContextKey, present: NodeId) -> VariableId {
        if self.is_strict() && key.lower() == "aws:principalservicename" {
            return self.parts.service;
        }
        let many = catalog::context_key(key).is_some_and(|known| known.many);
        let domain = self.domain(key);
        let variable = self.space.variable(key.canonical(), domain, many, present);
        if self.is_strict() && key.lower() == "aws:resourceorgpaths" {
            self.tie_owner_paths(variable);
        }
        variable
    }

    fn domain(&mut self, key: &ContextKey) -> Domain {
        match key.lower() {
            "aws:resourceorgid" if self.is_strict() => return self.owner_organization(),
            "aws:sourceip" => return Domain::Address { private: false },
            "aws:epochtime" => return Domain::Seconds,
            _ => {}
        }
        let plausible = self.stranger.plausible(key).unwrap_or_else(|| match key.lower() {
            "aws:resourceaccount" => vec![self.stranger.owner_account.clone()],
            "aws:username" => vec!["stranger".to_owned()],
            "aws:vpcsourceip" => vec!["10.0.0.10".to_owned()],
            "aws:requestedregion" => {
                let own = self.around.resource.map(|arn| arn.region().to_owned());
                own.into_iter().chain(["us-east-1".to_owned()]).collect()
            }
            "aws:useragent" => vec!["aws-cli/2".to_owned()],
            "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => {
                vec!["cloudformation.amazonaws.com".to_owned()]
            }
            "kms:viaservice" => vec!["secretsmanager.us-east-1.amazonaws.com".to_owned()],
            "kms:encryptioncontext:secretarn" => vec![
                "arn:aws:secretsmanager:us-east-1:111122223333:secret:example-a1B2c3".to_owned(),
            ],
            "secretsmanager:versionstage" => vec!["AWSCURRENT".to_owned()],
            _ => vec!["x".to_owned()],
        });
        let typed = match catalog::context_key(key) {
            Some(known) => known.value,
            None => self.type_by_operators(key),
        };
        match typed {
            KeyType::Bool => Domain::truth(),
            KeyType::Numeric => Domain::Number,
            KeyType::Date => Domain::Instant,
            KeyType::Ip => Domain::Address { private: true },
            KeyType::String | KeyType::Arn => {
                let shape = if self.is_strict() { shape(key) } else { None };
                text_domain(&shape.unwrap_or_else(|| vec!["*".to_owned()]), &plausible)
            }
        }
    }

    /// What a key that the catalogue lacks is compared as.
    fn type_by_operators(&self, key: &ContextKey) -> KeyType {
        let families = self.vocabulary.keys.get(key).map_or(&[][..], |found| &found.families);
        let all = |family: Family| families.iter().all(|f| *f == family || *f == Family::Null);
        match () {
            () if all(Family::Null) => KeyType::String,
            () if all(Family::Numeric) => KeyType::Numeric,
            () if all(Family::Date) => KeyType::Date,
            () if all(Family::Bool) => KeyType::Bool,
            () if all(Family::Ip) => KeyType::Ip,
            () => KeyType::String,
        }
    }

    /// The formula that what a key holds is in a set; `false` for a key that is absent.
    pub(super) fn inside(&mut self, holds: &Holds, test: &Test) -> NodeId {
        let mapped = self.around.assumptions.mapped_address;
        let caller = self.parts.caller;
        match holds {
            Holds::Absent => Arena::constant(false),
            Holds::Value(value) => Arena::constant(test.holds(value, mapped)),
            Holds::Several(values) => {
                Arena::constant(values.iter().any(|value| test.holds(value, mapped)))
            }
            Holds::RandomEnd(samples) => {
                Arena::constant(samples.iter().all(|sample| test.holds(sample, mapped)))
            }
            Holds::Truth(node) => {
                let not = self.arena.not(*node);
                let yes = self.arena.and(*node, Arena::constant(test.holds("true", mapped)));
                let no = self.arena.and(not, Arena::constant(test.holds("false", mapped)));
                self.arena.or(yes, no)
            }
            Holds::Variable(id) => self.space.inside(&mut self.arena, *id, test.clone()),
            Holds::Account => {
                let test = around(test, Characters::Field, &["arn:^*:^*::"], ":*");
                self.space.inside(&mut self.arena, caller, test)
            }
            Holds::Session(beginning) => {
                let Test::Text(list) = test else { return Arena::constant(false) };
                let rests = list.alternatives().iter().flat_map(|part| part.behind(beginning));
                self.space.inside(&mut self.arena, self.parts.session, Test::text(rests))
            }
            Holds::FederatedId => {
                let Test::Text(list) = test else { return Arena::constant(false) };
                let start = Alternative::shape("arn:^*:sts::");
                let middle = Alternative::shape(":federated-user/");
                let parts = list.alternatives().iter().flat_map(|part| part.divided(':'));
                let parts = parts.filter_map(|(account, name)| {
                    let account = account.within(Characters::Digit)?;
                    let name = name.within(Characters::Part)?;
                    Some(start.clone().then(&account).then(&middle).then(&name))
                });
                self.space.inside(&mut self.arena, caller, Test::text(parts))
            }
            Holds::UserName => {
                let before = ["arn:^*:iam::^*:user/", "arn:^*:iam::^*:user/%*/"];
                let test = around(test, Characters::Part, &before, "");
                self.space.inside(&mut self.arena, caller, test)
            }
            Holds::PrincipalType => {
                let shapes = TYPES.iter().filter(|(name, _)| test.holds(name, mapped));
                let test = Test::text(shapes.map(|(_, shape)| Alternative::shape(shape)));
                self.space.inside(&mut self.arena, caller, test)
            }
        }
    }

    /// The formula that a key is in the request.
    pub(super) fn is_present(&mut self, holds: &Holds) -> NodeId {
        match holds {
            Holds::Absent => Arena::constant(false),
            Holds::Value(_)
            | Holds::Several(_)
            | Holds::RandomEnd(_)
            | Holds::Truth(_)
            | Holds::Account
            | Holds::FederatedId
            | Holds::Session(_)
            | Holds::PrincipalType => TRUE,
            Holds::Variable(id) if *id == self.parts.service => self.flags.service,
            Holds::Variable(id) => self.space.present(*id),
            Holds::UserName => {
                let user = Test::text([Alternative::shape("arn:^*:iam::^*:user/*")]);
                self.space.inside(&mut self.arena, self.parts.caller, user)
            }
        }
    }

    /// Whether a key can have several values at once.
    pub(super) fn is_many(&self, holds: &Holds) -> bool {
        match holds {
            Holds::Variable(id) => self.space.get(*id).is_some_and(|variable| variable.many),
            Holds::Several(_) => true,
            _ => false,
        }
    }
}

/// What aws:PrincipalType says, and the ARNs of which.
pub(super) const TYPES: [(&str, &str); 4] = [
    ("Account", "arn:^*:iam::^*:root"),
    ("User", "arn:^*:iam::^*:user/*"),
    ("AssumedRole", "arn:^*:iam::^*:role/*"),
    ("FederatedUser", "arn:^*:sts::^*:federated-user/*"),
];

/// The patterns of a test on a part of an ARN, with what stands before and behind that part.
fn around(test: &Test, set: Characters, before: &[&str], behind: &str) -> Test {
    let Test::Text(list) = test else { return Test::text([]) };
    let behind = Alternative::shape(behind);
    let parts = list.alternatives().iter().filter_map(|part| part.within(set));
    Test::text(parts.flat_map(|part| {
        before
            .iter()
            .map(|before| Alternative::shape(before).then(&part).then(&behind))
            .collect::<Vec<_>>()
    }))
}

/// What the values of a key look like.
fn shape(key: &ContextKey) -> Option<Vec<String>> {
    let shapes: &[&str] = match key.lower() {
        "aws:sourceaccount" | "aws:sourceowner" | "aws:vpceaccount" => &["############"],
        "aws:principalorgid" | "aws:sourceorgid" | "aws:vpceorgid" => &["o-@@*"],
        "aws:principalorgpaths"
        | "aws:sourceorgpaths"
        | "aws:vpceorgpaths"
        | "aws:resourceorgpaths" => &["o-%*/"],
        "aws:sourcearn" => &["arn:^^*:^^*:^*:############:*", "arn:^^*:^^*:^*::*"],
        "aws:sourcevpc" => &["vpc-%%*"],
        "aws:sourcevpce" => &["vpce-%%*"],
        "aws:sourcevpcarn" => &["arn:^^*:ec2:^^*:############:vpc/%%*"],
        // In other partitions the domain is another.
        "kms:viaservice" => &["%%*.%%*.%%*"],
        _ => return None,
    };
    Some(shapes.iter().map(|shape| (*shape).to_owned()).collect())
}
