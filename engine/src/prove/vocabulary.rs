use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{
    glob::{Alternative, Characters},
    variables::opened,
};
use crate::{
    aws::{AccountId, Arn, ContextKey, Pattern, Token},
    compile::{ArnTest, Clause, CompiledPolicy, PrincipalTest, ResourceTest, TextTest, ValueSet},
    policy::{Effect, Family, Piece, Principal, Template},
};

/// What a policy mentions: from it come the values that a request is likely to be told apart by, and the names of a
/// stranger whom it does not mention.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    /// Account ids, wherever they stand.
    pub(super) accounts: BTreeSet<AccountId>,
    /// Account ids of which a part is left open, such as `1111*`.
    pub(super) account_globs: Vec<Pattern>,
    /// The accounts in the ARNs of resources.
    pub(super) resource_accounts: Vec<Pattern>,
    /// Organizations that are known beside the policies.
    pub(super) organizations: BTreeSet<String>,
    /// Partitions other than `aws`.
    pub(super) partitions: BTreeSet<String>,
    /// Users, roles and sessions that are named, as principals or by their ARN in a condition.
    pub(super) named: BTreeSet<Arn>,
    /// AWS services that are named as principals.
    pub(super) services: BTreeSet<String>,
    /// What conditions say of each key.
    pub(super) keys: BTreeMap<ContextKey, Mentioned>,
    /// Literal texts that actions are compared with.
    pub(super) actions: BTreeSet<String>,
    /// The keys that each key is compared with, by a policy variable.
    compared: BTreeMap<ContextKey, BTreeSet<ContextKey>>,
    /// Keys that are compared with a part of a word only.
    parts: BTreeSet<ContextKey>,
}

/// What conditions say of one key.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentioned {
    /// The patterns of its values, with the effect of the statement.
    pub(super) patterns: Vec<(Alternative, Effect)>,
    /// The networks, a list for each condition.
    pub(super) networks: Vec<(Vec<IpNet>, Effect)>,
    /// The kinds of operators.
    pub(super) families: Vec<Family>,
}

impl Vocabulary {
    pub(super) fn of(policies: &[&CompiledPolicy]) -> Self {
        let mut vocabulary = Self::default();
        for statement in policies.iter().flat_map(|policy| &policy.statements) {
            if let Some(principals) = &statement.principals {
                vocabulary.principals(principals);
            }
            for pattern in &statement.actions.list {
                vocabulary.actions.extend(pattern.pattern().as_literal().map(str::to_owned));
            }
            for test in statement.resources.iter().flat_map(|element| &element.list) {
                vocabulary.resource_accounts.extend(account_of(test));
            }
            for clause in &statement.clauses {
                vocabulary.clause(clause, statement.effect);
            }
        }
        vocabulary
    }

    fn principals(&mut self, test: &PrincipalTest) {
        for entry in &test.list {
            self.accounts.extend(entry.account());
            match entry {
                Principal::Service(name) => {
                    self.services.insert(name.to_string());
                }
                Principal::Account { partition: Some(partition), .. } => self.partition(partition),
                Principal::User(arn)
                | Principal::Role(arn)
                | Principal::RoleSession(arn)
                | Principal::FederatedUser(arn) => {
                    self.named.insert(arn.clone());
                    self.partition(arn.partition());
                }
                _ => {}
            }
        }
    }

    fn partition(&mut self, name: &str) {
        if name != "aws" && !name.is_empty() && !name.contains(['*', '?']) {
            self.partitions.insert(name.to_owned());
        }
    }

    fn clause(&mut self, clause: &Clause, effect: Effect) {
        let mut patterns = Vec::new();
        let mut texts: Vec<Vec<Token>> = Vec::new();
        match &clause.values {
            ValueSet::Text { list, fold } => {
                for test in list {
                    match test {
                        TextTest::Fixed(pattern) => {
                            patterns.push(Alternative::of(pattern, Characters::Any, *fold));
                            texts.push(pattern.tokens());
                        }
                        TextTest::Variable { template, .. } => self.compares(&clause.key, template),
                    }
                }
            }
            ValueSet::Arn(list) => {
                for test in list {
                    match test {
                        ArnTest::Fixed(Some(pattern)) => {
                            patterns.push(Alternative::of_arn(pattern));
                            let fields = pattern.fields().iter().map(Pattern::tokens);
                            texts.push(fields.collect::<Vec<_>>().join(&Token::Literal(':')));
                        }
                        ArnTest::Fixed(None) => {}
                        ArnTest::Variable(template) => self.compares(&clause.key, template),
                    }
                }
            }
            _ => {}
        }
        for text in &texts {
            self.text(text);
        }
        if clause.key.lower() == "aws:principalarn" {
            let literals = patterns.iter().filter_map(Alternative::as_literal);
            self.named.extend(literals.filter_map(|text| text.parse().ok()));
        }
        let mentioned = self.keys.entry(clause.key.clone()).or_default();
        mentioned.families.push(clause.operator.comparison.family());
        mentioned.patterns.extend(patterns.into_iter().map(|pattern| (pattern, effect)));
        if let ValueSet::Ip(list) = &clause.values {
            mentioned.networks.push((list.iter().flatten().copied().collect(), effect));
        }
    }

    /// Notes that a key is compared with the variables of a text.
    fn compares(&mut self, key: &ContextKey, template: &Template) {
        let pieces = template.pieces();
        let ends = |piece: Option<&Piece>, at: fn(&str) -> Option<char>| match piece {
            None => true,
            Some(Piece::Text(text)) => matches!(at(text), Some(':' | '/')),
            Some(_) => false,
        };
        for (index, piece) in pieces.iter().enumerate() {
            let Piece::Variable { key: variable, .. } = piece else { continue };
            self.compared.entry(key.clone()).or_default().insert(variable.clone());
            self.compared.entry(variable.clone()).or_default().insert(key.clone());
            let before = index.checked_sub(1).and_then(|before| pieces.get(before));
            if !ends(before, |text| text.chars().last())
                || !ends(pieces.get(index + 1), |text| text.chars().next())
            {
                self.parts.extend([key.clone(), variable.clone()]);
            }
        }
    }

    /// What conditions say of some keys, and of those that they are compared with.
    pub(super) fn patterns(&self, keys: &[&str]) -> Vec<Alternative> {
        let mut all: BTreeSet<ContextKey> = keys.iter().map(|key| ContextKey::new(key)).collect();
        for key in all.clone() {
            all.extend(self.compared.get(&key).into_iter().flatten().cloned());
        }
        let mentioned = all.iter().filter_map(|key| self.keys.get(key));
        let patterns = mentioned.flat_map(|mentioned| &mentioned.patterns);
        patterns.map(|(pattern, _)| pattern.clone()).collect()
    }

    /// Whether a part of what a key holds is compared with keys of which conditions say more.
    pub(super) fn is_compared_in_part(&self, key: &str) -> bool {
        let key = ContextKey::new(key);
        let others = self.compared.get(&key).into_iter().flatten();
        let mut mentioned = others.filter_map(|other| self.keys.get(other));
        self.parts.contains(&key) && mentioned.any(|mentioned| !mentioned.patterns.is_empty())
    }

    /// Looks for accounts and partitions among the fields of a value.
    fn text(&mut self, tokens: &[Token]) {
        let is_arn = tokens.starts_with(&['a', 'r', 'n', ':'].map(Token::Literal));
        for (index, field) in tokens.split(|token| *token == Token::Literal(':')).enumerate() {
            let pattern = Pattern::from_tokens(field.iter().copied());
            if let Some(text) = pattern.as_literal() {
                self.accounts.extend(text.parse::<AccountId>().ok());
                if is_arn && index == 1 {
                    self.partition(text);
                }
                continue;
            }
            let digit = |token: &Token| matches!(token, Token::Literal(c) if c.is_ascii_digit());
            let open = |token: &Token| digit(token) || !matches!(token, Token::Literal(_));
            if field.iter().any(digit) && field.iter().all(open) {
                self.account_globs.push(pattern);
            }
        }
    }

    /// An account that no statement has in mind: it is not mentioned, and as few as possible of the patterns that
    /// leave part of an account open cover it.
    pub(super) fn stranger_account(&self) -> String {
        const FIRST: &str = "999988887777";
        const CHOICE: [&str; 8] = [
            FIRST,
            "888877776666",
            "777766665555",
            "305172946180",
            "642093518274",
            "519630874025",
            "016384927550",
            "250816493701",
        ];
        let globs = || self.account_globs.iter().chain(&self.resource_accounts);
        let covered = |text: &String| globs().filter(|glob| glob.matches(text)).count();
        // Behind the choice stand more accounts than a policy can mention.
        let more = (0..10_000_u64).map(|n| format!("{:012}", 735_019_284_116 + n * 1_000_003));
        CHOICE
            .map(str::to_owned)
            .into_iter()
            .chain(more)
            .filter(|text| !self.accounts.iter().any(|account| account.as_str() == text))
            .take(CHOICE.len())
            .min_by_key(covered)
            .unwrap_or_else(|| FIRST.to_owned())
    }

    /// A value of a key that no statement has in mind, out of `choice`.
    pub(super) fn stranger_value(&self, key: &str, choice: &[&str]) -> String {
        let mentioned = self.keys.get(&ContextKey::new(key));
        let covered = |value: &&&str| {
            let patterns = mentioned.map_or(&[][..], |mentioned| &mentioned.patterns);
            patterns.iter().filter(|(pattern, _)| pattern.matches(value)).count()
        };
        choice.iter().min_by_key(covered).map(|value| (*value).to_owned()).unwrap_or_default()
    }

    /// Literal values that a key is compared with.
    pub(super) fn literals(&self, key: &ContextKey) -> Vec<String> {
        let patterns = self.keys.get(key).map_or(&[][..], |mentioned| &mentioned.patterns);
        patterns.iter().filter_map(|(pattern, _)| pattern.as_literal()).collect()
    }
}

/// The account in the ARN of a resource, as far as it is written.
fn account_of(resource: &ResourceTest) -> Option<Pattern> {
    let tokens = match resource {
        ResourceTest::Any => return None,
        ResourceTest::Fields(arn) => return arn.fields().get(4).cloned(),
        ResourceTest::Whole(pattern) => pattern.tokens(),
        ResourceTest::Variable(template) => opened(template, true),
    };
    let mut fields = tokens.split(|token| *token == Token::Literal(':'));
    Some(Pattern::from_tokens(fields.nth(4)?.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::Assumptions,
        policy::PolicyKind,
        prove::{
            public::tests::{around_a_secret, policy_of},
            stranger::Stranger,
        },
    };

    fn of(statements: &str) -> Vocabulary {
        let policy = policy_of(statements, PolicyKind::Secret);
        Vocabulary::of(&[&CompiledPolicy::new(&policy, &Assumptions::default())])
    }

    fn allow(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": ["secretsmanager:GetSecretValue", "kms:*"],
                "Resource": "*", "Condition": {{{condition}}}}}"#
        )
    }

    fn names<T: ToString>(list: impl IntoIterator<Item = T>) -> Vec<String> {
        list.into_iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn what_a_policy_mentions_is_found_wherever_it_stands() {
        let principals = r#"{"AWS": ["111111111111", "arn:aws-cn:iam::222222222222:root",
            "arn:aws-us-gov:iam::333333333333:role/R"], "Service": "lambda.amazonaws.com"}"#;
        let conditions = r#""ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::444444444444:role/Q",
                "arn:aws-iso:iam::555555555555:role/*", "arn:*:iam::66666666*:role/*", "arn::iam:::x"]},
            "StringLike": {"aws:userid": ["777777777777:*", "8888:*", "9*:s1", "?:x1*"], "aws:UserAgent": "aws-x:aws-iso-b:1"}"#;
        let found = of(&allow(principals, conditions));
        assert_eq!(
            names(&found.accounts),
            [1, 2, 3, 4, 5, 7].map(|digit: u32| digit.to_string().repeat(12))
        );
        assert_eq!(names(&found.partitions), ["aws-cn", "aws-iso", "aws-us-gov"]);
        assert_eq!(
            names(&found.named),
            ["arn:aws-us-gov:iam::333333333333:role/R", "arn:aws:iam::444444444444:role/Q"]
        );
        assert_eq!(names(&found.services), ["lambda.amazonaws.com"]);
        assert_eq!(names(&found.actions), ["secretsmanager:getsecretvalue"]);
        let globs = found.account_globs.iter().map(Pattern::tokens).map(|t| t.len());
        assert_eq!(globs.collect::<Vec<_>>(), [9, 2]);
    }

    #[test]
    fn a_stranger_is_nobody_who_is_mentioned() {
        let account = |conditions: &str| of(&allow(r#""*""#, conditions)).stranger_account();
        assert_eq!(account(""), "999988887777");
        let equals = r#""StringEquals": {"aws:PrincipalAccount": "999988887777"}"#;
        assert_eq!(account(equals), "888877776666");
        // One that a pattern covers is taken only where there is no other.
        let like = r#""StringLike": {"aws:PrincipalAccount": ["9999*", "888877776666"]}"#;
        assert_eq!(account(like), "777766665555");
        let digits: Vec<String> = (0..10).map(|digit| format!("\"{digit}*\"")).collect();
        let all = format!(r#""StringLike": {{"aws:PrincipalAccount": [{}]}}"#, digits.join(","));
        assert_eq!(account(&all), "999988887777");
        // Nor is it whoever owns what is spoken of.
        let own = allow(r#""*""#, "").replace(
            r#""Resource": "*""#,
            r#""Resource": "arn:aws:secretsmanager:*:999988887777:secret:*""#,
        );
        assert_eq!(of(&own).stranger_account(), "888877776666");
    }

    #[test]
    fn the_accounts_of_resources_are_read_beside_variables() {
        let on = |resource: &str| {
            let found = of(&allow(r#""*""#, "").replace(
                r#""Resource": "*""#,
                &format!(r#""NotResource": ["arn:aws:{resource}", "*"]"#),
            ));
            let literals = found.resource_accounts.iter().filter_map(Pattern::as_literal);
            literals.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(on("secretsmanager:*:111122223333:secret:*"), ["111122223333"]);
        let tagged = "secretsmanager:*:111122223333:secret:${aws:PrincipalTag/team}:x";
        assert_eq!(on(tagged), ["111122223333"]);
        assert_eq!(on("s3:::x"), [""]);
    }

    #[test]
    fn an_owner_who_is_not_known_is_nobody_who_is_mentioned() {
        let assumptions = Assumptions::default();
        let around = around_a_secret(&assumptions);
        let owner =
            |principal: &str| Stranger::of(&of(&allow(principal, "")), around).owner_account;
        assert_eq!(owner(r#""*""#), "111122223333");
        assert_eq!(owner(r#"{"AWS": "210987654321"}"#), "111122223333");
        assert_eq!(owner(r#"{"AWS": ["111122223333", "210987654321"]}"#), "123456789012");
    }
}
