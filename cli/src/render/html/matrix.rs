use std::collections::{BTreeMap, BTreeSet};

use crosskey_engine::text::escape;
use maud::{Markup, html};

use super::Tone;
use crate::render::{
    Checked,
    words::{self, Outcome},
};

/// What reads a secret's value.
const READ: &str = "secretsmanager:GetSecretValue";

/// A request about a secret's value and what came out.
struct Asked<'a> {
    /// Its number on the page.
    number: usize,
    /// What people call it.
    name: &'a str,
    /// What came out.
    outcome: Outcome<'a>,
}

/// Who can read what: a row a caller, a column a secret, from the requests that ask for a secret's value.
pub(super) fn matrix(checked: &Checked<'_>) -> Markup {
    let mut cells: BTreeMap<(String, String), Vec<Asked<'_>>> = BTreeMap::new();
    for (number, (request, answer)) in checked.requests().enumerate() {
        if request.action.value.to_string() != READ {
            continue;
        }
        // The service says which secret a name stands for; a request without an answer has what was typed.
        let resolved = answer.answer.as_ref().ok().and_then(|answer| answer.checks.first());
        let typed = || request.resource.as_ref().map(|typed| typed.value.clone());
        let secret = resolved.map(|check| check.resource.clone()).or_else(typed);
        let cell = (words::principal(&request.principal.value), secret.unwrap_or_default());
        let asked = Asked { number: number + 1, name: &request.name, outcome: Outcome::of(answer) };
        cells.entry(cell).or_default().push(asked);
    }
    if cells.is_empty() {
        return html! {};
    }
    let callers: BTreeSet<_> = cells.keys().map(|(caller, _)| caller.clone()).collect();
    let secrets: BTreeSet<_> = cells.keys().map(|(_, secret)| secret.clone()).collect();
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
                            td { (cell(cells.get(&(caller.clone(), secret.clone())))) }
                        }
                    } } }
                }
            }
            p.read { "From the requests for GetSecretValue below; who was not asked about is not in the table." }
        }
    }
}

fn cell(answers: Option<&Vec<Asked<'_>>>) -> Markup {
    html! {
        @match answers {
            None => { span.unasked { "not asked" } }
            Some(answers) => {
                @for Asked { number, name, outcome } in answers {
                    // An answer by which the call fails all the same hands out nothing.
                    @let tone = match outcome.failure {
                        Some(_) => Tone::Bad,
                        None => Tone::of(outcome.decision),
                    };
                    a class={ "answer " (tone.class()) } href={ "#request-" (number) } {
                        (tone.sign()) " " (outcome.decision)
                        @if outcome.failure.is_some() { ", but fails" }
                        small { (escape(name)) }
                    }
                }
            }
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
