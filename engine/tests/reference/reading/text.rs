//! Texts with wildcards and variables, matched by trying everything.

/// A character of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    Is(char),
    AnyOne,
    AnyRun,
}

/// `*` and `?` are wildcards.
pub(super) fn wild(text: &str) -> Vec<Symbol> {
    text.chars()
        .map(|character| match character {
            '*' => Symbol::AnyRun,
            '?' => Symbol::AnyOne,
            other => Symbol::Is(other),
        })
        .collect()
}

/// Every character stands for itself.
pub(super) fn exact(text: &str) -> Vec<Symbol> {
    text.chars().map(Symbol::Is).collect()
}

pub(super) fn matches(pattern: &[Symbol], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    fits(pattern, &text)
}

fn fits(pattern: &[Symbol], text: &[char]) -> bool {
    match (pattern.first(), text.first()) {
        (None, _) => text.is_empty(),
        (Some(Symbol::AnyRun), _) => {
            (0..=text.len()).any(|taken| fits(&pattern[1..], &text[taken..]))
        }
        (Some(_), None) => false,
        (Some(Symbol::AnyOne), Some(_)) => fits(&pattern[1..], &text[1..]),
        (Some(Symbol::Is(wanted)), Some(found)) => {
            wanted == found && fits(&pattern[1..], &text[1..])
        }
    }
}

/// The six fields of an ARN pattern; the last keeps its colons.
pub(super) fn fields(pattern: &[Symbol]) -> Option<Vec<Vec<Symbol>>> {
    let mut fields: Vec<Vec<Symbol>> = vec![Vec::new()];
    for symbol in pattern {
        if *symbol == Symbol::Is(':') && fields.len() < 6 {
            fields.push(Vec::new());
        } else {
            fields.last_mut().unwrap().push(*symbol);
        }
    }
    (fields.len() == 6).then_some(fields)
}

/// Field by field; `None` where the pattern or the text has too few.
pub(super) fn arn_matches(pattern: &[Symbol], arn: &str) -> Option<bool> {
    let patterns = fields(pattern)?;
    let values: Vec<&str> = arn.splitn(6, ':').collect();
    if values.len() < 6 {
        return None;
    }
    Some(patterns.iter().zip(values).all(|(pattern, value)| matches(pattern, value)))
}

/// What a text with variables stands for: `Ok(None)` where a variable has neither value nor default, an error where its
/// value is not known. Values never become wildcards.
pub(super) fn filled(
    text: &str,
    wildcards: bool,
    value: impl Fn(&str) -> Result<Option<String>, ()>,
) -> Result<Option<Vec<Symbol>>, ()> {
    let read = if wildcards { wild } else { exact };
    let mut symbols = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
        symbols.extend(read(&rest[..start]));
        let inner = &rest[start + 2..end];
        rest = &rest[end + 1..];
        if ["*", "?", "$"].contains(&inner) {
            symbols.extend(exact(inner));
            continue;
        }
        let (key, default) = match inner.split_once(", ") {
            Some((key, default)) => (key, Some(default.trim_matches('\'').to_owned())),
            None => (inner, None),
        };
        match value(key)?.or(default) {
            Some(value) => symbols.extend(exact(&value)),
            None => return Ok(None),
        }
    }
    symbols.extend(read(rest));
    Ok(Some(symbols))
}

/// Whether some text that begins like this matches.
pub(super) fn can_begin(pattern: &[Symbol], start: &str) -> bool {
    let Some(first) = start.chars().next() else { return true };
    let behind = &start[first.len_utf8()..];
    match pattern.first() {
        None => false,
        Some(Symbol::AnyRun) => can_begin(&pattern[1..], start) || can_begin(pattern, behind),
        Some(Symbol::AnyOne) => can_begin(&pattern[1..], behind),
        Some(Symbol::Is(wanted)) => *wanted == first && can_begin(&pattern[1..], behind),
    }
}
