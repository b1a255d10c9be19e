use thiserror::Error;

use crate::text::Span;

/// Why a request cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct RequestError {
    /// The field at fault, as the manifest calls it.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The field's place in its manifest, where it has one.
    pub span: Option<Span>,
    /// Whether it is no fault of the request but a defect of this program.
    pub defect: bool,
}

impl RequestError {
    pub(super) fn new(
        field: &'static str,
        span: Option<Span>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { field, message: message.into(), help: help.into(), span, defect: false }
    }
}
