use std::{collections::BTreeMap, rc::Rc};

use super::{
    Bounds,
    domain::Domain,
    formula::{Arena, Formula, NodeId},
    glob::Alternative,
    keys::Holds,
    settle::Settled,
    space::{Space, VariableId},
    stranger::Stranger,
    test::Texts,
    view::{Template, View},
    vocabulary::Vocabulary,
};
use crate::{
    aws::{AccountId, Arn, Assumptions, ContextKey, Service, catalog},
    compile::CompiledPolicy,
    decide::Logic,
    policy::PolicyKind,
    request::CheckResource,
};

/// How freely the keys of a request are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As real requests combine them: the account in aws:PrincipalArn is aws:PrincipalAccount, a call comes over the
    /// public endpoint or through one of a VPC, only services carry aws:SourceArn, …
    #[default]
    Strict,
    /// Each by itself, as AWS's own online check does.
    Independent,
}

/// What is known of the resource that a policy is attached to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) mode: Mode,
    pub(super) kind: PolicyKind,
    pub(super) owner: Option<AccountId>,
    /// Accounts that belong to the owner.
    pub(super) trusted: &'a [AccountId],
    pub(super) organization: Option<&'a str>,
    pub(super) resource: Option<&'a Arn>,
    pub(super) assumptions: &'a Assumptions,
    pub(super) bounds: Bounds,
}

/// A request of which nothing is fixed: what the evaluator's code makes of it is a formula over what could be.
#[derive(Debug)]
pub(super) struct Symbolic<'a> {
    pub(super) arena: Arena,
    pub(super) space: Space,
    pub(super) around: Surroundings<'a>,
    pub(super) vocabulary: Vocabulary,
    /// What every request satisfies.
    pub(super) constraints: Vec<NodeId>,
    pub(super) keys: BTreeMap<ContextKey, Holds>,
    pub(super) parts: Parts,
    pub(super) flags: Flags,
    pub(super) stranger: Stranger,
    /// What the planner says of the check at hand, where there is one.
    pub(super) template: Option<Rc<Template>>,
    /// What keys hold of which the planner does not say it, by the number of the check: the same over every bundle.
    pub(super) shared: BTreeMap<(usize, ContextKey), Holds>,
    /// What stands for what is open, where that is made definite.
    pub(super) settled: Option<Settled>,
    /// What is checked, where not all of it is known: whether it is covered is for nobody to choose.
    pub(super) open_resource: Option<Rc<CheckResource>>,
    /// Actions and resources of checks that are known already.
    pub(super) same: BTreeMap<String, VariableId>,
    /// The first check of the call, while another one is at hand.
    pub(super) first: Option<View<'a>>,
    /// The unique id of the caller, where the caller is known.
    pub(super) unique_id: Option<String>,
    /// Keys on the resource's owner of which not every kind of value is tried, and that it is of another one.
    pub(super) open_owners: Vec<(&'static str, NodeId)>,
}

/// The parts of a request that are not condition keys, or that several keys look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// The ARN of the user or role; what aws:PrincipalArn holds.
    pub(super) caller: VariableId,
    /// The name of the role's session.
    pub(super) session: VariableId,
    /// The service that calls.
    pub(super) service: VariableId,
    pub(super) action: VariableId,
    pub(super) resource: VariableId,
}

/// What is so or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    /// The caller is an AWS service.
    pub(super) service: NodeId,
    /// The caller's account is in an organization.
    pub(super) member: NodeId,
    /// The call comes through a VPC endpoint.
    pub(super) endpoint: NodeId,
    /// Another service calls for the caller.
    pub(super) forwarded: NodeId,
}

impl<'a> Symbolic<'a> {
    pub(super) fn new(policies: &[&CompiledPolicy], around: Surroundings<'a>) -> Self {
        let mut vocabulary = Vocabulary::of(policies);
        vocabulary.accounts.extend(around.owner);
        vocabulary.accounts.extend(around.trusted);
        let stranger = Stranger::of(&vocabulary, around);
        vocabulary.accounts.extend(stranger.owner_account.parse::<AccountId>().ok());
        let mut arena = Arena::new();
        let mut space = Space::new(around.assumptions.mapped_address);
        let flags = Flags {
            service: space.flag(&mut arena),
            member: space.flag(&mut arena),
            endpoint: space.flag(&mut arena),
            forwarded: space.flag(&mut arena),
        };
        let mut variable =
            |name: &str, domain: Domain| space.variable(name, domain, false, super::formula::TRUE);
        let parts = Parts {
            action: variable("the action", action_domain(around, &vocabulary)),
            caller: variable("aws:PrincipalArn", caller_domain(&vocabulary, &stranger)),
            session: variable("the session name", Domain::shaped(&["%%*"], &["session"])),
            service: variable("the service", service_domain(&vocabulary)),
            resource: variable("the resource", resource_domain(around, &stranger)),
        };
        let mut symbolic = Self {
            arena,
            space,
            around,
            vocabulary,
            constraints: Vec::new(),
            keys: BTreeMap::new(),
            parts,
            flags,
            stranger,
            template: None,
            shared: BTreeMap::new(),
            settled: None,
            open_resource: None,
            same: BTreeMap::new(),
            first: None,
            unique_id: None,
            open_owners: Vec::new(),
        };
        if around.mode == Mode::Strict {
            symbolic.couple();
        }
        symbolic
    }

    /// How the flags of real requests hang together.
    fn couple(&mut self) {
        let Flags { service, member, endpoint, forwarded } = self.flags;
        // A service is no member of an organization, calls for itself, and does not come through a caller's endpoint.
        for other in [member, endpoint, forwarded] {
            let both = self.arena.and(service, other);
            self.require_not(both);
        }
        // A service that calls for the caller does not come through the caller's endpoint.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
        let both = self.arena.and(forwarded, endpoint);
        self.require_not(both);
    }

    pub(super) fn require(&mut self, node: NodeId) {
        self.constraints.push(node);
    }

    pub(super) fn require_not(&mut self, node: NodeId) {
        let not = self.arena.not(node);
        self.require(not);
    }

    pub(super) fn is_strict(&self) -> bool {
        self.around.mode == Mode::Strict
    }
}

/// Users, roles, root users and federated users, first those whom nobody knows.
fn caller_domain(vocabulary: &Vocabulary, stranger: &Stranger) -> Domain {
    const SHAPES: [&str; 4] = [
        // A path and a name: the last character is one of a name.
        ":iam::############:role/%*@",
        ":iam::############:user/%*@",
        ":iam::############:root",
        ":sts::############:federated-user/@@*",
    ];
    let others = vocabulary.partitions.iter().map(String::as_str);
    let partitions = std::iter::once("aws").chain(others);
    let shape = partitions.flat_map(|partition| {
        let start = Alternative::literal(&format!("arn:{partition}"));
        SHAPES.map(|rest| start.clone().then(&Alternative::shape(rest)))
    });
    let account = &stranger.account;
    let mut plausible = vec![
        format!("arn:aws:iam::{account}:role/stranger"),
        format!("arn:aws:iam::{account}:user/stranger"),
        format!("arn:aws:iam::{account}:root"),
    ];
    for account in vocabulary.accounts.iter().take(8) {
        plausible.push(format!("arn:aws:iam::{account}:role/anyone"));
        plausible.push(format!("arn:aws:iam::{account}:user/anyone"));
    }
    Domain::Text { shape: Texts::new(shape), plausible: plausible.into() }
}

fn service_domain(vocabulary: &Vocabulary) -> Domain {
    let known = [
        "lambda",
        "events",
        "sns",
        "s3",
        "cloudtrail",
        "config",
        "logs",
        "delivery.logs",
        "ecs",
        "cloudformation",
        "states",
        "backup",
    ];
    let known = known.map(|name| format!("{name}.amazonaws.com"));
    let fresh = known.iter().filter(|name| !vocabulary.services.contains(*name)).cloned();
    let plausible: Vec<String> = fresh.chain(vocabulary.services.iter().cloned()).collect();
    text_domain(&["%%*.%%*".to_owned()], &plausible)
}

/// In strict mode the actions that a policy of this kind can govern; else any, since AWS's check counts those too
/// that do nothing.
fn action_domain(around: Surroundings<'_>, vocabulary: &Vocabulary) -> Domain {
    let (service, resource, preferred) = match (around.mode, around.kind) {
        (Mode::Strict, PolicyKind::Secret) => (
            Service::SecretsManager,
            "secret",
            &["secretsmanager:getsecretvalue", "secretsmanager:describesecret"],
        ),
        (Mode::Strict, PolicyKind::Key) => {
            (Service::Kms, "key", &["kms:decrypt", "kms:generatedatakey"])
        }
        _ => {
            let plausible = match around.kind {
                PolicyKind::Key => ["kms:decrypt", "secretsmanager:getsecretvalue", "s3:getobject"],
                _ => ["secretsmanager:getsecretvalue", "kms:decrypt", "s3:getobject"],
            };
            let mentioned = vocabulary.actions.iter().cloned();
            let plausible: Vec<String> =
                plausible.map(str::to_owned).into_iter().chain(mentioned).collect();
            return text_domain(&["&&*:&&*".to_owned()], &plausible);
        }
    };
    let mut list: Vec<String> = preferred.map(str::to_owned).to_vec();
    for action in catalog::actions_of(service) {
        let name = action.full_name.to_ascii_lowercase();
        if action.resources.contains(&resource) && !list.contains(&name) {
            list.push(name);
        }
    }
    Domain::Listed(list)
}

fn resource_domain(around: Surroundings<'_>, stranger: &Stranger) -> Domain {
    if let Some(arn) = around.resource {
        return Domain::Listed(vec![arn.to_string()]);
    }
    let any = around.owner.map_or("############".to_owned(), |owner| owner.to_string());
    let example = example_arn(around.kind, &stranger.owner_account);
    let plausible = vec![example.unwrap_or_else(|| "arn:aws:s3:::example".to_owned())];
    let shapes = match (around.mode, around.kind) {
        (Mode::Strict, PolicyKind::Secret) => {
            vec![format!("arn:^^*:secretsmanager:^^*:{any}:secret:%%*-%%%%%%")]
        }
        (Mode::Strict, PolicyKind::Key) => vec![format!("arn:^^*:kms:^^*:{any}:key/%%*")],
        _ => ["arn:^^*:^^*:^*:^*:%%*", "arn:^^*:^^*:^*:^*:%%*:%*"].map(str::to_owned).to_vec(),
    };
    text_domain(&shapes, &plausible)
}

/// A secret or a key of an account.
pub(super) fn example_arn(kind: PolicyKind, account: &str) -> Option<String> {
    match kind {
        PolicyKind::Secret => {
            Some(format!("arn:aws:secretsmanager:us-east-1:{account}:secret:example-a1B2c3"))
        }
        PolicyKind::Key => Some(format!(
            "arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        )),
        _ => None,
    }
}

pub(super) fn text_domain(shape: &[String], plausible: &[String]) -> Domain {
    Domain::Text {
        shape: Texts::new(shape.iter().map(|shape| Alternative::shape(shape))),
        plausible: plausible.to_vec().into(),
    }
}

impl Logic for Symbolic<'_> {
    type Value = Formula;

    fn constant(&mut self, value: bool) -> Formula {
        Arena::constant(value).into()
    }

    fn unknown(&mut self) -> Formula {
        super::settle::OPEN
    }

    fn and(&mut self, a: Formula, b: Formula) -> Formula {
        self.arena.both(a, b)
    }

    fn or(&mut self, a: Formula, b: Formula) -> Formula {
        self.arena.either(a, b)
    }

    fn not(&mut self, a: Formula) -> Formula {
        self.arena.without(a)
    }
}
