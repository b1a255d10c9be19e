use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// What stands between two elements: not in JSON, where it is escaped.
const END: char = '\0';
/// By how much an element stands further in than the list.
const INDENT: &str = "  ";

/// A list in a JSON document that is written element by element, long before the document is complete. Of an element
/// its text alone is kept.
#[derive(Debug)]
pub(super) struct List {
    /// How deep its elements stand in the document.
    depth: usize,
    text: String,
}

impl List {
    /// An empty list that stands so deep in the document.
    pub(super) const fn new(depth: usize) -> Self {
        Self { depth: depth + 1, text: String::new() }
    }

    /// Adds an element.
    pub(super) fn push(&mut self, element: &impl Serialize) -> Result<(), serde_json::Error> {
        let text = serde_json::to_string_pretty(element)?;
        // A line break in JSON is never within a string.
        let mut lines = text.split('\n');
        self.text.extend(lines.next());
        for line in lines {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(INDENT, self.depth));
            self.text.push_str(line);
        }
        self.text.push(END);
        Ok(())
    }

    /// Adds the elements of a list that stands as deep.
    pub(super) fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
    }
}

impl Serialize for List {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let elements: Result<Vec<&RawValue>, _> =
            self.text.split_terminator(END).map(serde_json::from_str).collect();
        serializer.collect_seq(elements.map_err(S::Error::custom)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_looks_as_if_it_had_been_written_at_once() {
        let elements = [json!({"a": ["\n\0", {}], "b": []}), json!(7), json!({"c": {"d": 1.5}})];
        for count in 0..=elements.len() {
            let elements = elements.get(..count).unwrap();
            let mut list = List::new(2);
            for element in elements {
                list.push(element).unwrap();
            }
            #[derive(Serialize)]
            struct Inner<T> {
                y: T,
            }
            #[derive(Serialize)]
            struct Outer<T> {
                x: Inner<T>,
            }
            let at_once = Outer { x: Inner { y: elements } };
            let in_parts = Outer { x: Inner { y: list } };
            assert_eq!(
                serde_json::to_string_pretty(&in_parts).unwrap(),
                serde_json::to_string_pretty(&at_once).unwrap()
            );
        }
    }
}
