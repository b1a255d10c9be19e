//! Grants, in the shape of `aws kms list-grants`.

use super::document::{GrantConstraintsEntry, GrantEntry};
use crate::{
    bundle::{Grant, GrantConstraint, Grantee},
    ingest::IngestErrorKind,
    policy::{Principal, PrincipalProblem},
    text::{Location, SourceId, Span, Spanned},
};

/// Why an entry is no grant: what is wrong, in which field, and where.
pub(in crate::ingest) type GrantError = (IngestErrorKind, &'static str, Span);

/// Reads an entry of a file.
pub(in crate::ingest) fn grant(
    entry: Spanned<GrantEntry>,
    source: SourceId,
) -> Result<Grant, GrantError> {
    let location = Location::new(source, entry.span);
    let entry = entry.value;
    let grantee = match (&entry.grantee_principal, &entry.grantee_service_principal) {
        (Some(text), _) => grantee(&text.value).map_err(|problem| {
            let kind = IngestErrorKind::Grantee { text: text.value.clone(), problem };
            (kind, "GranteePrincipal", text.span)
        })?,
        (None, Some(service)) => Grantee::Service(service.value.clone()),
        (None, None) => {
            return Err((IngestErrorKind::NoGrantee, "GranteePrincipal", location.span));
        }
    };
    let (constraint, source_arn) = match entry.constraints {
        None => (GrantConstraint::None, None),
        Some(constraints) => {
            let source_arn = constraints.source_arn.as_ref().map(|text| {
                let arn = text.value.parse();
                arn.map_err(|error| (IngestErrorKind::Arn(error), "SourceArn", text.span))
            });
            (constraint(constraints.clone()), source_arn.transpose()?)
        }
    };
    let operations = entry.operations;
    Ok(Grant { location, id: entry.grant_id, grantee, operations, constraint, source_arn })
}

/// Who may use a grant. `list-grants` shows a service as the grantee principal of grants that services made for
/// themselves.
pub(in crate::ingest) fn grantee(text: &str) -> Result<Grantee, PrincipalProblem> {
    match text.ends_with(".amazonaws.com") {
        true => Ok(Grantee::Service(text.to_owned())),
        false => Principal::parse("AWS", text).map(Grantee::Principal),
    }
}

fn constraint(entry: GrantConstraintsEntry) -> GrantConstraint {
    match (entry.encryption_context_equals, entry.encryption_context_subset) {
        (Some(pairs), _) => GrantConstraint::Equals(pairs.into_iter().collect()),
        (None, Some(pairs)) => GrantConstraint::Subset(pairs.into_iter().collect()),
        (None, None) => GrantConstraint::None,
    }
}
