use super::{JsonError, Limits, Node, Span, json::string_stretches, parse_json};

/// A text that stands inside a JSON string, such as a policy in a Terraform plan, and where each part of it stands in
/// the file around it.
///
/// ```
/// use crosskey_engine::text::{Embedded, Limits, Span};
/// let file = r#"{"Policy": "{\"a\": 1}"}"#;
/// let text = Embedded::of_string(file, Span::new(11, 23)).ok_or("no string")?;
/// assert_eq!(text.as_str(), r#"{"a": 1}"#);
/// let node = text.parse(&Limits::default())?;
/// let one = node.get("a").ok_or("no a")?;
/// assert_eq!(file.get(one.span.start as usize..one.span.end as usize), Some("1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    text: Box<str>,
    /// Where stretches begin that stand in the file as they are: in the text, and in the file. The last is empty.
    stretches: Vec<(u32, u32)>,
}

impl Embedded {
    /// The text of the JSON string that stands at `span` of `file`, quotes included; `None` where none does.
    pub fn of_string(file: &str, span: Span) -> Option<Self> {
        let written = file.get(span.start as usize..span.end as usize)?;
        let (text, mut stretches) = string_stretches(written)?;
        for (_, place) in &mut stretches {
            *place += span.start;
        }
        Some(Self { text, stretches })
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text with its percent escapes resolved, as IAM's API encodes policies (RFC 3986); `None` where an escape
    /// is broken or what comes out is no text.
    #[must_use]
    pub fn percent_decoded(&self) -> Option<Self> {
        let mut bytes = Vec::with_capacity(self.text.len());
        let mut stretches = Vec::new();
        let mut rest = self.text.bytes().enumerate();
        let mut follows = false;
        while let Some((at, byte)) = rest.next() {
            let escaped = byte == b'%';
            if escaped || !follows {
                let Span { start, end } = Span::from_offsets(bytes.len(), at);
                stretches.push((start, self.offset(end)));
            } else if let Some(place) = self.stretch_at(at) {
                // A stretch of the file ends inside one of ours.
                stretches.push((Span::from_offsets(0, bytes.len()).end, place));
            }
            follows = !escaped;
            if escaped {
                let mut digit = || char::from(rest.next()?.1).to_digit(16);
                let value = digit()? * 16 + digit()?;
                bytes.push(u8::try_from(value).ok()?);
            } else {
                bytes.push(byte);
            }
        }
        let Span { start, end } = Span::from_offsets(bytes.len(), self.text.len());
        stretches.push((start, self.offset(end)));
        Some(Self { text: String::from_utf8(bytes).ok()?.into(), stretches })
    }

    /// Where a part of the text stands in the file.
    pub fn place(&self, span: Span) -> Span {
        Span::new(self.offset(span.start), self.offset(span.end))
    }

    /// Reads the text as JSON; every place in it, and in what is wrong with it, is one of the file.
    ///
    /// # Errors
    /// [`JsonError`] as [`parse_json`] has it.
    pub fn parse(&self, limits: &Limits) -> Result<Node, JsonError> {
        let place = |span| self.place(span);
        match parse_json(&self.text, limits) {
            Ok(mut node) => {
                node.relocate(&place);
                Ok(node)
            }
            Err(error) => Err(error.relocated(&place)),
        }
    }

    /// The place of the stretch that begins exactly there.
    fn stretch_at(&self, inside: usize) -> Option<u32> {
        let found = self.stretches.binary_search_by_key(&inside, |(start, _)| *start as usize);
        self.stretches.get(found.ok()?).map(|(_, place)| *place)
    }

    fn offset(&self, inside: u32) -> u32 {
        let number = self.stretches.partition_point(|(start, _)| *start <= inside);
        let last = number.checked_sub(1).and_then(|number| self.stretches.get(number));
        let (start, place) = last.copied().unwrap_or_default();
        let here = place + (inside - start);
        // Inside an escape there is no place of its own.
        self.stretches.get(number).map_or(here, |(_, next)| here.min(*next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of the only string in a file, with the part of the file that each character stands for.
    fn parts(embedded: &Embedded, file: &str) -> Vec<(char, String)> {
        let text = embedded.as_str();
        text.char_indices()
            .map(|(at, character)| {
                let span = Span::from_offsets(at, at + character.len_utf8());
                let place = embedded.place(span);
                let part = file.get(place.start as usize..place.end as usize).unwrap();
                (character, part.to_owned())
            })
            .collect()
    }

    fn of(file: &str) -> Embedded {
        Embedded::of_string(file, Span::from_offsets(0, file.len())).unwrap()
    }

    fn texts(list: &[(char, String)]) -> Vec<(char, &str)> {
        list.iter().map(|(character, part)| (*character, part.as_str())).collect()
    }

    #[test]
    fn escapes_keep_their_places() {
        let file = r#""a\n\u00e9\ud83d\ude00é\"z""#;
        let embedded = of(file);
        assert_eq!(embedded.as_str(), "a\né😀é\"z");
        assert_eq!(
            texts(&parts(&embedded, file)),
            [
                ('a', "a"),
                ('\n', r"\n"),
                ('é', r"\u00e9"),
                ('😀', r"\ud83d\ude00"),
                ('é', "é"),
                ('"', r#"\""#),
                ('z', "z")
            ]
        );
    }

    #[test]
    fn percent_escapes_keep_their_places() {
        let file = r#""x%7B\u0025C3%A9\/y%20\nz""#;
        let decoded = of(file).percent_decoded().unwrap();
        assert_eq!(decoded.as_str(), "x{é/y \nz");
        assert_eq!(
            texts(&parts(&decoded, file)),
            [
                ('x', "x"),
                ('{', "%7B"),
                ('é', r"\u0025C3%A9"),
                ('/', r"\/"),
                ('y', "y"),
                (' ', "%20"),
                ('\n', r"\n"),
                ('z', "z")
            ]
        );
        for broken in [r#""%7""#, r#""%zz""#, r#""%FF""#] {
            assert_eq!(of(broken).percent_decoded(), None, "{broken}");
        }
    }

    #[test]
    fn errors_point_into_the_file() {
        let file = r#"{"p": "{\"a\": 1, \"a\": 2}"}"#;
        let embedded = Embedded::of_string(file, Span::from_offsets(6, file.len() - 1)).unwrap();
        let error = embedded.parse(&Limits::default()).unwrap_err();
        let text = |span: Span| file.get(span.start as usize..span.end as usize).unwrap();
        assert_eq!(text(error.span), r#"\"a\""#);
        let (first, _) = error.kind.related().unwrap();
        assert_eq!((text(first), first.start), (r#"\"a\""#, 8));
        assert_eq!(Embedded::of_string(file, Span::new(0, 4)), None);
    }
}
