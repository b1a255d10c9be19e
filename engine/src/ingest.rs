//! From files to a [`Bundle`](crate::bundle::Bundle): a file a format.

pub mod aws;
pub mod bare;
pub mod manifest;
pub mod pieces;
pub mod terraform;

mod error;

pub use error::{IngestError, IngestErrorKind};
