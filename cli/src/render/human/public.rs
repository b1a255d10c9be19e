use std::fmt::Write as _;

use annotate_snippets::Level;
use crosskey_engine::{
    decide::{Part, Truth},
    policy::{Policy, Statement},
    prove::{Exposure, PublicAnswer, PublicStatement, Reach, Verdict, Witness},
    text::{Location, Sources, escape},
};

use super::{
    diagnostic::remark,
    snippet::{Mark, pictures, renderer},
    style::{BAD, DIM, GOOD, HELP, OPEN, STRONG, paint},
    text::{WIDTH, cause, wrap},
};

/// What is found of a policy: how far access reaches, by which definition it is public, and through which statements.
pub(crate) fn public(sources: &Sources, policy: &Policy, answer: &PublicAnswer) -> String {
    let mut out = String::new();
    // What was not decided may reach farther.
    let farther = answer.undecided.iter().filter_map(|undecided| undecided.exposure).max();
    let farther = farther.filter(|farther| *farther > answer.exposure);
    let (mark, style) = match answer.exposure {
        Exposure::Public => ("✗", BAD),
        Exposure::Broad => ("!", OPEN),
        _ if farther.is_some() => ("?", OPEN),
        _ => ("✓", GOOD),
    };
    let _ = write!(
        out,
        "{} {}: {}",
        paint(style, mark),
        paint(STRONG, escape(sources.name(policy.source))),
        paint(style, answer.exposure),
    );
    let meaning = meaning(answer.exposure);
    let _ = match farther {
        Some(farther) => {
            writeln!(out, ", perhaps {farther}\n  {meaning}, as far as could be decided")
        }
        None => writeln!(out, "\n  {meaning}"),
    };
    let owner = match answer.owner {
        Some(owner) => format!("of account {owner}"),
        None => "of an unknown account (say which by --owner)".to_owned(),
    };
    let kind = format!("{:<29}", "kind");
    let _ = writeln!(out, "    {}{} {owner}", paint(DIM, kind), policy.kind);
    definition(&mut out, "Amazon S3's definition", &answer.s3);
    definition(&mut out, "Secrets Manager's definition", &answer.secrets_manager);
    let wide = |found: &&PublicStatement| found.alone > Reach::Named;
    for found in answer.statements.iter().filter(wide) {
        statement(&mut out, sources, policy, found);
    }
    let told = answer.statements.iter().filter(wide).any(|found| found.witness.is_some());
    if let Some(witness) = answer.witness.as_ref().filter(|_| !told) {
        remark_line(&mut out, "for example", &for_example(witness));
    }
    for undecided in &answer.undecided {
        let mut text = match undecided.statement {
            Some(number) => format!("statement {number}: "),
            None => String::new(),
        };
        let _ = write!(text, "{}", cause(&undecided.cause));
        if let Some(exposure) = undecided.exposure {
            let _ = write!(text, "; access may reach as far as {exposure}");
        }
        remark_line(&mut out, "undecided", &text);
    }
    out
}

const fn meaning(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::None => "nothing is granted to anybody",
        Exposure::Internal => "granted within the owner's account",
        Exposure::Organization => "granted to an organization that a condition fixes",
        Exposure::NamedExternal => "granted to accounts, principals or networks that are named",
        Exposure::Broad => "granted to more callers than anybody can name",
        Exposure::Public => "granted to everyone with an AWS account",
    }
}

fn definition(out: &mut String, name: &str, verdict: &Verdict) {
    let list = |numbers: &[usize]| {
        let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
        match numbers.len() {
            1 => format!("statement {}", numbers.concat()),
            _ => format!("statements {}", numbers.join(", ")),
        }
    };
    let mut text = match verdict.public {
        Truth::True => paint(BAD, "public"),
        Truth::False => paint(GOOD, "not public"),
        Truth::Unknown => paint(OPEN, "undecided"),
    };
    if !verdict.statements.is_empty() {
        let _ = write!(text, " by {}", list(&verdict.statements));
    } else if !verdict.alone.is_empty() {
        let _ = write!(text, "; a Deny holds back {}", list(&verdict.alone));
    }
    let _ = writeln!(out, "    {}{text}", paint(DIM, format!("{name:<29}")));
}

fn statement(out: &mut String, sources: &Sources, policy: &Policy, found: &PublicStatement) {
    let Some(statement) = policy.statements.iter().find(|known| known.index == found.index) else {
        return;
    };
    let (level, word) = match found.within {
        Reach::Public => (Level::ERROR.with_name("public"), "lets everyone in"),
        Reach::Broad => {
            (Level::WARNING.with_name("broad"), "lets in more callers than anybody can name")
        }
        Reach::Named => (Level::NOTE.with_name("held back"), "would let others in"),
    };
    let title = level.primary_title(format!("{} {word}", statement.name()));
    let mut marks: Vec<Mark> = found
        .reasons
        .iter()
        .filter_map(|reason| {
            let location = policy.location(span_of(statement, reason.part)?);
            Some(Mark { location, label: reason.why.to_string() })
        })
        .collect();
    if marks.is_empty() {
        let span = statement.sid.as_ref().map_or(statement.effect.span, |sid| sid.span);
        let location = Location::new(policy.source, span);
        marks.push(Mark { location, label: String::new() });
    }
    let mut group = title.elements(pictures(sources, &marks));
    if let Some(witness) = &found.witness {
        group = group.element(remark(Level::NOTE.with_name("for example"), &for_example(witness)));
    }
    for deny in &found.denies {
        let part = match deny.fails {
            Part::Principal => "its principals do not cover that caller".to_owned(),
            Part::Action => "its actions do not cover that action".to_owned(),
            Part::Resource => "its resources do not cover that resource".to_owned(),
            Part::Condition(number) => match condition_key(policy, deny.index, number) {
                Some(key) => format!("its condition on {key} does not hold"),
                None => "its condition does not hold".to_owned(),
            },
        };
        let text = format!("the Deny in statement {} does not stop this: {part}", deny.index);
        group = group.element(remark(Level::NOTE, &text));
    }
    if !found.held_back_by.is_empty() {
        let numbers: Vec<_> = found.held_back_by.iter().map(ToString::to_string).collect();
        let text = format!("held back by the Deny in statement {}", numbers.join(", "));
        group = group.element(remark(Level::NOTE, &text));
    }
    let _ = writeln!(out, "\n{}", renderer().render(&[group]));
}

fn span_of(statement: &Statement, part: Part) -> Option<crosskey_engine::text::Span> {
    match part {
        Part::Principal => statement.principals.as_ref().map(|element| element.span),
        Part::Action => Some(statement.actions.span),
        Part::Resource => statement.resources.as_ref().map(|element| element.span),
        Part::Condition(number) => statement.conditions.get(number).map(|condition| condition.span),
    }
}

fn condition_key(policy: &Policy, index: usize, number: usize) -> Option<String> {
    let statement = policy.statements.iter().find(|statement| statement.index == index)?;
    let condition = statement.conditions.get(number)?;
    Some(condition.key.value.canonical().into_owned())
}

/// A witness as a sentence.
pub(super) fn for_example(witness: &Witness) -> String {
    let mut text = format!(
        "{} can call {} on {}",
        witness.caller.as_str(),
        witness.action,
        witness.resource.display()
    );
    let pairs: Vec<_> = witness
        .context
        .iter()
        .map(|(key, values)| match values {
            None => format!("without {}", key.canonical()),
            Some(values) => format!("with {} = {}", key.canonical(), values.join(", ")),
        })
        .collect();
    if !pairs.is_empty() {
        let _ = write!(text, ", {}", pairs.join(", "));
    }
    text
}

pub(super) fn remark_line(out: &mut String, name: &str, text: &str) {
    let indent = name.len() + 6;
    for (number, part) in wrap(&escape(text), WIDTH - indent).iter().enumerate() {
        let _ = match number {
            0 => writeln!(out, "    {}: {part}", paint(HELP, name)),
            _ => writeln!(out, "{:indent$}{part}", ""),
        };
    }
}
