//! The several checks of one call: each sees its own condition keys, and the caller is the same in all.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    domain::Domain,
    formula::{Arena, FALSE, NodeId, TRUE},
    glob::Alternative,
    keys::Holds,
    space::VariableId,
    symbolic::{Surroundings, Symbolic},
    test::Test,
};
use crate::{
    aws::{Action, ContextKey},
    decide::common_prefix,
    policy::PolicyKind,
    request::{Binding, CallerKind, CheckResource, Context, UnknownEnd, is_forwarded, is_passed},
};

/// What one check sees: everything of a [`Symbolic`] that differs between the checks of a call.
#[derive(Debug)]
pub(super) struct View<'a> {
    around: Surroundings<'a>,
    keys: BTreeMap<ContextKey, Holds>,
    action: VariableId,
    resource: VariableId,
    open_resource: Option<Rc<CheckResource>>,
    endpoint: NodeId,
    forwarded: NodeId,
    template: Option<Rc<Template>>,
}

/// What the keys hold, for the first check of a call and for those that follow.
pub(super) type Keys = [Vec<(ContextKey, Holds)>; 2];

/// What the planner says of a check's condition keys. Those that it leaves open are looked for.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// The number of the check.
    pub(super) number: usize,
    pub(super) context: Context,
    /// What it says of that check over the bundle that this one is compared with. What only one of the two says holds in
    /// both: a fact does not change because somebody writes it down.
    pub(super) beside: Option<Context>,
    /// Whether what is checked has the same owner there.
    pub(super) same_owner: bool,
    /// The actions, where the caller may pass parameters with them that nobody stated.
    pub(super) passed: Vec<Action>,
    /// Whether the service makes the call for the caller.
    pub(super) forwarded: bool,
    /// The kind of the caller, where nothing else is known: then the keys that describe the caller are open too.
    pub(super) anyone: Option<CallerKind>,
    /// Whether the caller's account is known all the same, and with it what is known of its organization.
    pub(super) at_home: bool,
}

impl Template {
    /// What a key holds in this check.
    fn binding(&self, key: &ContextKey) -> &Binding {
        let own = self.context.get(key);
        let beside = self.beside.as_ref().filter(|_| self.same_owner || !describes_owner(key));
        match (own, beside.map(|context| context.get(key))) {
            (Binding::Unknown, Some(other)) => other,
            (Binding::Present, Some(other @ (Binding::Values(_) | Binding::Samples { .. }))) => {
                other
            }
            _ => own,
        }
    }

    /// Whether what a key holds that is not known is the same in both bundles.
    fn is_shared(&self, key: &ContextKey) -> bool {
        self.beside.is_none() || self.same_owner || !describes_owner(key)
    }

    /// Whether a key holds what the caller passes with the call.
    fn is_passed(&self, key: &ContextKey) -> bool {
        self.passed.iter().any(|action| is_passed(action, key))
    }

    /// Whether a key that describes the caller is open.
    fn is_of_anyone(&self, key: &ContextKey) -> bool {
        self.anyone.is_some()
            && describes_caller(key)
            && !(self.at_home && key.lower().starts_with("aws:principalorg"))
    }
}

impl View<'_> {
    /// What the keys hold.
    pub(super) fn keys(&self) -> Vec<(ContextKey, Holds)> {
        self.keys.iter().map(|(key, holds)| (key.clone(), holds.clone())).collect()
    }
}

impl<'a> Symbolic<'a> {
    /// Turns to the first check of a call.
    pub(super) fn first_view(
        &mut self,
        actions: &[Action],
        resource: &CheckResource,
        template: Template,
    ) {
        self.flags.forwarded = FALSE;
        self.set(actions, resource, template);
    }

    /// Turns to a further check. The first is kept, and comes back with [`Symbolic::back`].
    pub(super) fn next_view(
        &mut self,
        around: Surroundings<'a>,
        actions: &[Action],
        resource: &CheckResource,
        template: Template,
    ) {
        self.back();
        let forwarded = template.forwarded;
        let first = self.set_aside();
        self.first = Some(first);
        self.around = around;
        if forwarded {
            // The service's own call does not pass the caller's endpoint.
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
            (self.flags.endpoint, self.flags.forwarded) = (FALSE, TRUE);
        }
        self.set(actions, resource, template);
    }

    /// Puts the first check away, so that the checks over another bundle can be read.
    pub(super) fn set_aside(&mut self) -> View<'a> {
        View {
            around: self.around,
            keys: std::mem::take(&mut self.keys),
            action: self.parts.action,
            resource: self.parts.resource,
            open_resource: self.open_resource.take(),
            endpoint: self.flags.endpoint,
            forwarded: self.flags.forwarded,
            template: self.template.take(),
        }
    }

    /// Turns to a first check that was put away.
    pub(super) fn take_up(&mut self, mut view: View<'a>) {
        self.exchange(&mut view);
    }

    /// Turns back to the first check, and hands over what the keys of the other one hold.
    pub(super) fn back(&mut self) -> Vec<(ContextKey, Holds)> {
        let Some(mut first) = self.first.take() else { return Vec::new() };
        self.exchange(&mut first);
        first.keys.into_iter().collect()
    }

    fn set(&mut self, actions: &[Action], resource: &CheckResource, template: Template) {
        let names: Vec<String> = actions.iter().map(|action| action.lower().to_owned()).collect();
        self.parts.action = self.same(names.join(" "), "the action", Domain::Listed(names));
        // What is not known of a resource is for nobody to choose.
        let (text, is_open) = match resource {
            CheckResource::Arn(arn) => (arn.to_string(), false),
            CheckResource::Any => ("*".to_owned(), false),
            CheckResource::Open { beginning, .. } => (beginning.to_string(), true),
            CheckResource::Unknown => (String::new(), true),
        };
        let domain = Domain::Listed(vec![text.clone()]);
        self.parts.resource = match resource {
            CheckResource::Unknown => self.space.variable("the resource", domain, false, TRUE),
            _ => self.same(text, "the resource", domain),
        };
        self.open_resource = is_open.then(|| Rc::new(resource.clone()));
        self.template = Some(Rc::new(template));
    }

    /// A part of the request that is one and the same wherever it is known by this text.
    fn same(&mut self, text: String, name: &str, domain: Domain) -> VariableId {
        if let Some(known) = self.same.get(&text) {
            return *known;
        }
        let id = self.space.variable(name, domain, false, TRUE);
        self.same.insert(text, id);
        id
    }

    /// What a key holds in the check at hand, as the planner says.
    pub(super) fn templated(&mut self, key: &ContextKey, template: &Template) -> Holds {
        if template.anyone.is_some() && key.lower() == "kms:calleraccount" {
            let is_key = self.around.kind == PolicyKind::Key;
            return if is_key { Holds::Account } else { Holds::Absent };
        }
        if !template.is_of_anyone(key) {
            match template.binding(key) {
                Binding::Absent if !template.is_passed(key) => return Holds::Absent,
                Binding::Values(values) => match values.as_slice() {
                    [] => return Holds::Absent,
                    [value] => return Holds::Value(value.clone()),
                    several => return Holds::Several(several.to_vec()),
                },
                // The id of a role's session is that of the role and the session's name.
                Binding::Samples { texts: samples, end: UnknownEnd::Chosen } => {
                    return Holds::Session(common_prefix(samples).to_owned());
                }
                Binding::Samples { texts: samples, end: UnknownEnd::Random } => {
                    return Holds::RandomEnd(samples.clone());
                }
                _ => {}
            }
        }
        if !template.is_shared(key) {
            return self.open(key, template);
        }
        let place = (template.number, key.clone());
        if let Some(known) = self.shared.get(&place) {
            return known.clone();
        }
        let holds = self.open(key, template);
        self.shared.insert(place, holds.clone());
        holds
    }

    /// A part of the request for a key of which the planner does not say what it holds.
    fn open(&mut self, key: &ContextKey, template: &Template) -> Holds {
        let first = self.first.is_some();
        if template.is_of_anyone(key) {
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
            match (template.anyone, key.lower()) {
                (Some(CallerKind::Root), "aws:userid") => return Holds::Account,
                (Some(CallerKind::FederatedUser), "aws:userid") => return Holds::FederatedId,
                // Root users have no tags.
                (Some(CallerKind::Root), tag) if tag.starts_with("aws:principaltag/") => {
                    return Holds::Absent;
                }
                _ => {}
            }
            return if first { self.of_first(key) } else { self.strict(key) };
        }
        match template.binding(key) {
            Binding::Present | Binding::Unknown
                if first && (!template.forwarded || is_forwarded(key, self.around.assumptions)) =>
            {
                self.of_first(key)
            }
            Binding::Present => Holds::Variable(self.own(key, TRUE)),
            Binding::Unknown | Binding::Absent | Binding::Values(_) | Binding::Samples { .. } => {
                match self.presence(key) {
                    Some(present) => Holds::Variable(self.own(key, present)),
                    None => Holds::Absent,
                }
            }
        }
    }

    /// What a key holds in the first check of the call.
    fn of_first(&mut self, key: &ContextKey) -> Holds {
        let Some(mut first) = self.first.take() else { return Holds::Absent };
        self.exchange(&mut first);
        let holds = self.holds(key);
        self.exchange(&mut first);
        self.first = Some(first);
        holds
    }

    fn exchange(&mut self, other: &mut View<'a>) {
        std::mem::swap(&mut self.around, &mut other.around);
        std::mem::swap(&mut self.keys, &mut other.keys);
        std::mem::swap(&mut self.parts.action, &mut other.action);
        std::mem::swap(&mut self.parts.resource, &mut other.resource);
        std::mem::swap(&mut self.open_resource, &mut other.open_resource);
        std::mem::swap(&mut self.flags.endpoint, &mut other.endpoint);
        std::mem::swap(&mut self.flags.forwarded, &mut other.forwarded);
        std::mem::swap(&mut self.template, &mut other.template);
    }

    /// That the caller is of an account.
    pub(super) fn in_account(&mut self, account: &str) -> NodeId {
        let shape = Alternative::shape(&format!("arn:^*:^*::{account}:*"));
        self.space.inside(&mut self.arena, self.parts.caller, Test::text([shape]))
    }

    /// That the caller is one of these.
    pub(super) fn is_one_of<'n>(&mut self, arns: impl Iterator<Item = &'n str>) -> NodeId {
        let test = Test::text(arns.map(Alternative::literal));
        self.space.inside(&mut self.arena, self.parts.caller, test)
    }

    /// That a key has this value.
    pub(super) fn has_value(&mut self, key: &str, value: &str) -> NodeId {
        let holds = self.holds(&ContextKey::new(key));
        let present = self.is_present(&holds);
        let inside = self.inside(&holds, &Test::literal(value));
        self.arena.and(present, inside)
    }

    /// That a key has this value and no other, if the request has it and some policy asks for it.
    pub(super) fn has_only_value(&mut self, key: &str, value: &str) -> NodeId {
        match self.keys.get(&ContextKey::new(key)) {
            Some(Holds::Variable(id)) => {
                let (id, test) = (*id, Test::literal(value));
                let others = self.space.outside(&mut self.arena, id, test.clone());
                let inside = self.space.inside(&mut self.arena, id, test);
                let no_others = self.arena.not(others);
                self.arena.and(inside, no_others)
            }
            _ => TRUE,
        }
    }

    /// That the Boolean is so.
    pub(super) const fn always(value: bool) -> NodeId {
        Arena::constant(value)
    }
}

/// Keys that describe the caller, whoever it is: the same in every check.
fn describes_caller(key: &ContextKey) -> bool {
    const KEYS: [&str; 7] = [
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principaltype",
        "aws:userid",
        "aws:username",
    ];
    KEYS.contains(&key.lower()) || key.lower().starts_with("aws:principaltag/")
}

/// Keys that describe the owner of what is checked.
fn describes_owner(key: &ContextKey) -> bool {
    const KEYS: [&str; 3] = ["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"];
    KEYS.contains(&key.lower())
}
