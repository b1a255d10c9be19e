use super::arns;
use crate::{
    aws::is_known_region,
    policy::{Piece, Template},
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
    /// `<…>`, `{{…}}`, `your-…`, text in another script.
    Text(String),
}

/// Account fields that AWS itself writes in words.
const ACCOUNTS_IN_WORDS: &[&str] = &["aws", "cloudfront"];
const KEY_ID_WORDS: &[&str] = &["key-id", "keyid", "key", "cmk", "id", "example"];

/// A placeholder in the ARN or ARN pattern of anything.
pub(in crate::check::rules) fn in_arn(text: &str) -> Option<Placeholder> {
    let Some([_, _, service, region, account, resource]) = arns::fields(text) else {
        return in_text(text);
    };
    in_region(region)
        .or_else(|| in_account(account))
        .or_else(|| match resource.split_once('/') {
            Some(("key", id)) if service == "kms" => in_key_id(id),
            _ => None,
        })
        .or_else(|| in_text(text))
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
    found.or_else(other_script).map(Placeholder::Text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_from_values() {
        let account = |text: &str| Some(Placeholder::Account(text.into()));
        let region = |text: &str| Some(Placeholder::Region(text.into()));
        let word = |text: &str| Some(Placeholder::Text(text.into()));
        assert_eq!(in_arn("arn:aws:iam::Dev_Account:user/u"), account("Dev_Account"));
        assert_eq!(in_arn("arn:aws:kms:your-region:111122223333:key/1"), region("your-region"));
        assert_eq!(in_arn("arn:aws:kms:us-east-1:1111222233:key/1"), account("1111222233"));
        assert_eq!(
            in_arn("arn:aws:kms:us-east-1:111122223333:key/SECURITY_CMK"),
            Some(Placeholder::KeyId("SECURITY_CMK".into()))
        );
        assert_eq!(in_arn("arn:aws:iam::111122223333:role/<role name>"), word("<role name>"));
        assert_eq!(in_arn("arn:aws:iam::111122223333:role/YOUR_ROLE"), word("YOUR_ROLE"));
        assert!(in_arn("管理アカウントのARN").is_some());
        for right in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????",
            "arn:aws:secretsmanager:*:1111*:secret:hour-glass",
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:111122223333:key/*",
            "arn:aws:iam::${aws:PrincipalAccount}:role/app/R",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(in_arn(right), None, "{right}");
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
