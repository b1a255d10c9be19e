//! YAML into the same tree as JSON, with the place of every key and value.
//!
//! What an unquoted word means follows CloudFormation, which reads YAML 1.1 and hands on text: `yes` and `off` are
//! truth values, a date such as `2012-10-17` is text, and a number is what was written.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>

mod builder;
mod error;
mod scalar;
#[cfg(test)]
mod tests;

pub use self::{
    builder::parse_yaml,
    error::{YamlError, YamlErrorKind},
};
