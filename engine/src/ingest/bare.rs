//! A policy document by itself, without a manifest that says what it is attached to.

use super::manifest::Loaded;
use crate::{
    aws::Assumptions,
    bundle::{Bundle, Document, DocumentError},
    policy::{PolicyKind, parse_policy_within},
    text::{Limits, Location, Node, SourceId, Sources, Span, parse_json},
};

/// What a file without a manifest turned out to be.
#[derive(Clone, Debug)]
pub enum Bare {
    /// A policy, as a bundle of its own without requests. Text that is not JSON is one too: what it was meant to be
    /// cannot be known, and it must not be passed over in silence.
    Policy {
        /// The bundle with this one document.
        loaded: Box<Loaded>,
        /// What it was taken for; `None` for text that could not be read.
        kind: Option<PolicyKind>,
    },
    /// A manifest, by its members.
    Manifest,
    /// JSON of another sort.
    Other,
}

/// Reads a document that `sources` already has as a policy of the given kind, or else of the kind that its statements
/// tell.
///
/// ```
/// use crosskey_engine::{aws::Assumptions, ingest::bare::{Bare, read_policy}, policy::PolicyKind};
/// use crosskey_engine::text::{Limits, Source, Sources};
/// let mut sources = Sources::new();
/// let text = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}}"#;
/// let policy = sources.add(Source::new("policy.json", text));
/// let read = read_policy(policy, None, &sources, &Assumptions::default(), &Limits::default());
/// assert!(matches!(read, Bare::Policy { kind: Some(PolicyKind::Key), .. }));
/// ```
pub fn read_policy(
    source: SourceId,
    kind: Option<PolicyKind>,
    sources: &Sources,
    assumptions: &Assumptions,
    limits: &Limits,
) -> Bare {
    let Some(text) = sources.get(source) else {
        return Bare::Other;
    };
    let (name, text) = (text.name(), text.text());
    let mut bundle =
        Bundle { name: name.to_owned(), assumptions: assumptions.clone(), ..Bundle::default() };
    let location = Location::new(source, Span::from_offsets(0, text.len()));
    let label = name.rsplit('/').next().unwrap_or(name).to_owned();
    let (read_as, content) = match parse_json(text, limits) {
        Ok(node) if kind.is_some() || is_policy(&node) => {
            let kind = kind.unwrap_or_else(|| likely_kind(&node));
            let mut parsed = parse_policy_within(&node, kind, source, assumptions, limits);
            parsed.check_size(text);
            (Some(kind), Ok(parsed))
        }
        Ok(node) if is_manifest(&node) => return Bare::Manifest,
        Ok(_) => return Bare::Other,
        Err(error) => (None, Err(DocumentError::Json(error))),
    };
    bundle.policies.add(Document {
        label,
        kind: read_as.unwrap_or(PolicyKind::OtherResource),
        location,
        content,
    });
    Bare::Policy { loaded: Box::new(Loaded { bundle, errors: Vec::new() }), kind: read_as }
}

/// An object with `Statement`, or a single statement that lacks the document around it.
fn is_policy(node: &Node) -> bool {
    let has = |name| node.get(name).is_some();
    has("Statement") || (has("Effect") && (has("Action") || has("NotAction")))
}

fn is_manifest(node: &Node) -> bool {
    let lists = ["accounts", "secrets", "keys", "principals", "vpc_endpoints", "requests"];
    node.get("version").is_some() && lists.iter().any(|name| node.get(name).is_some())
}

/// A policy that says whom it is about is attached to a resource; which one, its actions tell. One that denies everyone
/// what several services do is a resource control policy. Without principals, one that denies something and allows nothing
/// but everything is a service control policy, any other an identity policy.
fn likely_kind(node: &Node) -> PolicyKind {
    let statements = statements(node);
    let is = |statement: &Node, member: &str, text: &str| {
        statement.get(member).and_then(Node::as_str) == Some(text)
    };
    let has_principal = |statement: &Node| {
        statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some()
    };
    let denies = |statement: &Node| is(statement, "Effect", "Deny");
    if !statements.iter().any(has_principal) {
        let full_access = |statement: &Node| {
            let everything = is(statement, "Action", "*") && is(statement, "Resource", "*");
            everything && statement.get("Condition").is_none()
        };
        let guards = statements.iter().all(|it| denies(it) || full_access(it));
        return match guards && statements.iter().any(denies) {
            true => PolicyKind::ServiceControl,
            false => PolicyKind::Identity,
        };
    }
    let mut services = statements.iter().flat_map(actions).filter_map(service);
    let first = services.next();
    match first {
        Some(first) if services.all(|other| other == first) => first,
        _ if statements.iter().all(|it| denies(it) && is(it, "Principal", "*")) => {
            PolicyKind::ResourceControl
        }
        _ => PolicyKind::OtherResource,
    }
}

fn statements(node: &Node) -> &[Node] {
    match node.get("Statement") {
        Some(list) => list.elements().unwrap_or(std::slice::from_ref(list)),
        None => std::slice::from_ref(node),
    }
}

fn actions(statement: &Node) -> impl Iterator<Item = &str> {
    let written = statement.get("Action").or_else(|| statement.get("NotAction"));
    let list = written.map(|node| node.elements().unwrap_or(std::slice::from_ref(node)));
    list.unwrap_or_default().iter().filter_map(Node::as_str)
}

/// What an action is done to; `None` for `*`, which says nothing.
fn service(action: &str) -> Option<PolicyKind> {
    match action.split_once(':')?.0.to_ascii_lowercase().as_str() {
        "kms" => Some(PolicyKind::Key),
        "secretsmanager" => Some(PolicyKind::Secret),
        "*" => None,
        _ => Some(PolicyKind::OtherResource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn read(text: &str) -> Bare {
        let mut sources = Sources::new();
        let source = sources.add(Source::new("folder/policy.json", text));
        read_policy(source, None, &sources, &Assumptions::default(), &Limits::default())
    }

    fn kind(text: &str) -> PolicyKind {
        match read(text) {
            Bare::Policy { kind: Some(kind), .. } => kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_kind_follows_from_principal_and_actions() {
        let statement = |rest: &str| format!(r#"{{"Statement": [{{"Effect": "Allow", {rest}}}]}}"#);
        let kind = |rest: &str| kind(&statement(rest));
        assert_eq!(kind(r#""Action": "kms:Decrypt", "Resource": "*""#), PolicyKind::Identity);
        assert_eq!(
            kind(r#""Principal": "*", "Action": ["KMS:Decrypt", "kms:Get*"]"#),
            PolicyKind::Key
        );
        assert_eq!(kind(r#""NotPrincipal": {}, "Action": "secretsmanager:*""#), PolicyKind::Secret);
        assert_eq!(
            kind(r#""Principal": "*", "Action": "s3:GetObject""#),
            PolicyKind::OtherResource
        );
        assert_eq!(kind(r#""Principal": "*", "Action": "*""#), PolicyKind::OtherResource);
        assert_eq!(
            kind(r#""Principal": "*", "Action": ["kms:Decrypt", "secretsmanager:GetSecretValue"]"#),
            PolicyKind::OtherResource
        );
    }

    #[test]
    fn control_policies_deny_and_allow_nothing_but_everything() {
        let scp = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}]}"#;
        assert_eq!(kind(scp), PolicyKind::ServiceControl);
        let administrator = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        assert_eq!(kind(administrator), PolicyKind::Identity);
        let both = r#"{"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}]}"#;
        assert_eq!(kind(both), PolicyKind::Identity);
        let rcp = r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Resource": "*",
            "Action": ["secretsmanager:*", "kms:*", "sts:*"],
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}]}"#;
        assert_eq!(kind(rcp), PolicyKind::ResourceControl);
        let secret = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*",
            "Resource": "*"}}"#;
        assert_eq!(kind(secret), PolicyKind::Secret);
    }

    #[test]
    fn other_json_is_told_apart() {
        assert!(matches!(read(r#"{"name": "package"}"#), Bare::Other));
        assert!(matches!(read(r#"[{"Effect": "Allow"}]"#), Bare::Other));
        assert!(matches!(read(r#"{"version": 1, "secrets": []}"#), Bare::Manifest));
        let fragment = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        assert!(matches!(read(fragment), Bare::Policy { kind: Some(PolicyKind::Identity), .. }));
    }

    #[test]
    fn text_that_is_not_json_is_kept() {
        let Bare::Policy { loaded, kind: None } = read(r#"{"Statement": [}"#) else { panic!() };
        let (_, document) = loaded.bundle.policies.iter().next().unwrap();
        assert_eq!(document.label, "policy.json");
        assert!(matches!(document.content, Err(DocumentError::Json(_))));
    }
}
