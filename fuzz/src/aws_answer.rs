//! Output of the AWS CLI: read, joined and decided.

/// See the module.
pub fn run(data: &[u8]) -> Option<crate::Tried> {
    crate::text::tell(data)
}
