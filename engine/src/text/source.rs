use std::sync::Arc;

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
    /// How many characters begin before each [`STEP`] of bytes, so that the column of a place on a line of megabytes need
    /// not be counted out; empty where bytes are characters.
    characters: Vec<u32>,
}

/// How many bytes are counted out at most.
const STEP: usize = 1024;

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
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for step in text.as_bytes().chunks(STEP) {
                characters.push(before);
                before += begun(step);
            }
            // The end may be where a step would begin.
            characters.push(before);
        }
        Self { name: name.into(), text, line_starts, characters }
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

    /// The line that the byte at `offset` is on, without the line break behind it.
    ///
    /// ```
    /// use crosskey_engine::text::{Source, Span};
    /// let source = Source::new("a.json", "{\r\n}");
    /// assert_eq!(source.line(1), Span::new(0, 1));
    /// assert_eq!(source.line(3), Span::new(3, 4));
    /// ```
    pub fn line(&self, offset: u32) -> Span {
        let next = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(next - 1).copied().unwrap_or_default();
        let end = match self.line_starts.get(next) {
            Some(next) => {
                let line = Span::new(start, next - 1);
                line.end - u32::from(self.slice(line).ends_with('\r'))
            }
            None => u32::try_from(self.text.len()).unwrap_or(u32::MAX),
        };
        Span::new(start, end)
    }

    /// Line and column of the byte at `offset`; the end of the text for an offset behind it.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let end = (offset as usize).min(self.text.len());
        let column = self.characters_before(end) - self.characters_before(start as usize);
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// How many characters begin before the byte at `offset`.
    fn characters_before(&self, offset: usize) -> usize {
        let step = offset / STEP;
        let Some(before) = self.characters.get(step) else { return offset };
        let rest = self.text.as_bytes().get(step * STEP..offset).unwrap_or_default();
        (*before + begun(rest)) as usize
    }
}

/// How many characters begin in these bytes of a text.
fn begun(bytes: &[u8]) -> u32 {
    let begin = bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xBF));
    u32::try_from(begin.count()).unwrap_or(u32::MAX)
}

/// All sources of one run, or of a part of it, so that a [`Location`] can be shown. A clone shares the texts.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Arc<Source>>,
    bytes: usize,
}

impl Sources {
    /// No sources yet.
    pub const fn new() -> Self {
        Self { list: Vec::new(), bytes: 0 }
    }

    /// Keeps `source` and says by which id spans refer to it.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.share(Arc::new(source))
    }

    fn share(&mut self, source: Arc<Source>) -> SourceId {
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.bytes = self.bytes.saturating_add(source.text.len());
        self.list.push(source);
        id
    }

    /// Lets go of the text of a source that nothing points into; its name stays.
    ///
    /// ```
    /// use crosskey_engine::text::{Source, Sources};
    /// let mut sources = Sources::new();
    /// let id = sources.add(Source::new("a.json", "{}"));
    /// sources.forget(id);
    /// assert_eq!((sources.name(id), sources.bytes()), ("a.json", 0));
    /// ```
    pub fn forget(&mut self, id: SourceId) {
        if let Some(source) = self.list.get_mut(id.0 as usize) {
            self.bytes = self.bytes.saturating_sub(source.text.len());
            *source = Arc::new(Source::new(source.name.as_str(), ""));
        }
    }

    /// Bytes of all texts.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps a source of another list, too, and says by which id spans refer to it here; `None` for an id that the other
    /// list has not handed out.
    ///
    /// ```
    /// use crosskey_engine::text::{Source, Sources};
    /// let (mut all, mut part) = (Sources::new(), Sources::new());
    /// let id = part.add(Source::new("a.json", "{}"));
    /// let id = all.adopt(&part, id).ok_or("no such source")?;
    /// assert_eq!(all.name(id), "a.json");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn adopt(&mut self, other: &Self, id: SourceId) -> Option<SourceId> {
        let source = other.list.get(id.0 as usize)?;
        Some(self.share(Arc::clone(source)))
    }

    /// The source behind an id, if it was handed out by this list.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize).map(Arc::as_ref)
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
    fn columns_of_long_lines_are_those_that_are_counted_out() {
        for (text, length) in [("é秘a\u{1F511}", 400), ("aé\n", 1), ("秘\r\na", STEP), ("", 1)]
        {
            for text in [text.repeat(length), text.repeat(length) + "\n"] {
                let source = Source::new("a", text.clone());
                let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
                for at in ends {
                    let before = text.get(..at).unwrap();
                    let start = before.rfind('\n').map_or(0, |at| at + 1);
                    let offset = u32::try_from(at).unwrap();
                    let expected = Position {
                        line: u32::try_from(1 + before.matches('\n').count()).unwrap(),
                        column: u32::try_from(1 + before.get(start..).unwrap().chars().count())
                            .unwrap(),
                    };
                    assert_eq!(source.position(offset), expected, "{at} of {length}");
                    let line = text.get(start..).unwrap().lines().next().unwrap_or_default();
                    let end = u32::try_from(start + line.len()).unwrap();
                    assert_eq!(source.line(offset), Span::from_offsets(start, end as usize));
                }
            }
        }
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
