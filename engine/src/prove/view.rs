//! The several checks of one call: each sees its own condition keys, and the caller is the same in all.

use std::collections::BTreeMap;

use super::{
    domain::Domain,
    formula::{Arena, FALSE, NodeId, TRUE},
    glob::Alternative,
    keys::Holds,
    space::VariableId,
    symbolic::{Surroundings, Symbolic, text_domain},
    test::Test,
};
use crate::{
    aws::{Action, ContextKey},
    policy::PolicyKind,
    request::{Binding, CheckResource, Context, OtherEnds, is_forwarded},
};

/// What one check sees: everything of a [`Symbolic`] that differs between the checks of a call.
#[derive(Debug)]
pub(super) struct View<'a> {
    around: Surroundings<'a>,
    keys: BTreeMap<ContextKey, Holds>,
    action: VariableId,
    resource: VariableId,
    endpoint: NodeId,
    forwarded: NodeId,
    template: Option<Template>,
}

/// What the planner says of a check's condition keys. Those that it leaves open are looked for.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) context: Context,
    /// Whether the service makes the call for the caller.
    pub(super) forwarded: bool,
    /// Whether only the kind of the caller is known, so that the keys that describe the caller are open too.
    pub(super) anyone: bool,
}

impl<'a> Symbolic<'a> {
    /// Turns to the first check of a call.
    pub(super) fn first_view(
        &mut self,
        action: &Action,
        resource: &CheckResource,
        template: Template,
    ) {
        self.flags.forwarded = FALSE;
        self.set(action, resource, template);
    }

    /// Turns to a further check. The first is kept, and comes back with [`Symbolic::back`].
    pub(super) fn next_view(
        &mut self,
        around: Surroundings<'a>,
        action: &Action,
        resource: &CheckResource,
        template: Template,
    ) {
        self.back();
        let forwarded = template.forwarded;
        let first = View {
            around: self.around,
            keys: std::mem::take(&mut self.keys),
            action: self.parts.action,
            resource: self.parts.resource,
            endpoint: self.flags.endpoint,
            forwarded: self.flags.forwarded,
            template: self.template.take(),
        };
        self.first = Some(first);
        self.around = around;
        if forwarded {
            // The service's own call does not pass the caller's endpoint.
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
            (self.flags.endpoint, self.flags.forwarded) = (FALSE, TRUE);
        }
        self.set(action, resource, template);
    }

    /// Turns back to the first check, and hands over what the keys of the other one hold.
    pub(super) fn back(&mut self) -> Vec<(ContextKey, Holds)> {
        let Some(mut first) = self.first.take() else { return Vec::new() };
        self.exchange(&mut first);
        first.keys.into_iter().collect()
    }

    fn set(&mut self, action: &Action, resource: &CheckResource, template: Template) {
        let action = Domain::Listed(vec![action.lower().to_owned()]);
        self.parts.action = self.space.variable("the action", action, false, TRUE);
        let (domain, others) = match resource {
            CheckResource::Arn(arn) => (Domain::Listed(vec![arn.to_string()]), Vec::new()),
            CheckResource::Any => (Domain::Listed(vec!["*".to_owned()]), Vec::new()),
            CheckResource::Open { beginning, samples, others } => {
                let taken = match others {
                    OtherEnds::Taken(taken) => taken.iter().map(ToString::to_string).collect(),
                    OtherEnds::Random => Vec::new(),
                };
                let plausible = samples.each_ref().map(ToString::to_string);
                let beginning = Alternative::literal(beginning.as_str());
                let shape = super::test::Texts::new([beginning.then(&Alternative::shape("%%*"))]);
                (Domain::Text { shape, plausible: plausible.to_vec() }, taken)
            }
            CheckResource::Unknown => {
                let shape = "arn:^^*:kms:^^*:############:key/%%*".to_owned();
                (text_domain(&[shape], &[]), Vec::new())
            }
        };
        self.parts.resource = self.space.variable("the resource", domain, false, TRUE);
        let taken = Test::text(others.iter().map(|arn| Alternative::literal(arn)));
        let taken = self.space.inside(&mut self.arena, self.parts.resource, taken);
        self.require_not(taken);
        self.template = Some(template);
    }

    /// What a key holds in the check at hand, as the planner says.
    pub(super) fn templated(&mut self, key: &ContextKey, template: &Template) -> Holds {
        let first = self.first.is_some();
        if template.anyone && key.lower() == "kms:calleraccount" {
            let is_key = self.around.kind == PolicyKind::Key;
            return if is_key { Holds::Account } else { Holds::Absent };
        }
        if template.anyone && describes_caller(key) {
            return if first { self.of_first(key) } else { self.strict(key) };
        }
        match template.context.get(key) {
            Binding::Absent => Holds::Absent,
            Binding::Values(values) => match values.as_slice() {
                [] => Holds::Absent,
                [value] => Holds::Value(value.clone()),
                several => Holds::Several(several.to_vec()),
            },
            Binding::Samples { texts: samples, .. } => {
                let common = common_beginning(samples);
                let shape = Alternative::literal(&common).then(&Alternative::shape("*"));
                let shape = super::test::Texts::new([shape]);
                let domain = Domain::Text { shape, plausible: samples.clone() };
                Holds::Variable(self.space.variable(key.canonical(), domain, false, TRUE))
            }
            Binding::Present | Binding::Unknown
                if first && (!template.forwarded || is_forwarded(key, self.around.assumptions)) =>
            {
                self.of_first(key)
            }
            Binding::Present => Holds::Variable(self.own(key, TRUE)),
            Binding::Unknown => match self.presence(key) {
                Some(present) => Holds::Variable(self.own(key, present)),
                None => Holds::Absent,
            },
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

fn common_beginning(samples: &[String]) -> String {
    let Some((first, rest)) = samples.split_first() else { return String::new() };
    let mut common: Vec<char> = first.chars().collect();
    for sample in rest {
        let same = common.iter().zip(sample.chars()).take_while(|(a, b)| **a == *b).count();
        common.truncate(same);
    }
    common.into_iter().collect()
}
