//! What random input must never do to Crosskey: a target a module, each with one function `run` that takes the fuzzer's
//! bytes and panics where something does not hold.
//!
//! | target | what holds |
//! |---|---|
//! | [`policy`] | a policy of any kind is read or refused; JSON is accepted exactly where `serde_json` accepts it |
//! | [`manifest`] | a manifest is read or refused, and what was read is decided |
//! | [`aws_answer`], [`terraform`] | output of the AWS CLI, plans and states: read, joined and decided |
//! | [`yaml`], [`settings`] | YAML and TOML become values whose places lie in the text |
//! | [`pattern`] | patterns and ARNs match as a slow reading of the documentation does |
//! | [`operators`] | condition operators give what a slow reading of the documentation's tables gives |
//! | [`decide`] | an Allow more never closes, a Deny more never opens, none of everything is passed; what is definite stays so |
//! | [`prove`] | every witness replays, and no request shows more than the answer says |
//! | [`check`] | all rules run over any policy |

pub mod aws_answer;
pub mod check;
pub mod decide;
pub mod manifest;
pub mod operators;
pub mod pattern;
pub mod policy;
pub mod prove;
pub mod settings;
pub mod terraform;
pub mod yaml;

mod text;
mod words;

/// Bytes made a case, and it was tried.
#[derive(Clone, Copy, Debug)]
pub struct Tried;

/// A target's function. `None` for bytes that make no case: a fuzzer has no use for more like them.
pub type Target = fn(&[u8]) -> Option<Tried>;

/// All targets by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("aws_answer", aws_answer::run),
    ("check", check::run),
    ("decide", decide::run),
    ("manifest", manifest::run),
    ("operators", operators::run),
    ("pattern", pattern::run),
    ("policy", policy::run),
    ("prove", prove::run),
    ("settings", settings::run),
    ("terraform", terraform::run),
    ("yaml", yaml::run),
];

/// The fuzzer's program for a target.
#[cfg(feature = "libfuzzer")]
#[macro_export]
macro_rules! program {
    ($target:ident) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| -> libfuzzer_sys::Corpus {
            match $crate::$target::run(data) {
                Some($crate::Tried) => libfuzzer_sys::Corpus::Keep,
                None => libfuzzer_sys::Corpus::Reject,
            }
        });
    };
}
