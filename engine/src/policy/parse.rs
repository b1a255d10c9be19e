mod condition;
#[cfg(test)]
mod tests;

use super::{
    Actions, Effect, Piece, Policy, PolicyError, PolicyErrorKind, PolicyKind, Principal,
    Principals, Resource, Resources, Statement, Template, Version,
};
use crate::{
    aws::{
        Arn, Assumptions,
        assumption::{ElementCase, ShortArn},
    },
    text::{Limits, Member, Node, SourceId, Span, Spanned, Value, nearest},
};

const DOCUMENT: &[&str] = &["Version", "Id", "Statement"];
const STATEMENT: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];
const PRINCIPAL: &[&str] = &["AWS", "Service", "Federated", "CanonicalUser"];

/// More bytes than any service stores in one policy.
const LARGEST: usize = 128 * 1024;
/// More bytes than are worth looking at statement by statement.
const HOPELESS: usize = 1024 * 1024;

/// A document as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What could be read; complete only where there are no errors.
    pub policy: Policy,
    /// Everything for which AWS refuses the document.
    pub errors: Vec<PolicyError>,
    /// How many values it was read from, which is what it costs to keep and to judge.
    pub(crate) values: usize,
}

impl Parsed {
    /// The policy, if AWS would save it.
    pub fn valid(&self) -> Option<&Policy> {
        self.errors.is_empty().then_some(&self.policy)
    }

    /// Adds an error if `text`, the whole document, is more than AWS stores for this kind of policy.
    ///
    /// Secrets Manager counts characters, KMS bytes.
    pub fn check_size(&mut self, text: &str) {
        let kind = self.policy.kind;
        let limit = kind.size_limit().unwrap_or(LARGEST);
        let (found, unit) = match kind {
            PolicyKind::Secret => (text.chars().count(), "characters"),
            _ => (text.len(), "bytes"),
        };
        if found > limit {
            let error = PolicyErrorKind::TooLarge { kind, found, limit, unit };
            self.errors.push(PolicyError { kind: error, span: self.policy.span });
        }
        if found > HOPELESS {
            self.policy.statements.clear();
            self.values = 0;
            self.errors.retain(|error| matches!(error.kind, PolicyErrorKind::TooLarge { .. }));
        }
    }
}

/// Reads a policy document of a given kind out of JSON. All errors are found, not only the first.
///
/// ```
/// use crosskey_engine::{aws::Assumptions, policy::{PolicyKind, parse_policy}, text::{Limits, SourceId, parse_json}};
/// let text = r#"{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}"#;
/// let node = parse_json(text, &Limits::default())?;
/// let parsed = parse_policy(&node, PolicyKind::Identity, SourceId::default(), &Assumptions::default());
/// assert_eq!(parsed.errors[0].to_string(), "`allow` is not an effect");
/// # Ok::<(), crosskey_engine::text::JsonError>(())
/// ```
pub fn parse_policy(
    node: &Node,
    kind: PolicyKind,
    source: SourceId,
    assumptions: &Assumptions,
) -> Parsed {
    parse_policy_within(node, kind, source, assumptions, &Limits::default())
}

/// Reads a policy like [`parse_policy`], with other limits on its statements and wildcards.
pub fn parse_policy_within(
    node: &Node,
    kind: PolicyKind,
    source: SourceId,
    assumptions: &Assumptions,
    limits: &Limits,
) -> Parsed {
    let mut parser = Parser { kind, assumptions, limits, errors: Vec::new() };
    let policy = parser.document(node, source);
    if kind.has_iam_characters() {
        parser.characters(node);
    }
    if kind.has_unique_sids() {
        parser.sids(&policy);
    }
    Parsed { policy, errors: parser.errors, values: node.count() }
}

struct Parser<'a> {
    kind: PolicyKind,
    assumptions: &'a Assumptions,
    limits: &'a Limits,
    errors: Vec<PolicyError>,
}

impl Parser<'_> {
    fn document(&mut self, node: &Node, source: SourceId) -> Policy {
        let mut policy = Policy {
            kind: self.kind,
            source,
            span: node.span,
            version: Version::V2008,
            version_span: None,
            id: None,
            statements: Vec::new(),
        };
        let Some(members) = self.object(node, "the policy document") else {
            return policy;
        };
        let find = |name| self.element(members, name);
        if find("Statement").is_none() && find("Effect").is_some() {
            self.error(PolicyErrorKind::Fragment, node.span);
            policy.version = Version::V2012;
            policy.statements.extend(self.statement(node, 0, policy.version));
            return policy;
        }
        self.unknown_elements(members, DOCUMENT);
        if let Some(member) = self.element(members, "Version") {
            policy.version_span = Some(member.value.span);
            match self.string(&member.value, "Version").as_deref() {
                Some("2012-10-17") => policy.version = Version::V2012,
                Some("2008-10-17") | None => {}
                Some(other) => {
                    let kind = PolicyErrorKind::Version { version: other.to_owned() };
                    self.error(kind, member.value.span);
                }
            }
        }
        policy.id = self.element(members, "Id").and_then(|member| self.spanned(member, "Id"));
        match self.element(members, "Statement") {
            None => self.error(PolicyErrorKind::NoStatement, node.span),
            Some(member) => {
                let list = match &member.value.value {
                    Value::Array(elements) => elements.as_slice(),
                    _ => std::slice::from_ref(&member.value),
                };
                let (found, most) = (list.len(), self.limits.statements);
                if found > most {
                    self.error(PolicyErrorKind::Statements { found, most }, member.value.span);
                    return policy;
                }
                let version = policy.version;
                policy.statements = list
                    .iter()
                    .enumerate()
                    .filter_map(|(index, node)| self.statement(node, index, version))
                    .collect();
            }
        }
        policy
    }

    /// IAM and KMS store tab, line feed, carriage return and U+0020 to U+00FF only.
    fn characters(&mut self, node: &Node) {
        let bad = |text: &str| {
            text.chars().find(|c| !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}'))
        };
        let found = match &node.value {
            Value::String(text) => bad(text),
            Value::Array(elements) => {
                return elements.iter().for_each(|element| self.characters(element));
            }
            Value::Object(members) => {
                return members.iter().for_each(|member| {
                    if let Some(character) = bad(&member.key.value) {
                        self.error(PolicyErrorKind::Character { character }, member.key.span);
                    }
                    self.characters(&member.value);
                });
            }
            _ => None,
        };
        if let Some(character) = found {
            self.error(PolicyErrorKind::Character { character }, node.span);
        }
    }

    /// The Sids of an identity policy are letters and digits, and each stands once.
    fn sids(&mut self, policy: &Policy) {
        let sids = || policy.statements.iter().filter_map(|statement| statement.sid.as_ref());
        for (number, sid) in sids().enumerate() {
            let text = &sid.value;
            if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
                self.error(PolicyErrorKind::Sid { sid: text.clone() }, sid.span);
            } else if let Some(first) = sids().take(number).find(|other| other.value == *text) {
                let kind = PolicyErrorKind::DuplicateSid { sid: text.clone(), first: first.span };
                self.error(kind, sid.span);
            }
        }
    }

    fn statement(&mut self, node: &Node, index: usize, version: Version) -> Option<Statement> {
        let members = self.object(node, "a statement")?;
        self.unknown_elements(members, STATEMENT);
        let sid = self.element(members, "Sid").and_then(|member| self.spanned(member, "Sid"));
        let effect = self.effect(members, node.span);
        let principals = self.principals(members, node.span);
        let actions = self.actions(members, node.span);
        let resources = self.resources(members, node.span, version);
        let (conditions, empty_condition) = self.conditions(members, version);
        Some(Statement {
            index,
            span: node.span,
            sid,
            effect: effect?,
            principals,
            actions: actions?,
            resources,
            conditions,
            empty_condition,
        })
    }

    fn effect(&mut self, members: &[Member], statement: Span) -> Option<Spanned<Effect>> {
        let Some(member) = self.element(members, "Effect") else {
            self.error(PolicyErrorKind::NoEffect, statement);
            return None;
        };
        let span = member.value.span;
        match &*self.string(&member.value, "Effect")? {
            "Allow" => Some(Spanned::new(Effect::Allow, span)),
            "Deny" => Some(Spanned::new(Effect::Deny, span)),
            other => {
                self.error(PolicyErrorKind::Effect { effect: other.to_owned() }, span);
                None
            }
        }
    }

    fn principals(&mut self, members: &[Member], statement: Span) -> Option<Principals> {
        let (negated, member) = self.either(members, "Principal", "NotPrincipal")?;
        let element = if negated { "NotPrincipal" } else { "Principal" };
        let Some(member) = member else {
            if self.kind.has_principal() {
                self.error(PolicyErrorKind::PrincipalMissing { kind: self.kind }, statement);
            }
            return None;
        };
        if !self.kind.has_principal() {
            let kind = PolicyErrorKind::PrincipalForbidden { element, kind: self.kind };
            self.error(kind, member.key.span);
        }
        let span = member.key.span.to(member.value.span);
        let mut list = Vec::new();
        match &member.value.value {
            Value::String(text) if &**text == "*" => {
                let everyone = Principal::Everyone { typed: false };
                list.push(Spanned::new(everyone, member.value.span));
            }
            Value::Object(types) => {
                for entry in types {
                    self.principal_type(entry, &mut list);
                }
            }
            Value::String(text) => {
                // AWS refuses this too: only `*` can stand without a type.
                let problem = Principal::parse("AWS", text).err();
                let kind = match problem {
                    Some(problem) => PolicyErrorKind::Principal { text: text.to_string(), problem },
                    None => PolicyErrorKind::WrongType {
                        element: element.to_owned(),
                        found: "a bare name",
                        expected: "`{\"AWS\": …}` or `\"*\"`",
                    },
                };
                self.error(kind, member.value.span);
            }
            _ => self.wrong_type(&member.value, element, "`\"*\"` or an object by principal type"),
        }
        Some(Principals { negated, span, list })
    }

    fn principal_type(&mut self, entry: &Member, list: &mut Vec<Spanned<Principal>>) {
        let name = &*entry.key.value;
        if !PRINCIPAL.contains(&name) {
            let near = nearest(name, PRINCIPAL.iter().copied());
            let kind = PolicyErrorKind::PrincipalType { name: name.to_owned(), near };
            return self.error(kind, entry.key.span);
        }
        for text in self.strings(&entry.value, name) {
            match Principal::parse(name, &text.value) {
                Ok(principal) => list.push(Spanned::new(principal, text.span)),
                Err(problem) => {
                    let kind = PolicyErrorKind::Principal { text: text.value, problem };
                    self.error(kind, text.span);
                }
            }
        }
    }

    fn actions(&mut self, members: &[Member], statement: Span) -> Option<Actions> {
        let (negated, member) = self.either(members, "Action", "NotAction")?;
        let Some(member) = member else {
            self.error(PolicyErrorKind::Neither("Action"), statement);
            return None;
        };
        let element = if negated { "NotAction" } else { "Action" };
        let list = self.strings(&member.value, element);
        Some(Actions { negated, span: member.key.span.to(member.value.span), list })
    }

    fn resources(
        &mut self,
        members: &[Member],
        statement: Span,
        version: Version,
    ) -> Option<Resources> {
        let (negated, member) = self.either(members, "Resource", "NotResource")?;
        let Some(member) = member else {
            if !self.kind.resource_is_optional() {
                self.error(PolicyErrorKind::Neither("Resource"), statement);
            }
            return None;
        };
        let element = if negated { "NotResource" } else { "Resource" };
        let mut list = Vec::new();
        for text in self.strings(&member.value, element) {
            match self.resource(&text.value, version) {
                Ok(resource) => list.push(Spanned::new(resource, text.span)),
                Err(kind) => self.error(kind, text.span),
            }
        }
        Some(Resources { negated, span: member.key.span.to(member.value.span), list })
    }

    fn resource(&self, text: &str, version: Version) -> Result<Resource, PolicyErrorKind> {
        if text == "*" {
            return Ok(Resource::Any);
        }
        let template = |text: &str| resource_template(text, version);
        let arn = match text.parse::<Arn>() {
            Err(crate::aws::ArnError::MissingField { found, .. })
                if self.assumptions.short_arn == ShortArn::Padded =>
            {
                let padded = format!("{text}{}", ":*".repeat(6usize.saturating_sub(found)));
                return Ok(Resource::Arn(template(&padded)));
            }
            Ok(arn) if arn.service().contains(['*', '?']) => {
                return Err(PolicyErrorKind::ServiceWildcard { text: text.to_owned() });
            }
            // An empty or wildcard field of a pattern is nothing to complain of elsewhere.
            Ok(_) | Err(crate::aws::ArnError::EmptyField { .. }) => template(text),
            Err(error) => return Err(PolicyErrorKind::Resource(error)),
        };
        Ok(Resource::Arn(arn))
    }

    /// One of two elements that exclude each other; `None` where both stand.
    fn either<'n>(
        &mut self,
        members: &'n [Member],
        plain: &'static str,
        negated: &'static str,
    ) -> Option<(bool, Option<&'n Member>)> {
        match (self.element(members, plain), self.element(members, negated)) {
            (Some(_), Some(second)) => {
                self.error(PolicyErrorKind::Both(plain, negated), second.key.span);
                None
            }
            (None, Some(member)) => Some((true, Some(member))),
            (found, None) => Some((false, found)),
        }
    }

    fn element<'n>(&self, members: &'n [Member], name: &str) -> Option<&'n Member> {
        members.iter().find(|member| self.same_element(&member.key.value, name))
    }

    fn same_element(&self, written: &str, name: &str) -> bool {
        match self.assumptions.element_case {
            ElementCase::Exact => written == name,
            ElementCase::Insensitive => written.eq_ignore_ascii_case(name),
        }
    }

    fn unknown_elements(&mut self, members: &[Member], known: &'static [&'static str]) {
        for member in members {
            let name = &*member.key.value;
            if !known.iter().any(|known| self.same_element(name, known)) {
                let near = nearest(name, known.iter().copied());
                let kind = PolicyErrorKind::UnknownElement { name: name.to_owned(), near };
                self.error(kind, member.key.span);
            }
        }
    }

    fn object<'n>(&mut self, node: &'n Node, element: &str) -> Option<&'n [Member]> {
        if node.members().is_none() {
            self.wrong_type(node, element, "an object");
        }
        node.members()
    }

    fn string(&mut self, node: &Node, element: &str) -> Option<String> {
        if node.as_str().is_none() {
            self.wrong_type(node, element, "a string");
        }
        node.as_str().map(str::to_owned)
    }

    fn spanned(&mut self, member: &Member, element: &str) -> Option<Spanned<String>> {
        self.string(&member.value, element).map(|text| Spanned::new(text, member.value.span))
    }

    /// A string or a list of strings: the two are the same to IAM.
    fn strings(&mut self, node: &Node, element: &str) -> Vec<Spanned<String>> {
        let list = node.elements().unwrap_or(std::slice::from_ref(node));
        list.iter()
            .filter_map(|node| {
                let text = self.string(node, element)?;
                self.is_within_wildcards(&text, node.span).then(|| Spanned::new(text, node.span))
            })
            .collect()
    }

    /// Whether a text has few enough wildcards; an error where it has not.
    fn is_within_wildcards(&mut self, text: &str, span: Span) -> bool {
        let found = text.matches(['*', '?']).count();
        let most = self.limits.wildcards;
        if found > most {
            self.error(PolicyErrorKind::Wildcards { found, most }, span);
        }
        found <= most
    }

    fn wrong_type(&mut self, node: &Node, element: &str, expected: &'static str) {
        let element = element.to_owned();
        let kind = PolicyErrorKind::WrongType { element, found: node.kind(), expected };
        self.error(kind, node.span);
    }

    fn error(&mut self, kind: PolicyErrorKind, span: Span) {
        self.errors.push(PolicyError { kind, span });
    }
}

/// Variables are substituted in the last field of an ARN only; anywhere before it they are plain text.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
fn resource_template(text: &str, version: Version) -> Template {
    let read = template(text, version);
    let mut colons = 0;
    for piece in read.pieces() {
        match piece {
            Piece::Text(text) => colons += text.matches(':').count(),
            Piece::Variable { .. } if colons < 5 => return Template::plain(text),
            Piece::Variable { .. } | Piece::Literal(_) => {}
        }
    }
    read
}

fn template(text: &str, version: Version) -> Template {
    match version {
        Version::V2012 => Template::with_variables(text),
        Version::V2008 => Template::plain(text),
    }
}
