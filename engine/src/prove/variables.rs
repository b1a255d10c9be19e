use super::{
    domain::Domain,
    formula::{FALSE, Formula, NodeId, TRUE},
    glob::{Alternative, Characters},
    keys::Holds,
    symbolic::Symbolic,
    test::Test,
};
use crate::{
    aws::{ArnPattern, ContextKey, Pattern, Token, catalog},
    compile::{ArnTest, Clause, ResourceTest, TextTest, ValueSet, fold_token},
    decide::{Logic, Target},
    policy::{Piece, Template},
};

/// How many values of a variable are tried.
const MOST_VALUES: usize = 6;

/// How many combinations of the values of a text's variables are tried.
const MOST_CASES: usize = 64;

/// A listed value with policy variables, and how it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Templated<'a> {
    template: &'a Template,
    comparison: Comparison,
}

impl<'a> Templated<'a> {
    /// The keys whose values are put in.
    pub(super) fn variables(self) -> impl Iterator<Item = &'a ContextKey> {
        self.template.variables()
    }
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Text { wildcards: bool, fold: bool },
    Arn,
}

/// The values with policy variables among those of a condition.
#[derive(Debug)]
pub(super) struct Templates;

impl Templates {
    pub(super) fn of(values: &ValueSet) -> Vec<Templated<'_>> {
        match values {
            ValueSet::Text { list, fold } => list
                .iter()
                .filter_map(|test| match test {
                    TextTest::Variable { template, wildcards } => Some(Templated {
                        template,
                        comparison: Comparison::Text { wildcards: *wildcards, fold: *fold },
                    }),
                    TextTest::Fixed(_) => None,
                })
                .collect(),
            ValueSet::Arn(list) => list
                .iter()
                .filter_map(|test| match test {
                    ArnTest::Variable(template) => {
                        Some(Templated { template, comparison: Comparison::Arn })
                    }
                    ArnTest::Fixed(_) => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// How a text with variables is compared once they are filled.
struct How<'a, T> {
    wildcards: bool,
    fold: bool,
    negated: bool,
    /// Values of what it is compared with.
    beside: Vec<String>,
    /// What the text says; nothing for one that cannot be read.
    read: &'a dyn Fn(&[Token]) -> Option<T>,
    /// The same, and more: its wildcards run over any field.
    read_widely: &'a dyn Fn(&[Token]) -> T,
}

impl<T> How<'_, T> {
    fn folded(&self, tokens: Vec<Token>) -> Vec<Token> {
        if self.fold { tokens.into_iter().flat_map(fold_token).collect() } else { tokens }
    }
}

/// A text with one variable and no wildcard, compared as it is.
struct Parts<'a> {
    before: String,
    key: &'a ContextKey,
    default: Option<&'a str>,
    behind: String,
}

impl<'a> Parts<'a> {
    fn of(templated: Templated<'a>) -> Option<Self> {
        let Comparison::Text { wildcards, fold: false } = templated.comparison else { return None };
        let mut variable = None;
        let (mut before, mut behind) = (String::new(), String::new());
        for piece in templated.template.pieces() {
            let text = if variable.is_none() { &mut before } else { &mut behind };
            match piece {
                Piece::Text(plain) if wildcards && plain.contains(['*', '?']) => return None,
                Piece::Text(plain) => text.push_str(plain),
                Piece::Literal(character) => text.push(*character),
                Piece::Variable { .. } if variable.is_some() => return None,
                Piece::Variable { key, default } => variable = Some((key, default.as_deref())),
            }
        }
        let (key, default) = variable?;
        Some(Self { before, key, default, behind })
    }
}

/// One way in which the variables of a text can be filled.
struct Case {
    /// When it is so.
    when: NodeId,
    /// What each variable holds; `None` where its key is absent.
    values: Vec<(ContextKey, Option<String>)>,
}

impl Symbolic<'_> {
    /// Whether a key matches a value with variables. For some values of the variables this is exact; that others may
    /// match as well is left possible.
    pub(super) fn matches_template(
        &mut self,
        holds: &Holds,
        clause: &Clause,
        templated: Templated<'_>,
    ) -> Formula {
        let Templated { template, comparison } = templated;
        if let (Some(values), Some(parts)) = (self.listed_values(holds), Parts::of(templated)) {
            let other = self.holds(parts.key);
            if self.is_single(parts.key, &other) && !matches!(other, Holds::RandomEnd(_)) {
                return self.solved(holds, &values, &other, &parts).into();
            }
        }
        let (wildcards, fold) = match comparison {
            Comparison::Text { wildcards, fold } => (wildcards, fold),
            Comparison::Arn => (true, false),
        };
        let read = |tokens: &[Token]| match comparison {
            Comparison::Text { .. } => Some(Alternative::of_tokens(tokens, Characters::Any, fold)),
            Comparison::Arn => ArnPattern::from_tokens(tokens).as_ref().map(Alternative::of_arn),
        };
        let how = How {
            wildcards,
            fold,
            negated: clause.operator.comparison.is_negated(),
            beside: self.likely(holds, &clause.key),
            read: &read,
            read_widely: &|tokens| Alternative::of_tokens(tokens, Characters::Any, fold),
        };
        self.over_cases(template, &how, |symbolic, alternative| {
            symbolic.inside(holds, &Test::text([alternative])).into()
        })
    }

    /// Whether a key can be a variable: only those can that have one value in every request.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
    fn is_single(&self, key: &ContextKey, holds: &Holds) -> bool {
        !self.is_many(holds) && !catalog::context_key(key).is_some_and(|known| known.many)
    }

    /// The values of a key that has few.
    pub(super) fn listed_values(&self, holds: &Holds) -> Option<Vec<String>> {
        match holds {
            Holds::Value(value) => Some(vec![value.clone()]),
            Holds::Variable(id) => match &self.space.get(*id)?.domain {
                Domain::Listed(list) => Some(list.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a key that has few values equals a text with one variable: for each value it is known what the
    /// variable must hold.
    fn solved(
        &mut self,
        holds: &Holds,
        values: &[String],
        other: &Holds,
        parts: &Parts<'_>,
    ) -> NodeId {
        let present = self.is_present(other);
        let mut any = FALSE;
        for value in values {
            let rest = value.strip_prefix(&parts.before);
            let Some(middle) = rest.and_then(|rest| rest.strip_suffix(&parts.behind)) else {
                continue;
            };
            let is_middle = self.inside(other, &Test::literal(middle));
            let held = self.arena.and(present, is_middle);
            let absent = self.arena.not(present);
            let default = if parts.default == Some(middle) { absent } else { FALSE };
            let fits = self.arena.or(held, default);
            let is_value = self.inside(holds, &Test::literal(value));
            let both = self.arena.and(is_value, fits);
            any = self.arena.or(any, both);
        }
        any
    }

    /// Whether a `Resource` with variables covers the resource.
    pub(super) fn resource_template(&mut self, template: &Template) -> Formula {
        let assumptions = self.around.assumptions;
        let how = How {
            wildcards: true,
            fold: false,
            negated: false,
            beside: Vec::new(),
            read: &|tokens| Some(ResourceTest::from_tokens(tokens, assumptions)),
            read_widely: &|tokens| {
                ResourceTest::Whole(Pattern::from_tokens(tokens.iter().copied()))
            },
        };
        let covers =
            self.over_cases(template, &how, |symbolic, pattern| symbolic.resource(&pattern));
        self.with_other_owners(covers, template.variables())
    }

    fn over_cases<T>(
        &mut self,
        template: &Template,
        how: &How<'_, T>,
        mut inside: impl FnMut(&mut Self, T) -> Formula,
    ) -> Formula {
        let cases = self.cases(template, &how.beside);
        let (mut any, mut covered, mut unreadable) = (Formula::from(FALSE), FALSE, FALSE);
        for Case { when, values } in cases {
            covered = self.arena.or(covered, when);
            let value = |key: &ContextKey| {
                let found = values.iter().find(|(known, _)| known == key);
                Ok::<_, std::convert::Infallible>(found.and_then(|(_, value)| value.clone()))
            };
            let Ok(Some(tokens)) = template.tokens(how.wildcards, value) else { continue };
            let Some(text) = (how.read)(&how.folded(tokens)) else {
                unreadable = self.arena.or(unreadable, when);
                continue;
            };
            let matches = inside(self, text);
            let matches = self.and(when.into(), matches);
            any = self.or(any, matches);
        }
        let open = self.arena.not(covered);
        let anything = how.folded(opened(template, how.wildcards));
        if (how.read)(&anything).is_none() {
            unreadable = self.arena.or(unreadable, open);
        }
        // A text that is no ARN matches nothing; under a negated operator that may count either way.
        if how.negated {
            any.possible = self.arena.or(any.possible, unreadable);
        }
        if open != FALSE {
            // More than can match, so that nothing is missed.
            let matches = inside(self, (how.read_widely)(&anything));
            let matches = self.arena.and(open, matches.possible);
            any.possible = self.arena.or(any.possible, matches);
        }
        any
    }

    /// The ways to fill the variables of a text, as far as they are tried.
    fn cases(&mut self, template: &Template, beside: &[String]) -> Vec<Case> {
        let mut keys: Vec<ContextKey> = template.variables().cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut cases = vec![Case { when: TRUE, values: Vec::new() }];
        for key in keys {
            let ways = self.ways(&key, beside);
            let mut longer = Vec::new();
            for case in &cases {
                for (when, value) in &ways {
                    let when = self.arena.and(case.when, *when);
                    let mut values = case.values.clone();
                    values.push((key.clone(), value.clone()));
                    longer.push(Case { when, values });
                }
            }
            longer.truncate(MOST_CASES);
            cases = longer;
        }
        cases.retain(|case| case.when != FALSE);
        cases
    }

    /// What a variable may hold, and when; `beside` are values of what it is compared with.
    fn ways(&mut self, key: &ContextKey, beside: &[String]) -> Vec<(NodeId, Option<String>)> {
        let holds = self.holds(key);
        let present = self.is_present(&holds);
        let absent = self.arena.not(present);
        if !self.is_single(key, &holds) {
            return vec![(TRUE, None)];
        }
        if let Holds::RandomEnd(_) = holds {
            return Vec::new();
        }
        if let Holds::Value(value) = holds {
            return vec![(TRUE, Some(value))];
        }
        let mut ways = if absent == FALSE { Vec::new() } else { vec![(absent, None)] };
        let listed = self.listed_values(&holds);
        let most = if listed.is_some() { MOST_CASES } else { MOST_VALUES };
        let likely = listed.unwrap_or_else(|| self.likely(&holds, key));
        let mut tried: Vec<String> = Vec::new();
        for value in likely.into_iter().chain(beside.iter().cloned()) {
            if tried.len() < most && !tried.contains(&value) {
                let is = self.inside(&holds, &Test::literal(&value));
                let when = self.arena.and(present, is);
                ways.push((when, Some(value.clone())));
                tried.push(value);
            }
        }
        ways
    }

    /// Values that a key may well have.
    fn likely(&self, holds: &Holds, key: &ContextKey) -> Vec<String> {
        match holds {
            Holds::Absent | Holds::RandomEnd(_) => Vec::new(),
            Holds::Value(value) => vec![value.clone()],
            Holds::Several(values) => values.clone(),
            Holds::Truth(_) => vec!["true".to_owned(), "false".to_owned()],
            Holds::Account => {
                let mut accounts = vec![self.stranger.account.clone()];
                accounts.extend(self.vocabulary.accounts.iter().map(ToString::to_string));
                accounts
            }
            Holds::FederatedId => vec![format!("{}:stranger", self.stranger.account)],
            Holds::Session(beginning) => vec![format!("{beginning}session")],
            Holds::UserName => vec!["stranger".to_owned(), "anyone".to_owned()],
            Holds::PrincipalType => ["AssumedRole", "User", "Account"].map(str::to_owned).to_vec(),
            Holds::Variable(id) => {
                let domain = self.space.get(*id).map(|variable| &variable.domain);
                let mut values =
                    domain.map(|d| d.candidates(&[]).0.into_owned()).unwrap_or_default();
                values.truncate(2);
                values.extend(self.vocabulary.literals(key));
                values
            }
        }
    }
}

/// The text with anything in place of its variables.
pub(super) fn opened(template: &Template, wildcards: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in template.pieces() {
        match piece {
            Piece::Text(text) => tokens.extend(text.chars().map(|character| match character {
                '*' if wildcards => Token::Many,
                '?' if wildcards => Token::One,
                other => Token::Literal(other),
            })),
            Piece::Literal(character) => tokens.push(Token::Literal(*character)),
            Piece::Variable { .. } => tokens.push(Token::Many),
        }
    }
    tokens
}
