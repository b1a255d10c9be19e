//! How far a long run has come: a line on standard error that goes away, on a terminal only.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::write::Output;

/// Runs that are over by then show nothing.
const PATIENCE: Duration = Duration::from_millis(700);
/// How often the mark that something is going on moves.
const TICK: Duration = Duration::from_millis(120);
const TEMPLATE: &str = "{spinner} {msg} {wide_bar} {pos}/{len} {elapsed}";

/// How far a run has come. What it shows is gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Shows the bar once patience is at an end; ends when its channel does.
    waiting: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// A run that does `what`, as often as [`Self::expect`] says.
    pub(crate) fn new(what: &'static str, output: &Output) -> Self {
        let bar = bar(what, ProgressDrawTarget::hidden());
        let target = ProgressDrawTarget::stderr();
        // A terminal that cannot move its cursor would keep every line.
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if output.quiet || target.is_hidden() || is_dumb {
            return Self { bar, waiting: None };
        }
        let (alive, ended) = mpsc::channel::<()>();
        let shown = bar.clone();
        let waiting = thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(target);
                shown.enable_steady_tick(TICK);
            }
        });
        Self { bar, waiting: Some((alive, waiting)) }
    }

    /// Expects so many more.
    pub(crate) fn expect(&self, times: usize) {
        self.bar.inc_length(times as u64);
    }

    /// Counts one as done.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((alive, waiting)) = self.waiting.take() {
            drop(alive);
            // A defect there must not become one here.
            let _ = waiting.join();
        }
        self.bar.finish_and_clear();
    }
}

fn bar(what: &'static str, target: ProgressDrawTarget) -> ProgressBar {
    let style = ProgressStyle::with_template(TEMPLATE);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
    ProgressBar::with_draw_target(Some(0), target)
        .with_style(style)
        .with_message(what)
        .with_finish(ProgressFinish::AndClear)
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    fn drawn(term: &InMemoryTerm, progress: &Progress) -> String {
        progress.bar.force_draw();
        term.contents()
    }

    #[test]
    fn a_run_shows_how_far_it_is_and_leaves_nothing() {
        let term = InMemoryTerm::new(4, 48);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 1);
        let progress = Progress { bar: bar("judging", target), waiting: None };
        progress.expect(4);
        progress.step();
        let line = drawn(&term, &progress);
        assert!(
            line.contains("judging ==") && line.contains("> ") && line.contains(" 1/4 0s"),
            "{line}"
        );
        assert!(line.lines().count() == 1 && line.chars().count() <= 48, "{line}");
        drop(progress);
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn what_is_no_terminal_is_left_alone() {
        let output = Output { file: None, color: anstream::ColorChoice::Always, quiet: true };
        let progress = Progress::new("judging", &output);
        assert!(progress.waiting.is_none() && progress.bar.is_hidden());
    }
}
