//! What the targets that read text share.

use crosskey_engine::{
    aws::Assumptions,
    bundle::Bundle,
    check::{answers, ask_who_reads},
    decide::World,
    ingest::{IngestError, pieces::Pieces, read_pieces},
    text::{Limits, Location, Node, Source, SourceId, Sources, Span, Value},
};

use crate::Tried;

/// Smaller than the defaults, so that the fuzzer comes to them.
pub(crate) const LIMITS: Limits = Limits {
    bytes: 4096,
    depth: 32,
    nodes: 1024,
    members: 128,
    string: 512,
    statements: 128,
    wildcards: 64,
    together: 8192,
    values: 256,
    findings: 256,
};

/// The bytes as a source, where they are text.
pub(crate) fn source(name: &str, data: &[u8], sources: &mut Sources) -> Option<SourceId> {
    let source = Source::from_bytes(name, data.to_vec(), &LIMITS);
    match source {
        Ok(source) => Some(sources.add(source)),
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.help().is_empty());
            None
        }
    }
}

/// A span lies in its text and cuts no character.
pub(crate) fn lies_in(span: Span, text: &str) {
    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
}

/// Every place of a value lies in its text, and in the place of what it stands in.
pub(crate) fn places_lie_in(node: &Node, text: &str) {
    lies_in(node.span, text);
    match &node.value {
        Value::Array(elements) => elements.iter().for_each(|element| places_lie_in(element, text)),
        Value::Object(members) => {
            for member in members {
                lies_in(member.key.span, text);
                places_lie_in(&member.value, text);
            }
        }
        _ => {}
    }
}

/// Errors have words and a place that can be shown.
pub(crate) fn can_be_told(errors: &[IngestError], sources: &Sources) {
    for error in errors {
        assert!(!error.to_string().is_empty());
        if let Some(location) = error.location {
            can_be_shown(location, sources);
        }
    }
}

fn can_be_shown(location: Location, sources: &Sources) {
    let (start, end) = sources.positions(location).expect("a place is in a source of its list");
    assert!(start <= end, "{start:?} {end:?}");
    lies_in(location.span, sources.get(location.source).map_or("", Source::text));
}

/// Every request is decided, twice the same.
pub(crate) fn decide_all(bundle: &Bundle) {
    let world = World::new(bundle);
    for answer in answers(&world) {
        let request = &bundle.requests[answer.request];
        let again = world.decision(request);
        assert_eq!(again.ok(), answer.answer.as_ref().ok().map(|answer| answer.decision));
    }
}

/// Reads a file that is no bundle, joins what it tells and decides who reads.
pub(crate) fn tell(data: &[u8]) -> Option<Tried> {
    let mut sources = Sources::new();
    let source = source("input.json", data, &mut sources)?;
    let mut pieces = Pieces::default();
    if !read_pieces(source, &sources, &LIMITS, &mut pieces) {
        return Some(Tried);
    }
    let mut loaded = pieces.join("input.json", &sources, &Assumptions::default(), &LIMITS);
    can_be_told(&loaded.errors, &sources);
    ask_who_reads(&mut loaded.bundle);
    decide_all(&loaded.bundle);
    Some(Tried)
}
