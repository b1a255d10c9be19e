use super::{
    Combination, LayerAnswer, Route, StatementTrace, Truth,
    layers::{Gather, Verdict},
};
use crate::bundle::Layer;

/// What is kept of a hearing besides the decision. There is one evaluator; what it keeps for those who want reasons
/// costs nothing where only the decision is wanted.
pub(super) trait Record {
    /// Whether anything is kept. If not, a statement need not be tested further once it cannot apply.
    const KEEPS: bool;

    /// Keeps what became of a statement.
    fn statement(&mut self, trace: impl FnOnce() -> StatementTrace);

    /// Keeps what a layer says.
    fn layer(&mut self, layer: impl FnOnce() -> LayerAnswer);

    /// Where the layers are kept as they combine.
    fn combination(&mut self) -> Option<&mut Combination<Truth>>;

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

    fn combination(&mut self) -> Option<&mut Combination<Truth>> {
        None
    }

    fn reason(&mut self, _: impl FnOnce() -> String) {}
}

/// Keeps everything.
#[derive(Debug, Default)]
pub(super) struct Everything {
    pub(super) trace: Vec<StatementTrace>,
    pub(super) layers: Vec<LayerAnswer>,
    pub(super) combination: Combination<Truth>,
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

    fn combination(&mut self) -> Option<&mut Combination<Truth>> {
        Some(&mut self.combination)
    }

    fn reason(&mut self, reason: impl FnOnce() -> String) {
        let reason = reason();
        // Several policies can be unknown for one reason.
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// Says what comes of the layers, and lets a record keep them.
#[derive(Debug)]
pub(super) struct Weighing<'r, R> {
    pub(super) verdict: Verdict,
    pub(super) record: &'r mut R,
}

impl<R: Record> Gather<Truth> for Weighing<'_, R> {
    fn denial(&mut self, layer: Layer, value: Truth) {
        self.verdict.deny(value);
        if let Some(kept) = self.record.combination() {
            kept.denial(layer, value);
        }
    }

    fn guardrail(&mut self, layer: Layer, value: Truth) {
        self.verdict.guard(value);
        if let Some(kept) = self.record.combination() {
            kept.guardrail(layer, value);
        }
    }

    fn route(&mut self, route: Route<Truth>) {
        self.verdict.add_route(&route);
        if let Some(kept) = self.record.combination() {
            kept.route(route);
        }
    }
}
