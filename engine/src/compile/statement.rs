use super::{Clause, index::Index};
use crate::{
    aws::{ActionPattern, ArnPattern, Assumptions, Pattern, Token, assumption::ResourceStar},
    policy::{Effect, Piece, Policy, PolicyKind, Principal, Resource, Statement, Template},
};

/// A policy whose statements are ready to be tested.
#[derive(Clone, Debug)]
pub struct CompiledPolicy {
    /// What it is attached to.
    pub kind: PolicyKind,
    /// Its statements, in order.
    pub statements: Vec<CompiledStatement>,
    /// For long policies, where what is said of whom.
    pub(super) index: Option<Index>,
}

/// A statement that is ready to be tested.
#[derive(Clone, Debug)]
pub struct CompiledStatement {
    /// Its number in the document, from 0.
    pub index: usize,
    /// Whether it grants or forbids.
    pub effect: Effect,
    /// Whom it is about; `None` in policies that are attached to a principal.
    pub principals: Option<PrincipalTest>,
    /// Which actions.
    pub actions: ActionTest,
    /// Which resources; `None` where a resource-based policy leaves the element out.
    pub resources: Option<ResourceTests>,
    /// What else must hold, in the order of the document.
    pub clauses: Vec<Clause>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalTest {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// The entries.
    pub list: Vec<Principal>,
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionTest {
    /// Whether it is `NotAction`.
    pub negated: bool,
    /// The patterns.
    pub list: Vec<ActionPattern>,
}

/// `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceTests {
    /// Whether it is `NotResource`.
    pub negated: bool,
    /// The patterns.
    pub list: Vec<ResourceTest>,
}

/// One pattern of `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq)]
pub enum ResourceTest {
    /// `*`
    Any,
    /// A pattern without variables, field by field.
    Fields(ArnPattern),
    /// A pattern without variables over the whole text, for the assumption that a star runs over colons.
    Whole(Pattern),
    /// A pattern with variables.
    Variable(Template),
}

impl CompiledPolicy {
    /// Compiles a policy that AWS would save.
    pub fn new(policy: &Policy, assumptions: &Assumptions) -> Self {
        let statements: Vec<_> =
            policy.statements.iter().map(|s| CompiledStatement::new(s, assumptions)).collect();
        let index = Index::of(&statements);
        Self { kind: policy.kind, statements, index }
    }

    /// The statements that grant something to callers whom no search tries, as identity providers may only use roles and
    /// canonical user ids only Amazon S3; none in the policy of a secret or key, where those are nobody.
    pub fn grants_untried(&self) -> impl Iterator<Item = &CompiledStatement> {
        let of_others = self.kind == PolicyKind::OtherResource;
        self.statements.iter().filter(move |s| of_others && s.grants_elsewhere())
    }
}

impl CompiledStatement {
    /// Whether another statement says the same in the same words, wherever it stands.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.effect == other.effect
            && self.principals == other.principals
            && self.actions == other.actions
            && self.resources == other.resources
            && self.clauses == other.clauses
    }

    /// Whether it grants something to callers whom only other resources know: identity providers, canonical user ids.
    fn grants_elsewhere(&self) -> bool {
        let list = self.principals.iter().filter(|element| !element.negated);
        self.effect == Effect::Allow
            && list.flat_map(|element| &element.list).any(Principal::is_of_use_elsewhere)
    }

    /// Compiles one statement.
    pub fn new(statement: &Statement, assumptions: &Assumptions) -> Self {
        let principals = statement.principals.as_ref().map(|element| PrincipalTest {
            negated: element.negated,
            list: element.list.iter().map(|entry| entry.value.clone()).collect(),
        });
        let actions = ActionTest {
            negated: statement.actions.negated,
            list: statement.actions.list.iter().map(|a| ActionPattern::new(&a.value)).collect(),
        };
        let resources = statement.resources.as_ref().map(|element| ResourceTests {
            negated: element.negated,
            list: element
                .list
                .iter()
                .map(|entry| ResourceTest::new(&entry.value, assumptions))
                .collect(),
        });
        Self {
            index: statement.index,
            effect: statement.effect.value,
            principals,
            actions,
            resources,
            clauses: statement.conditions.iter().map(Clause::new).collect(),
        }
    }
}

impl ResourceTest {
    /// The test for a pattern whose variables are filled in.
    pub fn from_tokens(tokens: &[Token], assumptions: &Assumptions) -> Self {
        let whole = || Self::Whole(Pattern::from_tokens(tokens.iter().copied()));
        match assumptions.resource_star {
            ResourceStar::AcrossFields => whole(),
            ResourceStar::WithinField => {
                ArnPattern::from_tokens(tokens).map_or_else(whole, Self::Fields)
            }
        }
    }

    /// What every resource begins with that matches.
    pub fn head(&self) -> String {
        match self {
            Self::Any => String::new(),
            Self::Fields(fields) => fields.head(),
            Self::Whole(whole) => whole.head().to_owned(),
            Self::Variable(template) => match template.pieces().first() {
                Some(Piece::Text(text)) => {
                    text.split(['*', '?']).next().unwrap_or_default().to_owned()
                }
                _ => String::new(),
            },
        }
    }

    fn new(resource: &Resource, assumptions: &Assumptions) -> Self {
        let template = match resource {
            Resource::Any => return Self::Any,
            Resource::Arn(template) => template,
        };
        if template.has_variable() {
            return Self::Variable(template.clone());
        }
        // Without a variable nothing is asked, so nothing can fail.
        let tokens = template
            .tokens(true, |_| Ok::<_, std::convert::Infallible>(None))
            .unwrap_or_default()
            .unwrap_or_default();
        Self::from_tokens(&tokens, assumptions)
    }
}
