use super::{Condition, PolicyKind, Principal, Template};
use crate::{
    aws::ActionPattern,
    text::{Location, SourceId, Span, Spanned},
};

/// A whole policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it is attached to.
    pub kind: PolicyKind,
    /// The source that all spans count in.
    pub source: SourceId,
    /// The document.
    pub span: Span,
    /// `Version`; the older one where it is left out.
    pub version: Version,
    /// Where the version stands, if it does.
    pub version_span: Option<Span>,
    /// `Id`.
    pub id: Option<Spanned<String>>,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// The version of the policy language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `2008-10-17`, also where none is given: no policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// Whether a statement grants or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Forbids, whatever else grants.
    Deny,
}

impl Effect {
    /// As a policy writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its number in the document, from 0.
    pub index: usize,
    /// The whole object.
    pub span: Span,
    /// `Sid`.
    pub sid: Option<Spanned<String>>,
    /// `Effect`.
    pub effect: Spanned<Effect>,
    /// `Principal` or `NotPrincipal`.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`.
    pub actions: Actions,
    /// `Resource` or `NotResource`.
    pub resources: Option<Resources>,
    /// All lines of `Condition`; all must hold.
    pub conditions: Vec<Condition>,
    /// `"Condition": {}`, which is read as no condition.
    pub empty_condition: Option<Span>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// The element with its key.
    pub span: Span,
    /// The entries; with none the statement applies to nobody.
    pub list: Vec<Spanned<Principal>>,
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actions {
    /// Whether it is `NotAction`.
    pub negated: bool,
    /// The element with its key.
    pub span: Span,
    /// The patterns as written; with none the statement applies to nothing.
    pub list: Vec<Spanned<String>>,
}

/// `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Whether it is `NotResource`.
    pub negated: bool,
    /// The element with its key.
    pub span: Span,
    /// The patterns; with none the statement applies to nothing.
    pub list: Vec<Spanned<Resource>>,
}

/// One entry of `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `*`
    Any,
    /// An ARN with wildcards and variables.
    Arn(Template),
}

impl Resource {
    /// As written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Arn(template) => template.as_str(),
        }
    }
}

impl Policy {
    /// Where a span of this policy stands.
    pub const fn location(&self, span: Span) -> Location {
        Location::new(self.source, span)
    }
}

impl Statement {
    /// How messages call it: by its Sid, else by its number.
    pub fn name(&self) -> String {
        match &self.sid {
            Some(sid) => format!("statement `{}`", crate::text::escape(&sid.value)),
            None => format!("statement {}", self.index),
        }
    }

    /// Whether this is an Allow.
    pub fn allows(&self) -> bool {
        self.effect.value == Effect::Allow
    }

    /// Whether the Action element lists a pattern that covers `action`, whatever the rest says.
    pub fn covers_action(&self, action: &crate::aws::Action) -> bool {
        let listed =
            self.actions.list.iter().any(|text| ActionPattern::new(&text.value).matches(action));
        !self.actions.list.is_empty() && listed != self.actions.negated
    }
}
