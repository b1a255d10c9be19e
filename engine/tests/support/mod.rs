//! What the tests of inputs ask of the world that was read.

use crosskey_engine::{
    bundle::{Bundle, Decision, DocumentError},
    check::answers,
    decide::World,
};

/// Every request of a bundle by its name, with the decision.
pub(crate) fn decided(bundle: &Bundle) -> Vec<(&str, Decision)> {
    let world = World::new(bundle);
    let names = bundle.requests.iter().map(|request| request.name.as_str());
    let decisions =
        answers(&world).into_iter().map(|answer| answer.answer.as_ref().unwrap().decision);
    names.zip(decisions.collect::<Vec<_>>()).collect()
}

/// Why policies of a bundle are not known.
pub(crate) fn not_known(bundle: &Bundle) -> Vec<String> {
    let contents = bundle.policies.iter().map(|(_, document)| &document.content);
    contents
        .filter_map(|content| match content {
            Err(DocumentError::NotKnown { reason }) => Some(reason.clone()),
            _ => None,
        })
        .collect()
}
