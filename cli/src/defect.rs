//! Defects of this program: how they are told, and how the run goes on.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use anstream::ColorChoice;
use crosskey_engine::{DEFECT_HELP, text::escape};

use crate::{render::human, write::Output};

/// Tells what to report, the place in the program included. What a panic says may hold text of the input.
pub(crate) fn tell(panic: &PanicHookInfo<'_>) {
    let output = Output { file: None, color: ColorChoice::Auto, quiet: false };
    output.message(&told(panic.payload_as_str(), panic.location().map(ToString::to_string)));
}

fn told(message: Option<&str>, place: Option<String>) -> String {
    let message = message.unwrap_or("no reason given");
    let place = place.map(|place| format!(" ({place}, version {})", env!("CARGO_PKG_VERSION")));
    let message = format!("internal error: {message}{}", place.unwrap_or_default());
    human::failure(&escape(&message), Some(DEFECT_HELP))
}

/// Runs a part of the program; `None` where it panics, which has then been told.
pub(crate) fn attempt<T>(part: impl FnOnce() -> T) -> Option<T> {
    // Callers keep nothing that a part may have left half done.
    catch_unwind(AssertUnwindSafe(part)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_is_told_escaped_and_with_what_to_do() {
        let place = Some("engine/src/x.rs:7:9".to_owned());
        let told = told(Some("no `\u{1b}[31mred\u{7}`"), place);
        assert_eq!(
            anstream::adapter::strip_str(&told).to_string(),
            format!(
                "error: internal error: no `\\u{{1b}}[31mred\\u{{7}}` (engine/src/x.rs:7:9, version {})\nhelp: \
                 please report this with the input that caused it: https://github.com/crosskey/crosskey/issues\n",
                env!("CARGO_PKG_VERSION")
            )
        );
    }

    #[test]
    fn what_panics_has_no_result() {
        assert_eq!(attempt(|| 7), Some(7));
        assert_eq!(attempt::<u8>(|| panic!("on purpose")), None);
    }
}
