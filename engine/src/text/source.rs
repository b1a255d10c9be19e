use thiserror::Error;

use super::{LimitKind, Limits, Location, Span};

/// Which source a span counts in; handed out by [`Sources::add`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A place for people: line and column, both from 1; the column counts characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// The text of one file or inline document, with the name that messages use for it.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<u32>,
    /// Then bytes are characters, and a column need not be counted out.
    is_ascii: bool,
}

/// Why bytes cannot become a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SourceError {
    /// The bytes are not UTF-8.
    #[error("not UTF-8 text: the byte at offset {offset} starts no character")]
    NotUtf8 {
        /// Offset of the first bad byte.
        offset: usize,
        /// The byte-order mark of another encoding, where there is one.
        encoding: Option<&'static str>,
        /// Line of that byte, from 1.
        line: u32,
        /// Column of that byte, from 1, in characters.
        column: u32,
    },
    /// More bytes than [`Limits::bytes`].
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in force.
        limit: usize,
    },
}

impl SourceError {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NotUtf8 { encoding: Some(name), .. } => {
                format!("the file begins with the byte-order mark of {name}; save it as UTF-8")
            }
            Self::NotUtf8 { .. } => "save the file as UTF-8".to_owned(),
            Self::TooLarge { .. } => LimitKind::Bytes.help(),
        }
    }
}

impl Source {
    /// A source from the bytes of a file. A UTF-8 byte-order mark is accepted and dropped.
    ///
    /// # Errors
    /// [`SourceError`] where the bytes are not UTF-8 or more than `limits` allow.
    ///
    /// ```
    /// use crosskey_engine::text::{Limits, Source};
    /// let source = Source::from_bytes("a.json", b"\xEF\xBB\xBF{}".to_vec(), &Limits::default())?;
    /// assert_eq!(source.text(), "{}");
    /// # Ok::<(), crosskey_engine::text::SourceError>(())
    /// ```
    pub fn from_bytes(
        name: impl Into<String>,
        bytes: Vec<u8>,
        limits: &Limits,
    ) -> Result<Self, SourceError> {
        if bytes.len() > limits.bytes.min(u32::MAX as usize) {
            return Err(SourceError::TooLarge { limit: limits.bytes });
        }
        let encoding = match bytes.as_slice() {
            [0xFF, 0xFE, ..] => Some("UTF-16 (little endian)"),
            [0xFE, 0xFF, ..] => Some("UTF-16 (big endian)"),
            _ => None,
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            let good = error.as_bytes().get(..offset).unwrap_or_default();
            let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
            let tail = good.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
            let column = 1 + String::from_utf8_lossy(tail).chars().count();
            SourceError::NotUtf8 {
                offset,
                encoding,
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: u32::try_from(column).unwrap_or(u32::MAX),
            }
        })?;
        let text = match text.strip_prefix('\u{FEFF}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        Ok(Self::new(name, text))
    }

    /// A source from text that is already in memory.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(offset, _)| u32::try_from(offset + 1).unwrap_or(u32::MAX)))
            .collect();
        let is_ascii = text.is_ascii();
        Self { name: name.into(), text, line_starts, is_ascii }
    }

    /// The name that messages use, usually a path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text under `span`; empty where the span lies outside or cuts a character.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Line and column of the byte at `offset`; the end of the text for an offset behind it.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let end = (offset as usize).min(self.text.len());
        let column = match self.text.get(start as usize..end) {
            Some(part) if self.is_ascii => part.len(),
            Some(part) => part.chars().count(),
            None => 0,
        };
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }
}

/// All sources of one run, so that a [`Location`] can be shown.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// No sources yet.
    pub const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Keeps `source` and says by which id spans refer to it.
    pub fn add(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(source);
        id
    }

    /// The source behind an id, if it was handed out by this list.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    /// The name of a source; empty for an id of another list.
    pub fn name(&self, id: SourceId) -> &str {
        self.get(id).map_or("", Source::name)
    }

    /// The text that a location covers.
    pub fn slice(&self, location: Location) -> &str {
        self.get(location.source).map_or("", |source| source.slice(location.span))
    }

    /// First and last position of a location, both from 1, the last one behind the last character.
    pub fn positions(&self, location: Location) -> Option<(Position, Position)> {
        let source = self.get(location.source)?;
        Some((source.position(location.span.start), source.position(location.span.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a", "{\n  \"é\": 1\n}");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        // `1` stands behind a two-byte character.
        let offset = u32::try_from(source.text().find('1').unwrap()).unwrap();
        assert_eq!(source.position(offset), Position { line: 2, column: 8 });
        assert_eq!(source.position(9999), Position { line: 3, column: 2 });
    }

    #[test]
    fn other_encodings_are_named() {
        let error = Source::from_bytes("a", vec![0xFF, 0xFE, b'{', 0], &Limits::default());
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), "not UTF-8 text: the byte at offset 0 starts no character");
        assert!(error.help().contains("UTF-16 (little endian)"));
        let error = Source::from_bytes("a", b"{\n\"a\": \"\xE9\"}".to_vec(), &Limits::default());
        assert!(matches!(error, Err(SourceError::NotUtf8 { offset: 8, line: 2, column: 7, .. })));
    }

    #[test]
    fn the_limit_is_inclusive() {
        let limits = Limits { bytes: 2, ..Limits::default() };
        assert!(Source::from_bytes("a", b"{}".to_vec(), &limits).is_ok());
        assert_eq!(
            Source::from_bytes("a", b"{ }".to_vec(), &limits).unwrap_err(),
            SourceError::TooLarge { limit: 2 }
        );
    }
}
