//! Resources whose ARN no file tells in full: a template says how a role is made, and CloudFormation makes up its name.
//!
//! Policies of the same template name such a resource by reference, and both sides get the same stand-in, so that they
//! meet. Any other text might be the real ARN, which somebody may have written down once the resource was there. A policy
//! with such a text neither matches nor fails to match by accident: what it says is then not known.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::{
    aws::{Pattern, Token},
    policy::{Piece, Template},
};

/// A resource with a stand-in for a part of its ARN.
#[derive(Clone, Debug)]
pub struct StandIn {
    /// Which resource.
    pub origin: Origin,
    /// What stands for the part in policies; no other text of the files holds it.
    pub token: String,
    /// The ARNs that the part is in.
    pub arns: Vec<OpenArn>,
}

/// An ARN with a part that is not known.
#[derive(Clone, Debug)]
pub struct OpenArn {
    /// What stands in front of the part.
    pub before: String,
    /// The shape of the part.
    pub part: Vec<Shape>,
    /// What stands behind it.
    pub after: Vec<Shape>,
}

/// A stretch of text of which only the shape is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// This text.
    Text(String),
    /// One character.
    One(Class),
    /// Any number of characters.
    Run(Class),
}

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// All.
    Any,
    /// All but the slash.
    Name,
    /// Letters and digits.
    Alphanumeric,
    /// Digits, and letters up to F.
    Hexadecimal,
}

/// One character of a shape, or a run of them.
#[derive(Clone, Copy)]
struct Element {
    set: Set,
    many: bool,
}

#[derive(Clone, Copy)]
enum Set {
    Only(char),
    Of(Class),
}

/// Two texts that have no character in common where a class leaves the choice.
const ONES: [&[char]; 2] = [&['a', '1', 'B', '2', 'c', '3'], &['Z', '9', 'y', '8', 'X', '7']];
const RUNS: [&str; 2] = ["k4m", "W6v5T0"];

/// Stands for the six random characters that Secrets Manager puts behind a secret's name.
pub const STAND_IN_END: &str = "TBDTBD";
/// What every other stand-in begins with.
pub const STAND_IN: &str = "tbd-";

impl StandIn {
    /// Whether a text of a policy names this resource or not depending on what its ARN really is.
    pub(super) fn leaves_open(&self, text: &str) -> bool {
        let wanted = Wanted::new(text);
        self.arns.iter().any(|arn| arn.leaves_open(&self.token, text, &wanted))
    }
}

/// All stand-ins of a world, found quickly: most texts are plain references, or about something else.
pub(super) struct StandIns<'a> {
    list: &'a [StandIn],
    /// The ARNs as references to them read.
    references: BTreeSet<String>,
    /// Where each is in the list, by what stands in front of the part that is not known.
    by_front: BTreeMap<&'a str, Vec<usize>>,
    known: BTreeMap<String, Option<usize>>,
}

impl<'a> StandIns<'a> {
    pub(super) fn new(list: &'a [StandIn]) -> Self {
        let mut all = Self {
            list,
            references: BTreeSet::new(),
            by_front: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        for (number, one) in list.iter().enumerate() {
            for arn in &one.arns {
                if arn.after.is_empty() {
                    all.references.insert(arn.with(0, &one.token));
                }
                all.by_front.entry(&arn.before).or_default().push(number);
            }
        }
        all
    }

    /// The resource that a text of a policy may or may not name.
    pub(super) fn left_open_by(&mut self, text: &str) -> Option<&'a StandIn> {
        if self.references.contains(text) {
            return None;
        }
        let found = match self.known.get(text) {
            Some(known) => *known,
            None => {
                let found = self.find(text);
                self.known.insert(text.to_owned(), found);
                found
            }
        };
        self.list.get(found?)
    }

    fn find(&self, text: &str) -> Option<usize> {
        let wanted = Wanted::new(text);
        let at = |number: &usize| self.list.get(*number);
        let opens = |number: &usize| {
            let arns = at(number).map(|one| one.arns.iter().map(|arn| (arn, &one.token)));
            arns.into_iter().flatten().any(|(arn, token)| arn.leaves_open(token, text, &wanted))
        };
        if text.contains(STAND_IN) || text.contains(STAND_IN_END) {
            let mut named =
                (0..self.list.len()).filter(|n| at(n).is_some_and(|one| text.contains(&one.token)));
            if let Some(first) = named.next() {
                // A reference to one resource names no other.
                return std::iter::once(first).chain(named).find(|number| opens(number));
            }
        }
        let start = wanted.start();
        let fits =
            |front: &str| front.chars().zip(start.chars()).all(|(a, b)| a.eq_ignore_ascii_case(&b));
        let groups = self.by_front.iter().filter(|(front, _)| fits(front));
        groups.flat_map(|(_, numbers)| numbers).copied().find(|number| opens(number))
    }
}

/// A text of a policy as a pattern.
struct Wanted {
    tokens: Vec<Token>,
    has_variable: bool,
    /// Whether the end is left open, whatever the variables before it hold.
    ends_open: bool,
}

impl Wanted {
    fn new(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut has_variable = false;
        for piece in Template::with_variables(text).pieces() {
            match piece {
                Piece::Text(text) => tokens.extend(Pattern::new(text).tokens()),
                Piece::Literal(character) => tokens.push(Token::Literal(*character)),
                Piece::Variable { .. } => {
                    has_variable = true;
                    tokens.push(Token::Many);
                }
            }
        }
        let ones = tokens.iter().rev().take_while(|token| **token == Token::One).count();
        Self { tokens, has_variable, ends_open: ones >= 6 || text.ends_with('*') }
    }

    /// What every text begins with that matches.
    fn start(&self) -> String {
        let fixed = self.tokens.iter().map_while(|token| match token {
            Token::Literal(character) => Some(*character),
            Token::One | Token::Many => None,
        });
        fixed.collect()
    }

    fn matches(&self, text: &str) -> bool {
        Pattern::from_tokens(self.tokens.iter().copied()).matches(text)
    }
}

impl OpenArn {
    fn leaves_open(&self, token: &str, text: &str, wanted: &Wanted) -> bool {
        let told = || wanted.matches(&self.with(0, token));
        let samples = || [0, 1].map(|number| (number, sample(&self.part, number)));
        if text.contains(token) {
            // It names this very resource: what matters is whether what stands around the reference fits.
            let told = told();
            return samples().iter().any(|(number, part)| {
                let text = text.replace(token, part);
                Wanted::new(&text).matches(&self.with(*number, part)) != told
            });
        }
        if !meet(&wanted.tokens, &self.elements()) {
            return false;
        }
        if wanted.has_variable {
            return !wanted.ends_open;
        }
        let covers = |(number, part): &(usize, String)| wanted.matches(&self.with(*number, part));
        !(told() && samples().iter().all(covers))
    }

    /// The ARN with this text for the part.
    fn with(&self, number: usize, part: &str) -> String {
        format!("{}{part}{}", self.before, sample(&self.after, number))
    }

    fn elements(&self) -> Vec<Element> {
        let mut elements = Vec::new();
        let only = |character| Element { set: Set::Only(character), many: false };
        elements.extend(self.before.chars().map(only));
        for shape in self.part.iter().chain(&self.after) {
            match shape {
                Shape::Text(text) => elements.extend(text.chars().map(only)),
                Shape::One(class) => elements.push(Element { set: Set::Of(*class), many: false }),
                Shape::Run(class) => elements.push(Element { set: Set::Of(*class), many: true }),
            }
        }
        elements
    }
}

fn sample(shapes: &[Shape], number: usize) -> String {
    let mut ones = ONES.get(number).copied().unwrap_or_default().iter().cycle();
    let mut text = String::new();
    for shape in shapes {
        match shape {
            Shape::Text(fixed) => text.push_str(fixed),
            Shape::One(_) => text.extend(ones.next()),
            Shape::Run(_) => text.push_str(RUNS.get(number).copied().unwrap_or_default()),
        }
    }
    text
}

/// Whether some text is of the shape and matches the pattern. Case does not count, as some operators pass over it.
fn meet(pattern: &[Token], shape: &[Element]) -> bool {
    // The places in the shape at which the pattern can stand after the tokens so far.
    let mut places = vec![false; shape.len() + 1];
    mark(&mut places, 0);
    skip_runs(&mut places, shape);
    for token in pattern {
        if *token == Token::Many {
            let first = places.iter().position(|reached| *reached).unwrap_or(places.len());
            places.iter_mut().skip(first).for_each(|reached| *reached = true);
            continue;
        }
        let mut next = vec![false; shape.len() + 1];
        for (place, (element, reached)) in shape.iter().zip(&places).enumerate() {
            if *reached && element.set.allows(*token) {
                mark(&mut next, if element.many { place } else { place + 1 });
            }
        }
        skip_runs(&mut next, shape);
        places = next;
    }
    places.last().copied().unwrap_or_default()
}

/// A run may be empty.
fn skip_runs(places: &mut [bool], shape: &[Element]) {
    for (place, element) in shape.iter().enumerate() {
        if element.many && places.get(place).copied().unwrap_or_default() {
            mark(places, place + 1);
        }
    }
}

fn mark(places: &mut [bool], place: usize) {
    if let Some(place) = places.get_mut(place) {
        *place = true;
    }
}

impl Set {
    fn allows(self, token: Token) -> bool {
        let Token::Literal(wanted) = token else { return true };
        match self {
            Self::Only(character) => character.eq_ignore_ascii_case(&wanted),
            Self::Of(Class::Any) => true,
            Self::Of(Class::Name) => wanted != '/',
            Self::Of(Class::Alphanumeric) => wanted.is_ascii_alphanumeric(),
            Self::Of(Class::Hexadecimal) => wanted.is_ascii_hexdigit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Location, SourceId, Span};

    fn stand_in(token: &str, arns: Vec<OpenArn>) -> StandIn {
        let location = Location::new(SourceId::default(), Span::default());
        StandIn { origin: Origin { name: "It".into(), location }, token: token.into(), arns }
    }

    fn secret() -> StandIn {
        let mut part = vec![Shape::Text("Db-".into())];
        part.extend(vec![Shape::One(Class::Alphanumeric); 6]);
        let before = "arn:aws:secretsmanager:us-east-1:111122223333:secret:".to_owned();
        stand_in("Db-TBDTBD", vec![OpenArn { before, part, after: Vec::new() }])
    }

    fn role() -> StandIn {
        let part = vec![
            Shape::Run(Class::Name),
            Shape::Text("-Reader-".into()),
            Shape::One(Class::Alphanumeric),
            Shape::Run(Class::Alphanumeric),
        ];
        let arn =
            |before: &str, after| OpenArn { before: before.into(), part: part.clone(), after };
        stand_in(
            "tbd-app-Reader",
            vec![
                arn("arn:aws:iam::444455556666:role/", Vec::new()),
                arn(
                    "arn:aws:sts::444455556666:assumed-role/",
                    vec![Shape::Text("/".into()), Shape::Run(Class::Any)],
                ),
            ],
        )
    }

    #[test]
    fn what_covers_every_end_or_none_is_clear() {
        let secret = secret();
        let arn =
            |name: &str| format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}");
        for name in [
            "Db-TBDTBD",
            "Db-TBDTBD*",
            "Db-TBDTBD-??????",
            "Db-??????",
            "Db-*",
            "*",
            "D*",
            "Db-prod-*",
            "Db-prod-a1B2c3",
            "Db",
            "Db2-??????",
            "${aws:PrincipalTag/app}-??????",
            "${aws:PrincipalTag/team}/*",
            "Db-a1B2c",
            "Db-a1B2c34",
            "dB-?????",
            "prod/*",
        ] {
            assert!(!secret.leaves_open(&arn(name)), "{name}");
        }
        for text in
            ["*", "arn:*:secretsmanager:*:*:secret:*", "111122223333", "AROAEXAMPLE", "kms:*"]
        {
            assert!(!secret.leaves_open(text), "{text}");
        }
        for name in [
            "Db-a1B2c3",
            "Db-a*",
            "Db-?????3",
            "*c3",
            "db-A1b2C3",
            "Db-*3",
            "${aws:PrincipalTag/secret}",
            "Db-TBDTB?",
        ] {
            assert!(secret.leaves_open(&arn(name)), "{name}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_made_up_is_clear() {
        let role = role();
        for text in [
            "arn:aws:iam::444455556666:role/Admin",
            "arn:aws:iam::444455556666:role/app-admin",
            "arn:aws:iam::444455556666:role/tbd-app-Reader",
            "arn:aws:iam::444455556666:role/*",
            "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*",
            "arn:aws:sts::444455556666:assumed-role/tbd-app-Reader/session",
            "arn:aws:sts::444455556666:assumed-role/tbd-app-Reader*",
            "arn:aws:sts::444455556666:assumed-role/Admin/session",
            "arn:aws:iam::111122223333:role/app-Reader-1ABC",
        ] {
            assert!(!role.leaves_open(text), "{text}");
        }
        for text in [
            "arn:aws:iam::444455556666:role/app-Reader-1ABC",
            "arn:aws:iam::444455556666:role/app-*",
            "arn:aws:iam::*:role/*prod*",
            "arn:aws:sts::444455556666:assumed-role/app-Reader-1ABC/session",
            "arn:aws:sts::444455556666:assumed-role/*/k4m",
        ] {
            assert!(role.leaves_open(text), "{text}");
        }
    }
}
