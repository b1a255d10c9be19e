use crosskey_engine::{
    bundle::{Decision, Layer, Request},
    check::RequestAnswer,
    decide::{CheckAnswer, LayerAnswer, NearMiss},
    report::Known,
    text::{Location, escape},
};
use maud::{Markup, html};

use super::{Tone, excerpt::excerpt, prose::prose};
use crate::render::words::{self, Outcome, Says};

/// The way from the caller to the plaintext: a step a policy, the statements that decide beside it.
pub(super) fn path(known: Known<'_>, request: &Request, found: &RequestAnswer) -> Markup {
    let outcome = Outcome::of(found);
    html! {
        // A plain allow is told by the heading.
        @if !outcome.reason.is_empty() || outcome.failure.is_some() {
            p.outcome { (escape(&outcome.to_string())) }
        }
        ol.path {
            li.end {
                p.step { b { "Caller" } }
                p.who { (escape(&words::principal(&request.principal.value))) }
                p.who { (escape(&words::call(request))) }
                @if let Some(resource) = &request.resource { p.who { "on " (escape(&resource.value)) } }
            }
            @match &found.answer {
                Ok(answer) => {
                    @for check in &answer.checks { (one_check(known, check)) }
                    @for hinge in &answer.assumptions {
                        li.open { p.step { (Tone::Open.sign()) " Hangs on the assumption " code { (hinge.name) "=" (hinge.value) } } }
                    }
                }
                Err(error) => {
                    li.open {
                        p.step { (Tone::Open.sign()) " " b { "The request cannot be decided" } }
                        p { (prose(&format!("{}: {}", error.field, error.message))) }
                        p.help { (prose(&error.help)) }
                        @let span = error.span.unwrap_or(request.location.span);
                        (excerpt(known.sources, Location::new(request.location.source, span), None))
                    }
                }
            }
            (plaintext(request, found, &outcome))
        }
        @if let Ok(answer) = &found.answer {
            @for note in &answer.notes { p.note { (prose(note)) } }
        }
    }
}

/// Where the way ends.
fn plaintext(request: &Request, found: &RequestAnswer, outcome: &Outcome<'_>) -> Markup {
    let reads = request.action.value.to_string() == "secretsmanager:GetSecretValue";
    let what = if reads { "Plaintext" } else { "Done" };
    let failure = found.answer.as_ref().ok().and_then(|answer| answer.failure.as_ref());
    let (tone, says) = match (outcome.decision, failure) {
        (Decision::Allow, None) => (Tone::Good, "reached"),
        (Decision::Allow, Some(_)) => (Tone::Bad, "not reached: the call fails"),
        (Decision::ExplicitDeny | Decision::ImplicitDeny, _) => (Tone::Bad, "not reached"),
        (Decision::Indeterminate, _) => (Tone::Open, "not known"),
        (Decision::Invalid, _) => (Tone::Open, "not decided"),
    };
    html! {
        li class={ "end " (tone.class()) } {
            p.step { (tone.sign()) " " b { (what) } " " span.says { (says) } }
            @if let Some(failure) = failure { p { code { (failure.code) } " " (prose(&failure.reason)) } }
        }
    }
}

/// A check: its action, and a step for each layer that takes part.
fn one_check(known: Known<'_>, check: &CheckAnswer) -> Markup {
    let tone = Tone::of(check.decision);
    let missing = check
        .near_misses
        .iter()
        .filter(|miss| !check.layers.iter().any(|answer| answer.layer == miss.layer));
    html! {
        li class={ "check " (tone.class()) } {
            p.action {
                (tone.sign()) " " code { (check.action) } " "
                span class={ "verdict " (tone.class()) } { (check.decision) }
                @if check.optional { span.says { " the operation goes on without it" } }
            }
            ol { @for layer in &check.layers { (step(known, check, layer)) } }
            @for miss in missing { (near_miss(known, miss)) }
            @for id in &check.invalid {
                p.note { (Tone::Open.sign()) " " code { (escape(&known.label(*id))) } " cannot be evaluated; see the findings." }
            }
            @for reason in &check.reasons { p.note { (Tone::Open.sign()) " " (prose(reason)) } }
            @if !check.needs.is_empty() {
                p.note { (Tone::Open.sign()) " unknown: "
                    @for (number, key) in check.needs.iter().enumerate() {
                        @if number > 0 { ", " }
                        code { (escape(&key.canonical())) }
                    }
                }
            }
            @if !check.outcomes.is_empty() {
                ul.outcomes { @for outcome in &check.outcomes {
                    li {
                        (Tone::of(outcome.decision).sign()) " " (outcome.decision) " if "
                        code { (escape(&outcome.key.canonical())) }
                        @match &outcome.value {
                            Some(value) => { " is " (escape(value)) }
                            None => { " is absent" }
                        }
                    }
                } }
            }
        }
    }
}

/// What a layer says, and by which statements.
fn step(known: Known<'_>, check: &CheckAnswer, answer: &LayerAnswer) -> Markup {
    let says = Says::of(answer, check);
    let tone = tone(check, answer.layer, says);
    // Several levels of one kind do not tell whose statement it is.
    let alone = check.layers.iter().filter(|other| other.layer == answer.layer).count() == 1;
    let effect = says.effect().filter(|_| alone);
    let places: Vec<_> =
        effect.into_iter().flat_map(|effect| known.applying(check, answer.layer, effect)).collect();
    let misses = check.near_misses.iter().filter(|miss| alone && miss.layer == answer.layer);
    let misses: Vec<_> = misses.collect();
    html! {
        li class=(tone.class()) {
            p.step { (tone.sign()) " " b { (title(answer.layer)) } " " span.says { (says.as_str()) } }
            div.evidence {
                // What denies is told, with its reason, by the explanation.
                @if misses.is_empty() {
                    @for place in &places {
                        @match place.mark(None) {
                            Some(mark) => (excerpt(known.sources, mark, place.location)),
                            None => p.who { (escape(&place.title())) },
                        }
                    }
                }
                @for miss in misses { (near_miss(known, miss)) }
            }
        }
    }
}

/// Red is for what breaks the way: a layer that is silent where another has allowed does not.
fn tone(check: &CheckAnswer, layer: Layer, says: Says) -> Tone {
    let blamed = check.because.contains(&layer);
    match (check.decision, says) {
        (_, Says::Denies) => Tone::Bad,
        (Decision::ImplicitDeny, Says::DoesNotAllow) if blamed => Tone::Bad,
        (_, Says::Allows) => Tone::Good,
        (_, Says::Invalid | Says::MayAllow | Says::MayDeny) => Tone::Open,
        (_, Says::DoesNotAllow) => Tone::Plain,
    }
}

/// The statement that denies or nearly allows, why, and what to write.
fn near_miss(known: Known<'_>, miss: &NearMiss) -> Markup {
    let place = miss.statement.map(|statement| known.statement(statement));
    html! {
        div.miss {
            @if let Some(place) = &place {
                p.who { (escape(&place.title())) }
                @if let Some(mark) = place.mark(miss.part) { (excerpt(known.sources, mark, place.location)) }
            }
            p { (prose(&miss.reason)) }
            @if !miss.remedy.is_empty() { p.help { b { "What to do: " } (prose(&miss.remedy)) } }
            @if let Some(snippet) = &miss.snippet {
                @let text = serde_json::to_string_pretty(snippet).unwrap_or_default();
                pre.write tabindex="0" { @for line in text.lines() { (escape(line)) "\n" } }
            }
        }
    }
}

const fn title(layer: Layer) -> &'static str {
    match layer {
        Layer::IdentityPolicy => "Identity policy",
        Layer::ResourcePolicy => "Secret policy",
        Layer::KeyPolicy => "Key policy",
        Layer::Grant => "Grants of the key",
        Layer::PermissionsBoundary => "Permissions boundary",
        Layer::SessionPolicy => "Session policy",
        Layer::ServiceControlPolicy => "Service control policy",
        Layer::ResourceControlPolicy => "Resource control policy",
        Layer::VpcEndpointPolicy => "VPC endpoint policy",
    }
}
