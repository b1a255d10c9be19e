//! Settings: any text becomes a value whose places lie in it, or is refused with one.

use std::collections::BTreeMap;

use crosskey_engine::text::{Sources, Spanned, decode};
use serde::Deserialize;

use crate::{
    Tried,
    text::{lies_in, places_lie_in, source},
};

/// The reader of the command line, which is no library.
#[path = "../../cli/src/config/toml.rs"]
mod reader;

/// The shapes that settings are made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shapes {
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    #[serde(default)]
    rules: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    ignore: Vec<Spanned<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Option<Spanned<String>>,
    count: Option<Spanned<u32>>,
}

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let mut sources = Sources::new();
    let id = source("crosskey.toml", data, &mut sources)?;
    let text = sources.get(id).map_or("", |source| source.text());
    let node = match reader::parse(text) {
        Ok(node) => node,
        Err(error) => {
            assert!(!error.message.is_empty());
            lies_in(error.span, text);
            return Some(Tried);
        }
    };
    places_lie_in(&node, text);
    match decode::<Shapes>(&node) {
        Ok(shapes) => {
            let rules = shapes.rules.values().map(|grade| grade.span);
            let entries = shapes.ignore.iter().map(|entry| entry.span);
            let fields = shapes.ignore.iter().flat_map(|entry| {
                let entry = &entry.value;
                [entry.rule.as_ref().map(|r| r.span), entry.count.as_ref().map(|c| c.span)]
            });
            let spans = shapes.exclude.iter().map(|pattern| pattern.span);
            for span in spans.chain(rules).chain(entries).chain(fields.flatten()) {
                lies_in(span, text);
            }
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            lies_in(error.span, text);
        }
    }
    Some(Tried)
}
