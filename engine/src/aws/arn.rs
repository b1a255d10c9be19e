use std::{fmt, str::FromStr};

use thiserror::Error;

use super::{AccountId, Pattern, Token};

/// An Amazon Resource Name: `arn:partition:service:region:account:resource`.
///
/// The resource part keeps its own colons and slashes. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
///
/// ```
/// use crosskey_engine::aws::Arn;
/// let arn: Arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3".parse()?;
/// assert_eq!((arn.service(), arn.resource()), ("secretsmanager", "secret:DevSecret-a1B2c3"));
/// # Ok::<(), crosskey_engine::aws::ArnError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    text: Box<str>,
    /// Offsets of the first five colons.
    colons: [usize; 5],
}

/// Text that is not an ARN.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArnError {
    /// Blanks in front or behind.
    #[error("`{text}` has a blank at its {place}")]
    Blank {
        /// What was written.
        text: String,
        /// `start` or `end`.
        place: &'static str,
    },
    /// No `arn:` in front.
    #[error("`{text}` is not an ARN: it does not begin with `arn:`")]
    NoPrefix {
        /// What was written.
        text: String,
    },
    /// Fewer than six fields.
    #[error("`{text}` has {found} of the six fields of an ARN")]
    MissingField {
        /// What was written.
        text: String,
        /// How many fields it has.
        found: usize,
    },
    /// An empty partition, service or resource.
    #[error("`{text}` has no {field}")]
    EmptyField {
        /// What was written.
        text: String,
        /// Which field.
        field: &'static str,
    },
}

impl ArnError {
    /// What the user can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Blank { .. } => "remove the blank: IAM compares every character",
            Self::NoPrefix { .. } | Self::MissingField { .. } | Self::EmptyField { .. } => {
                "write `arn:partition:service:region:account:resource`, empty fields included"
            }
        }
    }
}

impl Arn {
    /// An ARN of these fields; none but the last may hold a colon.
    pub fn new(
        partition: &str,
        service: &str,
        region: &str,
        account: &str,
        resource: &str,
    ) -> Self {
        let text = format!("arn:{partition}:{service}:{region}:{account}:{resource}");
        // Five colons stand in the format, so the split finds them.
        let colons = split(&text).unwrap_or_default();
        Self { text: text.into(), colons }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        self.field(1)
    }

    /// The service prefix, such as `kms`.
    pub fn service(&self) -> &str {
        self.field(2)
    }

    /// The Region; empty for global services.
    pub fn region(&self) -> &str {
        self.field(3)
    }

    /// The text of the account field.
    pub fn account_field(&self) -> &str {
        self.field(4)
    }

    /// The account, where the field holds one.
    pub fn account(&self) -> Option<AccountId> {
        self.account_field().parse().ok()
    }

    /// What follows the fifth colon.
    pub fn resource(&self) -> &str {
        self.field(5)
    }

    /// The same ARN with another resource part.
    pub fn with_resource(&self, resource: &str) -> Self {
        Self::new(self.partition(), self.service(), self.region(), self.account_field(), resource)
    }

    /// What stands in front of the resource, without the colon.
    fn front(&self) -> &str {
        let [.., last] = self.colons;
        self.text.get(..last).unwrap_or_default()
    }

    fn field(&self, index: usize) -> &str {
        let start = match index.checked_sub(1) {
            Some(before) => self.colons.get(before).map_or(0, |colon| colon + 1),
            None => 0,
        };
        let end = self.colons.get(index).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default()
    }

    /// The six fields, `arn` first.
    pub fn fields(&self) -> [&str; 6] {
        [0, 1, 2, 3, 4, 5].map(|index| self.field(index))
    }
}

fn split(text: &str) -> Option<[usize; 5]> {
    let mut colons = [0; 5];
    let mut found = text.match_indices(':').map(|(offset, _)| offset);
    for colon in &mut colons {
        *colon = found.next()?;
    }
    Some(colons)
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let owned = || text.to_owned();
        if text.starts_with(char::is_whitespace) {
            return Err(ArnError::Blank { text: owned(), place: "start" });
        }
        if text.ends_with(char::is_whitespace) {
            return Err(ArnError::Blank { text: owned(), place: "end" });
        }
        if !text.starts_with("arn:") {
            return Err(ArnError::NoPrefix { text: owned() });
        }
        let Some(colons) = split(text) else {
            let found = text.split(':').count();
            return Err(ArnError::MissingField { text: owned(), found });
        };
        let arn = Self { text: text.into(), colons };
        for (field, value) in [
            ("partition", arn.partition()),
            ("service", arn.service()),
            ("resource", arn.resource()),
        ] {
            if value.is_empty() {
                return Err(ArnError::EmptyField { text: owned(), field });
            }
        }
        Ok(arn)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A pattern for ARNs: six patterns, matched field by field, so that a `*` does not run over a colon except in
/// the resource part. `ArnEquals` and `ArnLike` compare like this, and so do `Resource` elements.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
///
/// ```
/// use crosskey_engine::aws::{Arn, ArnPattern};
/// let arn: Arn = "arn:aws:iam::111122223333:role/app/Reader".parse()?;
/// assert!(ArnPattern::new("arn:aws:iam::*:role/*").is_some_and(|p| p.matches(&arn)));
/// assert!(ArnPattern::new("arn:aws:*:role/*").is_none());
/// # Ok::<(), crosskey_engine::aws::ArnError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArnPattern {
    fields: Box<[Pattern; 6]>,
    /// The text of the five fields in front of the resource, where none has a wildcard.
    front: Option<Box<str>>,
}

impl ArnPattern {
    /// Reads `*` and `?` as wildcards inside each field; `None` for fewer than six fields.
    pub fn new(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':').map(Pattern::new);
        let mut next = || parts.next();
        Some(Self::of([next()?, next()?, next()?, next()?, next()?, next()?]))
    }

    fn of(fields: [Pattern; 6]) -> Self {
        let [front @ .., _] = &fields;
        let literals: Option<Vec<&str>> = front.iter().map(Pattern::as_literal).collect();
        let front = literals.map(|literals| literals.join(":").into());
        Self { fields: Box::new(fields), front }
    }

    /// The six fields from tokens; the first five colons among the literals divide them.
    pub fn from_tokens(tokens: &[Token]) -> Option<Self> {
        let mut parts = tokens.splitn(6, |token| *token == Token::Literal(':'));
        let mut next = || parts.next().map(|part| Pattern::from_tokens(part.iter().copied()));
        Some(Self::of([next()?, next()?, next()?, next()?, next()?, next()?]))
    }

    /// Whether all six fields match.
    pub fn matches(&self, arn: &Arn) -> bool {
        // The resource part is where patterns of one policy differ.
        let [front @ .., resource] = &*self.fields;
        if !resource.matches(arn.resource()) {
            return false;
        }
        match &self.front {
            Some(literal) => **literal == *arn.front(),
            None => front.iter().enumerate().all(|(at, pattern)| pattern.matches(arn.field(at))),
        }
    }

    /// Whether `text` has six fields and all match; text that is no ARN matches nothing.
    pub fn matches_str(&self, text: &str) -> bool {
        let mut parts = text.splitn(6, ':');
        self.fields.iter().all(|pattern| parts.next().is_some_and(|part| pattern.matches(part)))
    }

    /// What every ARN that matches begins with.
    pub fn head(&self) -> String {
        let mut head = String::new();
        for (number, field) in self.fields.iter().enumerate() {
            if number > 0 {
                head.push(':');
            }
            head.push_str(field.head());
            if field.as_literal().is_none() {
                break;
            }
        }
        head
    }

    /// The patterns of the six fields, `arn` first.
    pub fn fields(&self) -> &[Pattern; 6] {
        &self.fields
    }

    /// The pattern of the resource part.
    pub fn resource(&self) -> &Pattern {
        let [.., resource] = &*self.fields;
        resource
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_is_missing() {
        let message = |text: &str| text.parse::<Arn>().unwrap_err().to_string();
        assert_eq!(message(" arn:aws:x:::y"), "` arn:aws:x:::y` has a blank at its start");
        assert_eq!(
            message("DevSecret"),
            "`DevSecret` is not an ARN: it does not begin with `arn:`"
        );
        assert_eq!(message("arn:aws:s3"), "`arn:aws:s3` has 3 of the six fields of an ARN");
        assert_eq!(message("arn:aws:kms:r:1:"), "`arn:aws:kms:r:1:` has no resource");
    }

    #[test]
    fn fields_are_where_they_belong() {
        let arn = Arn::new("aws", "iam", "", "111122223333", "role/a:b");
        assert_eq!(arn.fields(), ["arn", "aws", "iam", "", "111122223333", "role/a:b"]);
        assert_eq!(arn, arn.as_str().parse().unwrap());
    }

    #[test]
    fn a_star_stays_inside_its_field() {
        let arn: Arn = "arn:aws:kms:us-east-1:111122223333:key/1".parse().unwrap();
        let matches = |pattern: &str| ArnPattern::new(pattern).is_some_and(|p| p.matches(&arn));
        assert!(matches("arn:*:*:*:*:*"));
        assert!(matches("arn:aws:kms:us-????-1:111122223333:key/*"));
        assert!(!matches("arn:aws:*:key/1"));
        assert!(!matches("arn:aws:kms:*:111122223334:key/1"));
    }
}
