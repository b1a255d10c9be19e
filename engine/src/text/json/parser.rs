use std::collections::HashMap;

use super::{JsonError, JsonErrorKind, Member, Node, Value};
use crate::text::{LimitKind, Limits, Span, Spanned};

/// Reads one JSON document, the whole of `text`.
///
/// # Errors
/// [`JsonError`] at the first thing that is not JSON, is a duplicate key, or goes past `limits`.
///
/// ```
/// use crosskey_engine::text::{Limits, parse_json};
/// let node = parse_json(r#"{"Version": "2012-10-17"}"#, &Limits::default())?;
/// assert_eq!(node.get("Version").and_then(|v| v.as_str()), Some("2012-10-17"));
/// let error = parse_json("[1, 2,]", &Limits::default()).unwrap_err();
/// assert_eq!(error.to_string(), "trailing comma before `]`");
/// # Ok::<(), crosskey_engine::text::JsonError>(())
/// ```
pub fn parse_json(text: &str, limits: &Limits) -> Result<Node, JsonError> {
    let mut parser = Parser { text, at: 0, depth: 0, nodes: 0, limits };
    parser.skip_space();
    if parser.peek().is_none() {
        return Err(parser.error(JsonErrorKind::Empty));
    }
    let node = parser.value()?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.unexpected(JsonErrorKind::TrailingContent)),
    }
}

/// A string's text, and where the stretches of it begin that stand in the source as they are.
type Stretches = (Box<str>, Vec<(u32, u32)>);

/// Reads `text`, one JSON string with its quotes, and says of each stretch that stands there as it is where it begins:
/// in the string's own text, and in `text`. `None` for anything but a string.
pub(in crate::text) fn string_stretches(text: &str) -> Option<Stretches> {
    // The text around it was read within limits.
    let limits = Limits { string: text.len(), ..Limits::default() };
    let mut parser = Parser { text, at: 0, depth: 0, nodes: 0, limits: &limits };
    if parser.peek() != Some(b'"') {
        return None;
    }
    let mut stretches = Vec::new();
    let read = parser.string_noting(|inside, at| {
        let Span { start, end } = Span::from_offsets(inside, at);
        stretches.push((start, end));
    });
    let read = read.ok()?;
    parser.rest().is_empty().then_some((read, stretches))
}

/// In an object of more members than this a map, not a scan, finds duplicate keys.
const SCAN: usize = 16;
/// How much of a bad word a message shows.
const SHOWN: usize = 24;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: usize,
    limits: &'a Limits,
}

impl<'a> Parser<'a> {
    fn value(&mut self) -> Result<Node, JsonError> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(self.limit(LimitKind::Nodes, self.limits.nodes));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(byte) if byte.is_ascii_alphabetic() => self.word()?,
            _ => {
                let character = self.rest().chars().next().unwrap_or(' ');
                return Err(self.unexpected(JsonErrorKind::UnexpectedCharacter { character }));
            }
        };
        Ok(Node { value, span: Span::from_offsets(start, self.at) })
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth == self.limits.depth {
            return Err(self.limit(LimitKind::Depth, self.limits.depth));
        }
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// Whether one more belongs into an object or array that has so many.
    fn room(&self, taken: usize) -> Result<(), JsonError> {
        match taken < self.limits.members {
            true => Ok(()),
            false => Err(self.limit(LimitKind::Members, self.limits.members)),
        }
    }

    fn array(&mut self) -> Result<Value, JsonError> {
        let opened = self.here(1);
        let mut elements = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.eat(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            self.inside("an array", opened)?;
            self.room(elements.len())?;
            elements.push(self.value()?);
            if self.end_of_item(b']', "an array", opened)? {
                return Ok(Value::Array(elements));
            }
        }
    }

    fn object(&mut self) -> Result<Value, JsonError> {
        let opened = self.here(1);
        let mut members: Vec<Member> = Vec::new();
        let mut index: HashMap<Box<str>, Span> = HashMap::new();
        self.at += 1;
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.inside("an object", opened)?;
            self.room(members.len())?;
            let key = self.key()?;
            let first = if members.len() < SCAN {
                members.iter().find(|m| m.key.value == key.value).map(|m| m.key.span)
            } else {
                if index.is_empty() {
                    index.extend(members.iter().map(|m| (m.key.value.clone(), m.key.span)));
                }
                index.insert(key.value.clone(), key.span)
            };
            if let Some(first) = first {
                let kind = JsonErrorKind::DuplicateKey { key: key.value.into(), first };
                return Err(JsonError { kind, span: key.span });
            }
            self.skip_space();
            self.inside("an object", opened)?;
            if !self.eat(b':') {
                return Err(self.unexpected(JsonErrorKind::MissingColon));
            }
            self.skip_space();
            self.inside("an object", opened)?;
            let value = self.value()?;
            members.push(Member { key, value });
            if self.end_of_item(b'}', "an object", opened)? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn key(&mut self) -> Result<Spanned<Box<str>>, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            let key = self.string()?;
            return Ok(Spanned::new(key, Span::from_offsets(start, self.at)));
        }
        let word = self.shown_word();
        let kind = match self.rest().chars().next() {
            Some(c) if c.is_alphanumeric() || c == '_' => JsonErrorKind::BareWord { word },
            Some(character) => JsonErrorKind::UnexpectedCharacter { character },
            None => JsonErrorKind::Empty,
        };
        Err(self.unexpected(kind))
    }

    /// Behind an element or member: `true` at the closing bracket, `false` behind a comma and its space.
    fn end_of_item(
        &mut self,
        close: u8,
        inside: &'static str,
        opened: Span,
    ) -> Result<bool, JsonError> {
        self.skip_space();
        self.inside(inside, opened)?;
        if self.eat(close) {
            return Ok(true);
        }
        let comma = self.here(1);
        if !self.eat(b',') {
            return Err(self.unexpected(JsonErrorKind::MissingComma));
        }
        self.skip_space();
        if self.peek() == Some(close) {
            let kind = JsonErrorKind::TrailingComma { close: char::from(close) };
            return Err(JsonError { kind, span: comma });
        }
        Ok(false)
    }

    fn string(&mut self) -> Result<Box<str>, JsonError> {
        self.string_noting(|_, _| {})
    }

    /// Reads a string, and says of each stretch that stands in the source as it is where it begins: in what has been
    /// read, and in the source. The last one is empty.
    fn string_noting(&mut self, mut note: impl FnMut(usize, usize)) -> Result<Box<str>, JsonError> {
        let opened = self.here(1);
        self.at += 1;
        let mut out = String::new();
        loop {
            note(out.len(), self.at);
            let rest = self.rest();
            let plain = rest
                .bytes()
                .position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20)
                .unwrap_or(rest.len());
            let run = rest.get(..plain).unwrap_or_default();
            if out.len() + plain > self.limits.string {
                return Err(self.limit(LimitKind::String, self.limits.string));
            }
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    out.push_str(run);
                    note(out.len(), self.at);
                    self.at += 1;
                    return Ok(out.into_boxed_str());
                }
                Some(b'\\') => {
                    out.push_str(run);
                    out.push(self.escape(opened)?);
                    if out.len() > self.limits.string {
                        return Err(self.limit(LimitKind::String, self.limits.string));
                    }
                }
                Some(byte) => {
                    let kind = JsonErrorKind::ControlCharacter { code: u32::from(byte) };
                    return Err(JsonError { kind, span: self.here(1) });
                }
                None => return Err(self.end("a string", opened)),
            }
        }
    }

    fn escape(&mut self, opened: Span) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let Some(escape) = self.rest().chars().next() else {
            return Err(self.end("a string", opened));
        };
        self.at += escape.len_utf8();
        Ok(match escape {
            '"' | '\\' | '/' => escape,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode_escape(start),
            _ => {
                let span = Span::from_offsets(start, self.at);
                return Err(JsonError { kind: JsonErrorKind::InvalidEscape { escape }, span });
            }
        })
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let found = self.hex4().and_then(|high| {
            if !(0xD800..0xDC00).contains(&high) {
                return char::from_u32(high);
            }
            if !(self.eat(b'\\') && self.eat(b'u')) {
                return None;
            }
            let low = self.hex4().filter(|low| (0xDC00..0xE000).contains(low))?;
            char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        });
        found.ok_or_else(|| JsonError {
            kind: JsonErrorKind::InvalidUnicodeEscape,
            span: Span::from_offsets(start, self.at),
        })
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Result<Box<str>, JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if is_number(text) {
            return Ok(text.into());
        }
        let span = Span::from_offsets(start, self.at);
        let text = text.chars().take(SHOWN).collect();
        Err(JsonError { kind: JsonErrorKind::InvalidNumber { text }, span })
    }

    fn word(&mut self) -> Result<Value, JsonError> {
        for (word, value) in
            [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)]
        {
            let follows = self.rest().strip_prefix(word);
            if follows.is_some_and(|f| !f.starts_with(|c: char| c.is_alphanumeric() || c == '_')) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let word = self.shown_word();
        let span = self.here(word.len());
        Err(JsonError { kind: JsonErrorKind::BareWord { word }, span })
    }

    fn shown_word(&self) -> String {
        let is_word = |c: &char| c.is_alphanumeric() || "_-.".contains(*c);
        self.rest().chars().take_while(is_word).take(SHOWN).collect()
    }

    /// The error at this place: `otherwise`, or what people really paste where that is what stands here.
    fn unexpected(&self, otherwise: JsonErrorKind) -> JsonError {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return self.error(otherwise);
        };
        let (kind, length) = match first {
            '\u{2018}'..='\u{201F}' | '\u{00AB}' | '\u{00BB}' | '\u{FF02}' => {
                (JsonErrorKind::TypographicQuote { quote: first }, first.len_utf8())
            }
            '\'' => (JsonErrorKind::SingleQuote, 1),
            '<' => {
                let tag: String = match rest.find('>') {
                    Some(end) if end < SHOWN => rest.get(..=end).unwrap_or("<").to_owned(),
                    _ => "<".to_owned(),
                };
                let length = tag.len();
                (JsonErrorKind::Markup { tag }, length)
            }
            '/' | '#' => (
                JsonErrorKind::Comment,
                rest.lines().next().map_or(1, |line| line.trim_end().len()),
            ),
            _ => (otherwise, first.len_utf8()),
        };
        JsonError { kind, span: self.here(length) }
    }

    fn inside(&self, inside: &'static str, opened: Span) -> Result<(), JsonError> {
        match self.peek() {
            Some(_) => Ok(()),
            None => Err(self.end(inside, opened)),
        }
    }

    fn end(&self, inside: &'static str, opened: Span) -> JsonError {
        self.error(JsonErrorKind::UnexpectedEnd { inside, opened })
    }

    fn limit(&self, kind: LimitKind, limit: usize) -> JsonError {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        JsonError { kind: JsonErrorKind::Limit { kind, limit }, span: self.here(length) }
    }

    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, span: self.here(0) }
    }

    fn here(&self, length: usize) -> Span {
        Span::from_offsets(self.at, self.at + length)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }
}

/// The number grammar of RFC 8259, section 6.
fn is_number(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(text: &str) -> (String, String) {
        let error = parse_json(text, &Limits::default()).unwrap_err();
        let under = text.get(error.span.start as usize..error.span.end as usize).unwrap();
        (error.to_string(), under.to_owned())
    }

    #[test]
    fn errors_name_what_people_paste_and_where() {
        let cases = [
            ("", "the document is empty", ""),
            ("[1, 2,]", "trailing comma before `]`", ","),
            ("{\"a\": 1,\n}", "trailing comma before `}`", ","),
            ("{<br> \"a\": 1}", "markup `<br>` inside the document", "<br>"),
            (
                "{\u{201c}a\u{201d}: 1}",
                "typographic quote `\u{201c}` where JSON needs `\"`",
                "\u{201c}",
            ),
            ("{'a': 1}", "single quote where JSON needs `\"`", "'"),
            ("{\"a\": 1 // why\n}", "a comment: JSON has none", "// why"),
            ("{\"a\": 1 \"b\": 2}", "missing comma before this value", "\""),
            ("{\"a\" 1}", "missing colon after the key", "1"),
            ("{a: 1}", "`a` is neither a value nor in quotes", "a"),
            ("[True]", "`True` is neither a value nor in quotes", "True"),
            ("[01]", "`01` is not a JSON number", "01"),
            ("[\"\\x\"]", "`\\x` is not an escape of JSON", "\\x"),
            ("[\"\\ud800\"]", "`\\u` escape that stands for no character", "\\ud800"),
            ("[\"a\nb\"]", "control character U+000A inside a string", "\n"),
            ("{} {}", "text after the end of the document", "{"),
            ("{\"a\": 1, \"a\": 2}", "duplicate key `a`", "\"a\""),
            ("{\"a\": [1", "the document ends inside an array", ""),
            ("{\"a\": \"b", "the document ends inside a string", ""),
            ("{", "the document ends inside an object", ""),
        ];
        for (text, expected, under) in cases {
            assert_eq!(message(text), (expected.to_owned(), under.to_owned()), "for {text:?}");
        }
    }

    #[test]
    fn duplicates_are_found_in_large_objects_too() {
        let mut members: Vec<String> = (0..40).map(|n| format!("\"k{n}\": {n}")).collect();
        members.push("\"k3\": 0".into());
        let text = format!("{{{}}}", members.join(","));
        assert_eq!(message(&text).0, "duplicate key `k3`");
    }

    #[test]
    fn limits_hold_at_and_past_the_edge() {
        let limits = Limits { depth: 3, nodes: 4, ..Limits::default() };
        assert!(parse_json("[[[1]]]", &limits).is_ok());
        let error = parse_json("[[[[]]]]", &limits).unwrap_err();
        assert_eq!(error.to_string(), "more than 3 levels of nesting");
        assert!(parse_json("[1,2,3]", &limits).is_ok());
        let error = parse_json("[1,2,3,4]", &limits).unwrap_err();
        assert_eq!(error.to_string(), "more than 4 values");
    }

    #[test]
    fn a_limit_is_shown_at_a_whole_character_or_at_the_end() {
        let limits = Limits { string: 2, ..Limits::default() };
        for (text, expected) in
            [("\"\u{e9}\u{e9}\"", "\u{e9}"), ("\"a\\n\u{e9}\"", "\u{e9}"), ("\"a\\n\\n", "")]
        {
            let error = parse_json(text, &limits).unwrap_err();
            assert_eq!(error.to_string(), "more than 2 bytes in one string");
            let under = text.get(error.span.start as usize..error.span.end as usize);
            assert_eq!(under, Some(expected), "for {text:?}");
        }
    }

    #[test]
    fn a_hundred_thousand_levels_end_in_an_error() {
        let deep = "[".repeat(100_000);
        let error = parse_json(&deep, &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "more than 128 levels of nesting");
    }

    fn same(node: &Node, value: &serde_json::Value) -> bool {
        match (&node.value, value) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Value::Number(a), serde_json::Value::Number(b)) => a.parse::<f64>().ok() == b.as_f64(),
            (Value::String(a), serde_json::Value::String(b)) => **a == **b,
            (Value::Array(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Value::Object(a), serde_json::Value::Object(b)) => {
                a.len() == b.len()
                    && a.iter().all(|m| b.get(&*m.key.value).is_some_and(|v| same(&m.value, v)))
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in "[\\[\\]{}:, \\-+.0-9eE\"\\\\utrfalsn\u{e9}\n]{0,24}") {
            let ours = parse_json(&text, &Limits::default());
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match (&ours, &theirs) {
                (Ok(node), Ok(value)) => prop_assert!(same(node, value)),
                (Err(error), Ok(_)) => {
                    let duplicate = matches!(error.kind, JsonErrorKind::DuplicateKey { .. });
                    prop_assert!(duplicate, "{error}");
                }
                // serde_json refuses numbers that do not fit a double; we keep the text.
                (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range")),
                (Err(_), Err(_)) => {}
            }
        }

        #[test]
        fn every_span_covers_its_value(strings in prop::collection::vec(".{0,6}", 0..6)) {
            let text = serde_json::to_string(&strings).unwrap();
            let node = parse_json(&text, &Limits::default()).unwrap();
            for (element, string) in node.elements().unwrap().iter().zip(&strings) {
                let under = text.get(element.span.start as usize..element.span.end as usize).unwrap();
                prop_assert_eq!(&serde_json::from_str::<String>(under).unwrap(), string);
            }
        }
    }
}
