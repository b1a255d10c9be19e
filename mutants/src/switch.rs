//! Puts changes into a source, each behind a switch: what stood there runs unless the change is on.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, BinOp, Expr, ExprBinary, ExprMatch, ExprUnary};

use crate::list::{Change, Genre, Position};

/// The function that tells whether a change is on; it is added to the engine.
pub const ON: &str = "crate::mutants::on";

/// A source with switches.
pub struct Switched {
    pub text: String,
    /// Which bytes of the text each change wrote, and which it is about.
    pub places: Vec<Place>,
}

pub struct Place {
    pub change: usize,
    pub written: Range<usize>,
    pub about: Range<usize>,
}

/// Puts the changes of one file, with their numbers, into its source.
pub fn all(source: &str, changes: &[(usize, &Change)]) -> Result<Switched> {
    let file = syn::parse_file(source).context("the source does not parse")?;
    let mut switches =
        Switches { source, lines: lines(source), at: HashMap::new(), edits: Vec::new() };
    for &(number, change) in changes {
        let start = switches.offset(change.span.start);
        if change.genre == Genre::FnValue {
            let end = switches.offset(change.span.end);
            let text = format!("if {ON}({number}) {{ return {}; }} ", change.replacement);
            switches.insert(number, start..end, text, String::new());
        } else {
            switches
                .at
                .entry((start, kind(change.genre)))
                .or_default()
                .push((number, change.replacement.clone()));
        }
    }
    switches.visit_file(&file);
    Ok(write(source, switches.edits))
}

/// Changes are found by where they start, and match arms start where their patterns may have operators.
fn kind(genre: Genre) -> u8 {
    match genre {
        Genre::MatchArm => 0,
        Genre::MatchArmGuard => 1,
        _ => 2,
    }
}

/// A text before and one after a part of the source.
struct Edit {
    change: usize,
    range: Range<usize>,
    before: String,
    after: String,
}

struct Switches<'a> {
    source: &'a str,
    lines: Vec<usize>,
    at: HashMap<(usize, u8), Vec<(usize, String)>>,
    edits: Vec<Edit>,
}

impl Switches<'_> {
    fn offset(&self, position: Position) -> usize {
        let line = self.lines[position.line - 1];
        let rest = &self.source[line..];
        line + rest.char_indices().nth(position.column - 1).map_or(rest.len(), |(at, _)| at)
    }

    fn range(&self, node: &impl Spanned) -> Range<usize> {
        let span = node.span();
        let place = |at: proc_macro2::LineColumn| {
            self.offset(Position { line: at.line, column: at.column + 1 })
        };
        place(span.start())..place(span.end())
    }

    fn changes(&self, start: usize, genre: Genre) -> Vec<(usize, String)> {
        self.at.get(&(start, kind(genre))).cloned().unwrap_or_default()
    }

    fn insert(&mut self, change: usize, range: Range<usize>, before: String, after: String) {
        self.edits.push(Edit { change, range, before, after });
    }

    /// The whole expression twice, once with another operator.
    fn operator(&mut self, whole: Range<usize>, operator: Range<usize>) {
        for (number, replacement) in self.changes(operator.start, Genre::BinaryOperator) {
            let left = &self.source[whole.start..operator.start];
            let right = &self.source[operator.end..whole.end];
            let before = format!("(if {ON}({number}) {{ {left}{replacement}{right} }} else {{ ");
            self.insert(number, whole.clone(), before, " })".to_owned());
        }
    }
}

impl<'ast> Visit<'ast> for Switches<'_> {
    fn visit_expr_binary(&mut self, node: &'ast ExprBinary) {
        // A pattern in `if let … && …` binds names for what follows, which an expression of its own would not; another
        // operator there does not compile.
        let chained = matches!(node.op, BinOp::And(_) | BinOp::Or(_))
            && (lets(&node.left) || lets(&node.right));
        if !chained {
            self.operator(self.range(node), self.range(&node.op));
        }
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast ExprUnary) {
        self.operator(self.range(node), self.range(&node.op));
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_match(&mut self, node: &'ast ExprMatch) {
        // Where an arm cannot be left out, rustc says so of the whole.
        for arm in &node.arms {
            for (number, _) in self.changes(self.range(arm).start, Genre::MatchArm) {
                self.insert(number, self.range(node), String::new(), String::new());
            }
        }
        visit::visit_expr_match(self, node);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        let start = self.range(arm).start;
        for (number, _) in self.changes(start, Genre::MatchArm) {
            // The arm of another guard, that never lets it be taken.
            let (at, after) = match &arm.guard {
                Some((_, guard)) => (self.range(guard).start, " && "),
                None => (self.range(&arm.pat).end, ""),
            };
            let keyword = if arm.guard.is_none() { " if " } else { "" };
            self.insert(number, at..at, format!("{keyword}!{ON}({number}){after}"), String::new());
        }
        if let Some((_, guard)) = &arm.guard {
            let range = self.range(guard);
            for (number, replacement) in self.changes(range.start, Genre::MatchArmGuard) {
                let before = format!("(if {ON}({number}) {{ {replacement} }} else {{ ");
                self.insert(number, range.clone(), before, " })".to_owned());
            }
        }
        visit::visit_arm(self, arm);
    }
}

fn lets(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => lets(&binary.left) || lets(&binary.right),
        _ => false,
    }
}

/// Where each line starts.
fn lines(source: &str) -> Vec<usize> {
    std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// What encloses is written around what is enclosed.
fn write(source: &str, mut edits: Vec<Edit>) -> Switched {
    edits.sort_by_key(|edit| {
        (edit.range.start, !edit.range.is_empty(), std::cmp::Reverse(edit.range.end))
    });
    let mut text = String::with_capacity(source.len() * 2);
    let mut places: Vec<Place> = Vec::new();
    let mut open: Vec<(usize, &Edit)> = Vec::new();
    let mut done = 0;
    let close = |open: &mut Vec<(usize, &Edit)>,
                 text: &mut String,
                 places: &mut Vec<Place>,
                 done: &mut usize,
                 to| {
        while let Some((place, edit)) = open.pop_if(|(_, edit)| edit.range.end <= to) {
            text.push_str(&source[*done..edit.range.end]);
            *done = edit.range.end;
            text.push_str(&edit.after);
            places[place].about.end = text.len();
        }
    };
    for edit in &edits {
        close(&mut open, &mut text, &mut places, &mut done, edit.range.start);
        text.push_str(&source[done..edit.range.start]);
        done = edit.range.start;
        let start = text.len();
        text.push_str(&edit.before);
        places.push(Place {
            change: edit.change,
            written: start..text.len(),
            about: start..text.len(),
        });
        open.push((places.len() - 1, edit));
    }
    close(&mut open, &mut text, &mut places, &mut done, source.len());
    text.push_str(&source[done..]);
    Switched { text, places }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Span;

    /// A change where `what` stands for the first time.
    fn change(source: &str, genre: Genre, what: &str, replacement: &str) -> Change {
        let place = |at: usize| {
            let line = source[..at].matches('\n').count() + 1;
            let start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
            Position { line, column: source[start..at].chars().count() + 1 }
        };
        let at = source.find(what).unwrap();
        let span = Span { start: place(at), end: place(at + what.len()) };
        Change {
            name: String::new(),
            file: String::new(),
            genre,
            span,
            replacement: replacement.to_owned(),
        }
    }

    fn switched(source: &str, changes: &[(Genre, &str, &str)]) -> Switched {
        let changes: Vec<_> =
            changes.iter().map(|&(genre, what, by)| change(source, genre, what, by)).collect();
        let numbered: Vec<_> = changes.iter().enumerate().collect();
        all(source, &numbered).unwrap()
    }

    #[test]
    fn what_stood_there_runs_unless_the_change_is_on() {
        let source = "fn f(a: u8) -> bool {\n    !g(\"ä\") && a < 3\n}\n";
        let changes = [
            (Genre::FnValue, "!g(\"ä\") && a < 3", "true"),
            (Genre::UnaryOperator, "!", ""),
            (Genre::BinaryOperator, "&&", "||"),
            (Genre::BinaryOperator, "<", "=="),
            (Genre::BinaryOperator, "<", "<="),
        ];
        let switched = switched(source, &changes);
        let expected = "fn f(a: u8) -> bool {\n    if crate::mutants::on(0) { return true; } \
            (if crate::mutants::on(2) { !g(\"ä\") || a < 3 } else { \
            (if crate::mutants::on(1) { g(\"ä\") } else { !g(\"ä\") }) && \
            (if crate::mutants::on(3) { a == 3 } else { \
            (if crate::mutants::on(4) { a <= 3 } else { a < 3 }) }) })\n}\n";
        assert_eq!(switched.text, expected);
        let written = |number| {
            let place = switched.places.iter().find(|place| place.change == number).unwrap();
            (&switched.text[place.written.clone()], &switched.text[place.about.clone()])
        };
        assert_eq!(written(0).0, "if crate::mutants::on(0) { return true; } ");
        let (before, whole) = written(1);
        assert_eq!(before, "(if crate::mutants::on(1) { g(\"ä\") } else { ");
        assert_eq!(whole, "(if crate::mutants::on(1) { g(\"ä\") } else { !g(\"ä\") })");
    }

    #[test]
    fn an_arm_is_left_out_by_a_guard() {
        let source = "fn f(a: u8) { match a { 1 => 2, n if n > 7 => 3, _ => 4 } }";
        let changes = [
            (Genre::MatchArm, "1 => 2", ""),
            (Genre::MatchArm, "n if", ""),
            (Genre::MatchArmGuard, "n > 7", "true"),
        ];
        let switched = switched(source, &changes);
        let expected = "fn f(a: u8) { match a { 1 if !crate::mutants::on(0) => 2, \
            n if !crate::mutants::on(1) && (if crate::mutants::on(2) { true } else { n > 7 }) => 3, _ => 4 } }";
        assert_eq!(switched.text, expected);
        // An error of the whole match is that of an arm.
        let whole = &switched.places.iter().find(|place| place.change == 1).unwrap().about;
        assert!(switched.text[whole.clone()].starts_with("match a {"));
    }

    #[test]
    fn a_pattern_keeps_what_it_binds() {
        let source =
            "fn f(a: Option<u8>) -> bool { if let Some(b) = a && b == 3 { true } else { false } }";
        let switched = switched(
            source,
            &[(Genre::BinaryOperator, "&&", "||"), (Genre::BinaryOperator, "==", "!=")],
        );
        let expected = "fn f(a: Option<u8>) -> bool { if let Some(b) = a && \
            (if crate::mutants::on(1) { b != 3 } else { b == 3 }) { true } else { false } }";
        assert_eq!(switched.text, expected);
    }
}
