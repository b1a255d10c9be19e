use annotate_snippets::{Element, Group, Level, Origin};
use crosskey_engine::{
    bundle::{DocumentError, PolicyId},
    ingest::IngestError,
    report::Known,
    text::{Location, Sources, Span, escape},
};

use super::{
    snippet::{Mark, pictures, renderer},
    text::{WIDTH, wrap},
};

/// Input that could not be read.
pub(crate) fn error(sources: &Sources, error: &IngestError) -> String {
    let message = match error.field.as_str() {
        "" => error.to_string(),
        field => format!("{field}: {error}"),
    };
    let help = error.kind.help();
    match error.location {
        Some(location) => {
            diagnostic(sources, "error", &message, &help, location, error.kind.related())
        }
        None => {
            let group = Group::with_title(Level::ERROR.primary_title(escape(&message)))
                .element(Origin::path(escape(&error.file)))
                .element(remark(Level::HELP, &help));
            format!("{}\n", renderer().render(&[group]))
        }
    }
}

/// Why a policy cannot be evaluated.
pub(crate) fn unusable(known: Known<'_>, id: PolicyId) -> String {
    let Some(document) = known.bundle.policies.get(id) else {
        return String::new();
    };
    let one = |message: String, help: String, span, related| {
        let location = Location::new(document.location.source, span);
        diagnostic(known.sources, "invalid", &message, &help, location, related)
    };
    match &document.content {
        Err(DocumentError::Json(error)) => {
            one(error.to_string(), error.kind.help(), error.span, error.kind.related())
        }
        // The reader has said why.
        Err(error @ (DocumentError::Unreadable | DocumentError::NotKnown { .. })) => {
            format!("{}: {error}\n", escape(&document.label))
        }
        Ok(parsed) => {
            let errors = parsed.errors.iter().map(|error| {
                one(error.to_string(), error.kind.help(), error.span, error.kind.related())
            });
            errors.collect::<Vec<_>>().join("\n")
        }
    }
}

/// A mistake in the input, told on its own.
pub(crate) fn mistake(sources: &Sources, message: &str, help: &str, place: Location) -> String {
    format!("{}\n", diagnostic(sources, "error", message, help, place, None))
}

/// A mistake in the input, the place underlined, and what to do about it.
pub(super) fn diagnostic(
    sources: &Sources,
    level: &str,
    message: &str,
    help: &str,
    location: Location,
    related: Option<(Span, &str)>,
) -> String {
    let mut marks = vec![Mark { location, label: String::new() }];
    marks.extend(related.map(|(span, label)| Mark {
        location: Location::new(location.source, span),
        label: label.to_owned(),
    }));
    let title = Level::ERROR.with_name(level).primary_title(escape(message));
    let group = title.elements(pictures(sources, &marks)).element(remark(Level::HELP, help));
    format!("{}\n", renderer().render(&[group]))
}

/// A line below a picture.
pub(super) fn remark<'a>(level: Level<'a>, text: &str) -> Element<'a> {
    let lines = wrap(&escape(text), WIDTH - 12);
    level.message(lines.join("\n")).into()
}
