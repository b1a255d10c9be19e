//! Policies: any text is read or refused, and told of with places that lie in it.

use crosskey_engine::{
    aws::Assumptions,
    compile::CompiledPolicy,
    policy::{PolicyKind, parse_policy},
    text::{JsonErrorKind, Sources, parse_json},
};

use crate::{
    Tried,
    text::{LIMITS, lies_in, places_lie_in, source},
};

const KINDS: &[PolicyKind] = &[
    PolicyKind::Identity,
    PolicyKind::Secret,
    PolicyKind::Key,
    PolicyKind::OtherResource,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
];

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let mut sources = Sources::new();
    let id = source("policy.json", data, &mut sources)?;
    let text = sources.get(id).map_or("", |source| source.text());
    let theirs = serde_json::from_str::<serde_json::Value>(text);
    let node = match parse_json(text, &LIMITS) {
        Ok(node) => node,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            lies_in(error.span, text);
            let ours_alone = matches!(
                error.kind,
                JsonErrorKind::DuplicateKey { .. } | JsonErrorKind::Limit { .. }
            );
            assert!(ours_alone || theirs.is_err(), "{error}");
            return Some(Tried);
        }
    };
    if let Err(error) = theirs {
        // Numbers that fit no double; we keep the text.
        assert!(error.to_string().contains("number out of range"), "{error}");
    }
    places_lie_in(&node, text);
    let assumptions = Assumptions::default();
    for kind in KINDS {
        let mut parsed = parse_policy(&node, *kind, id, &assumptions);
        parsed.check_size(text);
        for error in &parsed.errors {
            assert!(!error.to_string().is_empty());
            lies_in(error.span, text);
        }
        let compiled = CompiledPolicy::new(&parsed.policy, &assumptions);
        assert_eq!(compiled.statements.len(), parsed.policy.statements.len());
    }
    Some(Tried)
}
