use crosskey_engine::{
    finding::{Finding, Place},
    text::{Sources, escape},
};
use maud::{Markup, html};

use super::{Tone, excerpt::excerpt, prose::prose};
use crate::render::words::for_example;

/// A finding: what, where, an example, and what to do.
pub(super) fn finding(sources: &Sources, finding: &Finding) -> Markup {
    let tone = Tone::of_severity(finding.severity);
    html! {
        article class={ "finding " (tone.class()) } {
            h3 {
                span class={ "verdict " (tone.class()) } { (finding.severity) }
                " " span.rule { (finding.rule.id) }
            }
            p.message { (prose(&finding.message)) }
            @match &finding.place {
                Place::Source(location) => (excerpt(sources, *location, None)),
                Place::File(name) => p.file { (escape(name)) },
            }
            @for (location, label) in &finding.related {
                p.label { (prose(label)) }
                (excerpt(sources, *location, None))
            }
            @if let Some(witness) = &finding.witness {
                p { b { "Shown by a request: " } (escape(&for_example(witness))) }
            }
            @if !finding.help.is_empty() { p.help { b { "What to do: " } (prose(&finding.help)) } }
            details.why {
                summary { "Why this matters" }
                p { (prose(finding.rule.why)) }
                p.reference { (finding.rule.reference) }
            }
        }
    }
}
