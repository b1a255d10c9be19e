//! Whom an answer is about that does not say so: `iam list-attached-role-policies` prints policies and not the role.

use super::{IdentityPiece, ManagedPiece, Nameless, NamelessPiece, Origin, PolicyPiece};
use crate::{aws::Arn, bundle::IdentityKind, ingest::IngestErrorKind, text::Located};

/// Words that people put around a name when they save an answer.
const AROUND: &[&str] = &[
    "aws", "iam", "get", "list", "attached", "inline", "managed", "role", "user", "policies",
    "policy", "version", "names", "document",
];

/// Users and roles by ARN, and the managed policies that are attached to them or were listed.
pub(super) struct Known<'a> {
    pub(super) identities: Vec<&'a Arn>,
    pub(super) managed: Vec<&'a Arn>,
}

/// What an answer turned out to be about.
pub(super) enum Found {
    /// A user or role.
    Identity(IdentityPiece),
    /// A user or role, and the names of all its own policies.
    InlineNames(IdentityPiece, Vec<String>),
    /// A managed policy.
    Managed(ManagedPiece),
}

/// An answer of which nobody can say what it is about.
pub(super) struct Lost {
    pub(super) kind: IngestErrorKind,
    pub(super) origin: Origin,
    /// The policy in it, which can be judged by itself.
    pub(super) policy: Option<PolicyPiece>,
}

/// What an answer is about, by the name in it, or by that of its file.
pub(super) fn resolve(
    piece: NamelessPiece,
    file: &str,
    known: &Known<'_>,
) -> Result<Found, Box<Lost>> {
    let NamelessPiece { origin, content } = piece;
    let managed = matches!(content, Nameless::Document(_));
    let candidates: Vec<&Arn> = match &content {
        Nameless::Inline { kind, owner, .. } => {
            let kind = match kind {
                IdentityKind::User => "user/",
                IdentityKind::Role => "role/",
            };
            let of_kind = |arn: &&&Arn| arn.resource().starts_with(kind) && name(arn) == owner;
            known.identities.iter().filter(of_kind).copied().collect()
        }
        _ => by_file(file, if managed { &known.managed } else { &known.identities }),
    };
    let arn = match in_account(file, &candidates).as_slice() {
        [only] => (*only).clone(),
        others => {
            let several = others.len() > 1;
            let (owner, policy) = match content {
                Nameless::Inline { kind, owner, policy } => (Some((kind, owner)), Some(policy)),
                Nameless::Document(policy) => (None, Some(policy)),
                Nameless::InlineNames(_) | Nameless::Attached(_) => (None, None),
            };
            let kind = match owner {
                Some((kind, name)) => IngestErrorKind::NoSuchIdentity { kind, name, several },
                None => IngestErrorKind::NoOwner { managed, several },
            };
            return Err(Box::new(Lost { kind, origin, policy }));
        }
    };
    let identity = |origin| IdentityPiece::new(arn.clone(), origin);
    Ok(match content {
        Nameless::Inline { policy, .. } => {
            Found::Identity(IdentityPiece { inline: Some(vec![policy]), ..identity(origin) })
        }
        Nameless::Attached(list) => {
            Found::Identity(IdentityPiece { attached: Some(list), ..identity(origin) })
        }
        Nameless::InlineNames(names) => Found::InlineNames(identity(origin), names),
        Nameless::Document(policy) => Found::Managed(ManagedPiece { arn, origin, policy }),
    })
}

/// The last part of an ARN's path.
fn name(arn: &Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}

/// Those of an account whose id is in the path of the file, where some are.
fn in_account<'a>(file: &str, candidates: &'a [&'a Arn]) -> Vec<&'a Arn> {
    let mut found: Vec<&Arn> = candidates.to_vec();
    found.sort_unstable();
    found.dedup();
    if found.len() > 1 {
        let here = |arn: &&Arn| arn.account().is_some_and(|id| file.contains(id.as_str()));
        let narrowed: Vec<&Arn> = found.iter().copied().filter(here).collect();
        if !narrowed.is_empty() {
            return narrowed;
        }
    }
    found
}

/// Those whose name a file is named after: its name, or else a folder's, is the name and words like `get` and `policy`.
/// Where one name is the end of another, the longer one is meant.
fn by_file<'a>(file: &str, candidates: &[&'a Arn]) -> Vec<&'a Arn> {
    let file = file.strip_suffix(".json").unwrap_or(file);
    for part in file.rsplit('/') {
        let mut best: Vec<&Arn> = Vec::new();
        for arn in candidates.iter().copied().filter(|arn| is_named(part, name(arn))) {
            let longest = best.first().map_or(0, |best| name(best).len());
            match name(arn).len().cmp(&longest) {
                std::cmp::Ordering::Greater => best = vec![arn],
                std::cmp::Ordering::Equal => best.push(arn),
                std::cmp::Ordering::Less => {}
            }
        }
        if !best.is_empty() {
            return best;
        }
    }
    Vec::new()
}

fn is_named(part: &str, name: &str) -> bool {
    !name.is_empty()
        && part.match_indices(name).any(|(at, _)| {
            let before = part.get(..at).unwrap_or_default();
            let behind = part.get(at + name.len()..).unwrap_or_default();
            let ends = |text: &str| text.is_empty() || text.ends_with(SEPARATORS);
            let begins = |text: &str| text.is_empty() || text.starts_with(SEPARATORS);
            ends(before) && begins(behind) && is_around(before) && is_around(behind)
        })
}

const SEPARATORS: [char; 4] = ['-', '_', '.', ' '];

fn is_around(text: &str) -> bool {
    text.split(SEPARATORS).filter(|word| !word.is_empty()).all(|word| {
        let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
        AROUND.contains(&word.to_ascii_lowercase().as_str())
            || digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Adds what the list of all names says beside the policies that were found.
pub(super) fn complete(piece: &mut IdentityPiece, names: &[String], by: &Origin) {
    let inline = piece.inline.get_or_insert_default();
    for name in names {
        if !inline.iter().any(|policy| policy.label == *name) {
            let reason = format!("no file has the policy `{name}` of {}", piece.arn);
            inline.push(PolicyPiece::not_known(name, by.location, reason));
        }
    }
}

/// The managed policies that pieces speak of.
pub(super) fn attached(identities: &[IdentityPiece]) -> impl Iterator<Item = &Arn> {
    let lists = identities.iter().flat_map(|piece| piece.attached.iter().flatten());
    let boundaries = identities.iter().filter_map(|piece| match &piece.boundary {
        crate::bundle::Stated::Value(arn) => Some(arn),
        _ => None,
    });
    lists.map(|arn: &Located<Arn>| &arn.value).chain(boundaries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arns(texts: &[&str]) -> Vec<Arn> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn found<'a>(file: &str, candidates: &'a [Arn]) -> Vec<&'a str> {
        let all: Vec<&Arn> = candidates.iter().collect();
        let found = by_file(file, &all);
        in_account(file, &found)
            .iter()
            .map(|arn| candidates.iter().find(|known| known == arn).unwrap().as_str())
            .collect()
    }

    #[test]
    fn a_file_is_named_after_a_role() {
        let roles = arns(&[
            "arn:aws:iam::444455556666:role/team/app",
            "arn:aws:iam::444455556666:role/app-role",
            "arn:aws:iam::444455556666:role/R_B",
        ]);
        let app = ["arn:aws:iam::444455556666:role/team/app"];
        for file in [
            "exports/list-attached-role-policies-app.json",
            "exports/444455556666/app.json",
            "app/list-attached-role-policies.json",
            "x/iam_list-attached-role-policies_app.json",
            "app-attached-policies.json",
        ] {
            assert_eq!(found(file, &roles), app, "{file}");
        }
        let other = found("list-attached-role-policies-app-role.json", &roles);
        assert_eq!(other, ["arn:aws:iam::444455556666:role/app-role"]);
        let other = found("list-attached-role-policies-R_B.json", &roles);
        assert_eq!(other, ["arn:aws:iam::444455556666:role/R_B"]);
    }

    /// Policies given to another role than theirs could allow what is denied.
    #[test]
    fn a_name_inside_of_another_is_not_meant() {
        let roles = arns(&["arn:aws:iam::444455556666:role/app"]);
        for file in
            ["batch-app.json", "app2.json", "list-attached-role-policies.json", "myapp.json"]
        {
            assert!(found(file, &roles).is_empty(), "{file}");
        }
    }

    #[test]
    fn the_account_in_the_path_tells_two_of_a_name_apart() {
        let roles =
            arns(&["arn:aws:iam::444455556666:role/app", "arn:aws:iam::777788889999:role/app"]);
        assert_eq!(found("list-attached-role-policies-app.json", &roles).len(), 2);
        let one = found("777788889999/list-attached-role-policies-app.json", &roles);
        assert_eq!(one, ["arn:aws:iam::777788889999:role/app"]);
    }
}
