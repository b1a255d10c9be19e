use std::collections::{BTreeMap, BTreeSet};

use crosskey_engine::{bundle::Request, check::RequestAnswer, text::escape};
use maud::{Markup, PreEscaped, html};

use super::Tone;
use crate::render::words::{self, Outcome};

/// What reads a secret's value.
const READ: &str = "secretsmanager:GetSecretValue";

/// Who can read what: a row a caller, a column a secret, from the requests that ask for a secret's value.
#[derive(Debug, Default)]
pub(super) struct Matrix {
    /// The answers to each caller about each secret, as they are shown.
    cells: BTreeMap<(String, String), String>,
}

impl Matrix {
    /// Adds what came out for a request, which has this number on the page.
    pub(super) fn add(&mut self, number: usize, request: &Request, answer: &RequestAnswer) {
        if request.action.value.to_string() != READ {
            return;
        }
        // The service says which secret a name stands for; a request without an answer has what was typed.
        let resolved = answer.answer.as_ref().ok().and_then(|answer| answer.checks.first());
        let typed = || request.resource.as_ref().map(|typed| typed.value.clone());
        let secret = resolved.map(|check| check.resource.clone()).or_else(typed);
        let cell = (words::principal(&request.principal.value), secret.unwrap_or_default());
        let shown = asked(number, &request.name, &Outcome::of(answer));
        self.cells.entry(cell).or_default().push_str(&shown.into_string());
    }

    /// The table; nothing where nothing was asked.
    pub(super) fn shown(&self) -> Markup {
        if self.cells.is_empty() {
            return html! {};
        }
        let callers: BTreeSet<_> = self.cells.keys().map(|(caller, _)| caller.clone()).collect();
        let secrets: BTreeSet<_> = self.cells.keys().map(|(_, secret)| secret.clone()).collect();
        html! {
            section aria-labelledby="matrix" {
                h2 #matrix { "Who can read what" }
                div.scroll tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "Caller" }
                            @for secret in &secrets { th scope="col" { (arn(secret)) } }
                        } }
                        tbody { @for caller in &callers { tr {
                            th scope="row" { (arn(caller)) }
                            @for secret in &secrets {
                                td {
                                    @match self.cells.get(&(caller.clone(), secret.clone())) {
                                        Some(answers) => (PreEscaped(answers)),
                                        None => { span.unasked { "not asked" } }
                                    }
                                }
                            }
                        } } }
                    }
                }
                p.read { "From the requests for GetSecretValue below; who was not asked about is not in the table." }
            }
        }
    }
}

/// What came out for a request.
fn asked(number: usize, name: &str, outcome: &Outcome<'_>) -> Markup {
    // An answer by which the call fails all the same hands out nothing.
    let tone = match outcome.failure {
        Some(_) => Tone::Bad,
        None => Tone::of(outcome.decision),
    };
    html! {
        a class={ "answer " (tone.class()) } href={ "#request-" (number) } {
            (tone.sign()) " " (outcome.decision)
            @if outcome.failure.is_some() { ", but fails" }
            small { (escape(name)) }
        }
    }
}

/// An ARN: what tells it apart large, the whole of it small.
fn arn(text: &str) -> Markup {
    let name = text.splitn(6, ':').nth(5);
    html! {
        @match name {
            Some(name) => { b { (escape(name)) } small { (escape(text)) } }
            None => { b { (escape(text)) } }
        }
    }
}
