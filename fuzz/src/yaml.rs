//! YAML: any text becomes a value whose places lie in it, or is refused with one.

use crosskey_engine::text::{Sources, parse_yaml};

use crate::{
    Tried,
    text::{LIMITS, lies_in, places_lie_in, source},
};

/// See the module.
pub fn run(data: &[u8]) -> Option<Tried> {
    let mut sources = Sources::new();
    let id = source("template.yaml", data, &mut sources)?;
    let text = sources.get(id).map_or("", |source| source.text());
    let tags = |name: &str| ["Ref", "Sub", "GetAtt"].contains(&name).then(|| name.to_owned());
    match parse_yaml(text, &LIMITS, &tags) {
        Ok(node) => places_lie_in(&node, text),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            lies_in(error.span, text);
        }
    }
    Some(Tried)
}
