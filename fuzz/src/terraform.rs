//! Plans and states of Terraform: read, joined and decided.
//!
//! The same function as for output of the AWS CLI, but another corpus: the fuzzer goes its own way from there.

/// See the module.
pub fn run(data: &[u8]) -> Option<crate::Tried> {
    crate::text::tell(data)
}
