use thiserror::Error;

use crate::text::{LimitKind, Span};

/// Why a text is not the YAML that we read, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct YamlError {
    /// What is wrong.
    pub kind: YamlErrorKind,
    /// Where.
    pub span: Span,
}

/// What is wrong with a YAML text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum YamlErrorKind {
    /// Nothing but white space and comments.
    #[error("the document is empty")]
    Empty,
    /// The rules of YAML are broken.
    #[error("not YAML: {reason}")]
    Syntax {
        /// In the parser's words.
        reason: String,
    },
    /// A tab where blanks must indent.
    #[error("not YAML: a tab where blanks must indent")]
    Tab,
    /// A character that a text file does not hold.
    #[error("control character U+{code:04X}")]
    ControlCharacter {
        /// Its code point.
        code: u32,
    },
    /// `---` a second time.
    #[error("a second document in one file")]
    SecondDocument,
    /// The same key twice in one mapping.
    #[error("duplicate key `{key}`")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first.
        first: Span,
    },
    /// `? [a, b]`
    #[error("a key that is no text")]
    KeyNotText,
    /// `*name` without an `&name` before it, or inside what it names.
    #[error("`{name}` refers to nothing that stands complete before it")]
    UnknownAlias {
        /// The name, with its star.
        name: String,
    },
    /// `<<:` with something else than mappings.
    #[error("`<<` merges mappings, and this is none")]
    Merge,
    /// A tag that nobody told us of.
    #[error("the tag `{tag}` is not known here")]
    UnknownTag {
        /// The tag.
        tag: String,
    },
    /// Aliases that multiply.
    #[error("aliases stand for more than {limit} values")]
    Aliases {
        /// The most.
        limit: usize,
    },
    /// A limit of ours.
    #[error("more than {limit} {kind}")]
    Limit {
        /// Which limit.
        kind: LimitKind,
        /// Its value.
        limit: usize,
    },
}

impl YamlErrorKind {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Empty => "write a YAML document, or remove the file".into(),
            Self::Syntax { .. } => {
                "look at the indentation, and put text with `: `, ` #`, `{`, `[`, `*` or `&` in quotes"
                    .into()
            }
            Self::Tab => "indent with blanks".into(),
            Self::ControlCharacter { .. } => {
                "remove it, or write it as an escape in double quotes".into()
            }
            Self::SecondDocument => "one file holds one template; move the rest to another".into(),
            Self::DuplicateKey { .. } => {
                "merge the two: readers of YAML keep only one of them, and not all the same one"
                    .into()
            }
            Self::KeyNotText => "write a plain name before the colon".into(),
            Self::UnknownAlias { .. } => {
                "name it before with `&`, or put text that begins with a star in quotes".into()
            }
            Self::Merge => "write a mapping, an alias of one, or a list of these".into(),
            Self::UnknownTag { .. } => {
                "write one of CloudFormation's functions, such as `!Sub`, or put the text in quotes"
                    .into()
            }
            Self::Limit { kind, .. } => kind.help(),
            Self::Aliases { .. } => {
                "no template is built like this; look at how it was made".into()
            }
        }
    }

    /// A second place that belongs to the error, and what stands there.
    pub const fn related(&self) -> Option<(Span, &'static str)> {
        match self {
            Self::DuplicateKey { first, .. } => Some((*first, "first written here")),
            _ => None,
        }
    }
}
