use super::arns;
use crate::{
    aws::{ArnError, is_known_region},
    policy::{Piece, PolicyErrorKind, PrincipalProblem, Template},
};

/// What was left of an example where a real value belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check::rules) enum Placeholder {
    /// A Region that AWS does not have.
    Region(String),
    /// An account that is not twelve digits.
    Account(String),
    /// The id of a KMS key.
    KeyId(String),
    /// `<…>`, `{{…}}`, `your-…`.
    Text(String),
    /// Text in another script.
    Script(String),
}

impl Placeholder {
    /// As written.
    pub(in crate::check::rules) fn text(&self) -> &str {
        match self {
            Self::Region(text)
            | Self::Account(text)
            | Self::KeyId(text)
            | Self::Text(text)
            | Self::Script(text) => text,
        }
    }
}

/// Account fields that AWS itself writes in words.
const ACCOUNTS_IN_WORDS: &[&str] = &["aws", "cloudfront"];
const KEY_ID_WORDS: &[&str] = &["key-id", "keyid", "key", "cmk", "id", "example"];

/// The placeholders in the ARN or ARN pattern of anything.
pub(in crate::check::rules) fn in_arn(text: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    if let Some([_, _, service, region, account, resource]) = arns::fields(text) {
        found.extend(in_region(region));
        found.extend(in_account(account));
        if let Some(("key", id)) = resource.split_once('/').filter(|_| service == "kms") {
            found.extend(in_key_id(id));
        }
    }
    // What stands in a field has been said of the field.
    let other = in_text(text).filter(|other| match other {
        Placeholder::Text(word) => found.iter().all(|known| !known.text().contains(word)),
        _ => found.is_empty(),
    });
    found.extend(other);
    found
}

/// A field for a Region that holds none.
pub(in crate::check::rules) fn in_region(region: &str) -> Option<Placeholder> {
    let unknown = !region.is_empty() && !arns::is_open(region) && !is_known_region(region);
    unknown.then(|| Placeholder::Region(region.to_owned()))
}

/// A field for an account that holds none.
pub(in crate::check::rules) fn in_account(account: &str) -> Option<Placeholder> {
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let unknown = !account.is_empty()
        && !arns::is_open(account)
        && !is_account
        && !ACCOUNTS_IN_WORDS.contains(&account);
    unknown.then(|| Placeholder::Account(account.to_owned()))
}

/// A key id that KMS does not make. Short ids are let pass: they are no placeholders.
fn in_key_id(id: &str) -> Option<Placeholder> {
    let strange = !arns::is_open(id) && !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let word = KEY_ID_WORDS.iter().any(|word| id.eq_ignore_ascii_case(word)) || has_run_of_x(id);
    (strange || word).then(|| Placeholder::KeyId(id.to_owned()))
}

/// Runs of `x`, as documents write ids.
pub(in crate::check::rules) fn has_run_of_x(text: &str) -> bool {
    text.to_ascii_lowercase().contains("xxxx")
}

/// A placeholder that any text can hold.
pub(in crate::check::rules) fn in_text(text: &str) -> Option<Placeholder> {
    let found = between(text, "<", ">")
        .or_else(|| between(text, "{{", "}}"))
        .or_else(|| between(text, "[[", "]]"))
        .or_else(|| yours(text));
    let other_script = || text.chars().any(|c| u32::from(c) > 0xFF).then(|| text.to_owned());
    found.map(Placeholder::Text).or_else(|| other_script().map(Placeholder::Script))
}

/// `${…}` that is no policy variable: a template that was not filled in. One with a colon is left to the version of
/// the document.
pub(in crate::check::rules) fn in_template(template: &Template) -> Option<Placeholder> {
    template.pieces().iter().find_map(|piece| match piece {
        Piece::Text(text) => {
            let found = between(text, "${", "}")?;
            (!found.contains(':')).then_some(Placeholder::Text(found))
        }
        Piece::Literal(_) | Piece::Variable { .. } => None,
    })
}

/// `your-…` and `YOUR_…`, at the beginning of a word.
fn yours(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (at, _) = lower.match_indices("your").find(|(at, word)| {
        let before = lower.get(..*at).and_then(|head| head.chars().next_back());
        let behind = lower.get(at + word.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(|c| c.is_ascii_alphanumeric()) && matches!(behind, Some('-' | '_'))
    })?;
    let word = text.get(at..)?;
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    word.get(..end.unwrap_or(word.len())).map(str::to_owned)
}

/// What stands between two marks, the marks included; nothing that holds a colon or slash counts, but for
/// templates.
fn between(text: &str, open: &str, close: &str) -> Option<String> {
    let (_, rest) = text.split_once(open)?;
    let (inner, _) = rest.split_once(close)?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.' | ':');
    (!inner.is_empty() && inner.chars().all(plain)).then(|| format!("{open}{inner}{close}"))
}

/// Whether a placeholder is why AWS refuses a principal or resource.
pub(in crate::check::rules) fn explains(kind: &PolicyErrorKind) -> bool {
    in_refused(kind).is_some_and(|(_, found)| !found.is_empty())
}

/// The text that AWS refuses and the placeholders in it.
pub(in crate::check::rules) fn in_refused(
    kind: &PolicyErrorKind,
) -> Option<(&str, Vec<Placeholder>)> {
    match kind {
        PolicyErrorKind::Principal { text, problem } => Some((text, in_principal(text, problem))),
        PolicyErrorKind::Resource(ArnError::NoPrefix { text }) => {
            Some((text, in_prose(text).into_iter().collect()))
        }
        _ => None,
    }
}

fn in_principal(text: &str, problem: &PrincipalProblem) -> Vec<Placeholder> {
    match problem {
        PrincipalProblem::Account { account } if !account.is_empty() => in_arn(text),
        PrincipalProblem::NotTwelveDigits => vec![Placeholder::Account(text.to_owned())],
        PrincipalProblem::NotAnArn(ArnError::NoPrefix { .. }) => {
            let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let is_name =
                text.chars().all(word) || text.contains("Account") || text.contains("_ID");
            let is_name = is_name && !is_unique_id(text);
            let account = || Placeholder::Account(text.to_owned());
            in_prose(text).or_else(|| is_name.then(account)).into_iter().collect()
        }
        _ => {
            let mut found = in_arn(text);
            found.retain(|found| matches!(found, Placeholder::Text(_) | Placeholder::Script(_)));
            found
        }
    }
}

/// Whether a text is the unique id of something in IAM that is no principal, such as a group.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>
fn is_unique_id(text: &str) -> bool {
    let prefixes = [
        "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "AKIA", "ANPA", "ANVA", "APKA", "AROA", "ASCA",
        "ASIA",
    ];
    text.len() >= 16
        && !text.contains('_')
        && prefixes.iter().any(|prefix| text.starts_with(prefix))
}

/// Words where an ARN belongs: a description of it.
pub(in crate::check::rules) fn in_prose(text: &str) -> Option<Placeholder> {
    let prose = text.trim().contains(' ') && !text.contains(':');
    in_text(text)
        .or_else(|| between_braces(text))
        .or_else(|| prose.then(|| Placeholder::Text(text.to_owned())))
}

/// A template that was not filled in.
pub(in crate::check::rules) fn between_braces(text: &str) -> Option<Placeholder> {
    let template = text.contains("${") && text.contains('}');
    template.then(|| Placeholder::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_from_values() {
        let account = |text: &str| [Placeholder::Account(text.into())];
        let region = |text: &str| [Placeholder::Region(text.into())];
        let word = |text: &str| [Placeholder::Text(text.into())];
        assert_eq!(in_arn("arn:aws:iam::Dev_Account:user/u"), account("Dev_Account"));
        assert_eq!(in_arn("arn:aws:kms:your-region:111122223333:key/1"), region("your-region"));
        assert_eq!(in_arn("arn:aws:kms:us-east-1:1111222233:key/1"), account("1111222233"));
        assert_eq!(
            in_arn("arn:aws:kms:us-east-1:111122223333:key/SECURITY_CMK"),
            [Placeholder::KeyId("SECURITY_CMK".into())]
        );
        assert_eq!(in_arn("arn:aws:iam::111122223333:role/<role name>"), word("<role name>"));
        assert_eq!(in_arn("arn:aws:iam::111122223333:role/YOUR_ROLE"), word("YOUR_ROLE"));
        assert_eq!(in_arn("arn:aws:kms:<region>:<account>:key/<key-id>").len(), 3);
        assert_eq!(in_arn("管理アカウントのARN").len(), 1);
        for right in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????",
            "arn:aws:secretsmanager:*:1111*:secret:hour-glass",
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:111122223333:key/*",
            "arn:aws:iam::${aws:PrincipalAccount}:role/app/R",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(in_arn(right), [], "{right}");
        }
    }

    #[test]
    fn templates_that_were_not_filled_in_are_found() {
        let of = |text: &str| in_template(&Template::with_variables(text));
        assert_eq!(of("secretsmanager.${Region}.x"), Some(Placeholder::Text("${Region}".into())));
        assert_eq!(of("${aws:username}"), None);
        assert_eq!(of("${*}"), None);
        assert_eq!(in_template(&Template::plain("${aws:username}")), None);
    }
}
