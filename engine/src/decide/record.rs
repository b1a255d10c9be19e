use super::{LayerAnswer, StatementTrace};

/// What is kept of a hearing besides the decision. There is one evaluator; what it keeps for those who want reasons
/// costs nothing where only the decision is wanted.
pub(super) trait Record {
    /// Whether anything is kept. If not, a statement need not be tested further once it cannot apply.
    const KEEPS: bool;

    /// Keeps what became of a statement.
    fn statement(&mut self, trace: impl FnOnce() -> StatementTrace);

    /// Keeps what a layer says.
    fn layer(&mut self, layer: impl FnOnce() -> LayerAnswer);

    /// Keeps a reason that no statement or condition key is to blame for.
    fn reason(&mut self, reason: impl FnOnce() -> String);
}

/// Keeps nothing.
#[derive(Debug)]
pub(super) struct Nothing;

impl Record for Nothing {
    const KEEPS: bool = false;

    fn statement(&mut self, _: impl FnOnce() -> StatementTrace) {}

    fn layer(&mut self, _: impl FnOnce() -> LayerAnswer) {}

    fn reason(&mut self, _: impl FnOnce() -> String) {}
}

/// Keeps everything.
#[derive(Debug, Default)]
pub(super) struct Everything {
    pub(super) trace: Vec<StatementTrace>,
    pub(super) layers: Vec<LayerAnswer>,
    pub(super) reasons: Vec<String>,
}

impl Record for Everything {
    const KEEPS: bool = true;

    fn statement(&mut self, trace: impl FnOnce() -> StatementTrace) {
        self.trace.push(trace());
    }

    fn layer(&mut self, layer: impl FnOnce() -> LayerAnswer) {
        self.layers.push(layer());
    }

    fn reason(&mut self, reason: impl FnOnce() -> String) {
        let reason = reason();
        // Several policies can be unknown for one reason.
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}
