use thiserror::Error;

use crate::text::{LimitKind, Span};

/// Why a text is not the JSON that we read, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Where; for a text that ends too early, its end.
    pub span: Span,
}

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// Nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// The text ends inside a value.
    #[error("the document ends inside {inside}")]
    UnexpectedEnd {
        /// What was not closed.
        inside: &'static str,
        /// Where that began.
        opened: Span,
    },
    /// `[1,]`
    #[error("trailing comma before `{close}`")]
    TrailingComma {
        /// The bracket behind it.
        close: char,
    },
    /// Two values without a comma between.
    #[error("missing comma before this value")]
    MissingComma,
    /// A key without a colon behind.
    #[error("missing colon after the key")]
    MissingColon,
    /// “ or ” and the like where a quote belongs.
    #[error("typographic quote `{quote}` where JSON needs `\"`")]
    TypographicQuote {
        /// The character found.
        quote: char,
    },
    /// `<br>`: copied from a web page with its markup.
    #[error("markup `{tag}` inside the document")]
    Markup {
        /// The tag, shortened.
        tag: String,
    },
    /// `'a'`
    #[error("single quote where JSON needs `\"`")]
    SingleQuote,
    /// `// …` or `/* … */` or `# …`
    #[error("a comment: JSON has none")]
    Comment,
    /// A word without quotes.
    #[error("`{word}` is neither a value nor in quotes")]
    BareWord {
        /// The word, shortened.
        word: String,
    },
    /// `01`, `1.`, `+1`, …
    #[error("`{text}` is not a JSON number")]
    InvalidNumber {
        /// What was written, shortened.
        text: String,
    },
    /// `\x`
    #[error("`\\{escape}` is not an escape of JSON")]
    InvalidEscape {
        /// The character behind the backslash.
        escape: char,
    },
    /// `\ud800` without its other half, or `\u12`.
    #[error("`\\u` escape that stands for no character")]
    InvalidUnicodeEscape,
    /// A line break or other control character inside a string.
    #[error("control character U+{code:04X} inside a string")]
    ControlCharacter {
        /// Its code point.
        code: u32,
    },
    /// Something behind the document.
    #[error("text after the end of the document")]
    TrailingContent,
    /// Anything else.
    #[error("unexpected character `{character}`")]
    UnexpectedCharacter {
        /// The character.
        character: char,
    },
    /// The same key twice in one object.
    #[error("duplicate key `{key}`")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first.
        first: Span,
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

impl JsonErrorKind {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Empty => "write a JSON document, or remove the file".into(),
            Self::UnexpectedEnd { inside, .. } => {
                format!("the file looks cut off; close {inside} that begins at the second mark")
            }
            Self::TrailingComma { .. } => "remove the comma".into(),
            Self::MissingComma => "put a comma between the two".into(),
            Self::MissingColon => "write `\"key\": value`".into(),
            Self::TypographicQuote { .. } => {
                "a word processor or web page replaced the quotes; write plain `\"` everywhere"
                    .into()
            }
            Self::Markup { .. } => {
                "the text was copied from a web page with its markup; remove every tag".into()
            }
            Self::SingleQuote => "write `\"` around names and strings".into(),
            Self::Comment => "remove the comment; `Sid` or `Id` can carry a remark".into(),
            Self::BareWord { .. } => "put it in quotes, or write true, false or null".into(),
            Self::InvalidNumber { .. } => {
                "write a plain decimal number, or put it in quotes".into()
            }
            Self::InvalidEscape { .. } => "write `\\\\` for a backslash".into(),
            Self::InvalidUnicodeEscape => {
                "write four hexadecimal digits, and a surrogate only as a pair".into()
            }
            Self::ControlCharacter { .. } => {
                "write `\\n`, `\\t` or `\\u00XX`; a string cannot span lines".into()
            }
            Self::TrailingContent => "one file holds one document; remove the rest".into(),
            Self::UnexpectedCharacter { .. } => {
                "expected an object, an array, a string, a number, true, false or null".into()
            }
            Self::DuplicateKey { .. } => {
                "merge the two: readers of JSON keep only one of them, and not all the same one"
                    .into()
            }
            Self::Limit { kind, .. } => kind.help(),
        }
    }

    /// A second place that belongs to the error, and what stands there.
    pub const fn related(&self) -> Option<(Span, &'static str)> {
        match self {
            Self::UnexpectedEnd { opened, .. } => Some((*opened, "begins here")),
            Self::DuplicateKey { first, .. } => Some((*first, "first written here")),
            _ => None,
        }
    }
}

impl JsonError {
    /// The same error where every place is moved to where `place` puts it.
    #[must_use]
    pub fn relocated(mut self, place: &impl Fn(Span) -> Span) -> Self {
        self.span = place(self.span);
        match &mut self.kind {
            JsonErrorKind::UnexpectedEnd { opened: other, .. }
            | JsonErrorKind::DuplicateKey { first: other, .. } => *other = place(*other),
            _ => {}
        }
        self
    }
}
