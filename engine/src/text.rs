//! Text: where it came from, where in it something stands, and JSON or YAML with a position for every value.
//!
//! Nothing here knows about AWS. Every later stage keeps [`Location`]s made here, so that a verdict can always
//! be pointed back into the file that caused it.

mod decode;
mod embedded;
mod escape;
mod json;
mod limits;
mod source;
mod span;
mod suggest;
mod yaml;

pub use self::{
    decode::{DecodeError, decode},
    embedded::Embedded,
    escape::{escape, is_command, is_unsafe},
    json::{JsonError, JsonErrorKind, Member, Node, Value, parse_json},
    limits::{LimitError, LimitKind, Limits},
    source::{Position, Source, SourceError, SourceId, Sources},
    span::{Located, Location, Span, Spanned},
    suggest::nearest,
    yaml::{YamlError, YamlErrorKind, parse_yaml},
};
