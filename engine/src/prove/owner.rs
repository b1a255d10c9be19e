use super::{
    domain::{Domain, Outcome},
    formula::{FALSE, Formula, NodeId, TRUE},
    glob::{Alternative, Characters},
    keys::Holds,
    product::Effort,
    space::VariableId,
    symbolic::{Symbolic, example_arn},
    test::Test,
};
use crate::aws::ContextKey;

/// The keys that hold an organization, or paths that begin with one.
const ORGANIZATION_KEYS: [&str; 8] = [
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
];

/// The keys that hold an account.
const ACCOUNT_KEYS: [&str; 6] = [
    "aws:ResourceAccount",
    "aws:PrincipalAccount",
    "kms:CallerAccount",
    "aws:SourceAccount",
    "aws:SourceOwner",
    "aws:VpceAccount",
];

/// How many kinds of owners are told apart.
const MOST_KINDS: usize = 64;

/// How many patterns they are told apart by.
const MOST_PATTERNS: usize = 8;

/// Accounts or organizations that match some patterns and do not match others, by their numbers.
struct Kind {
    inside: Vec<usize>,
    outside: Vec<usize>,
    example: String,
}

/// Owners of several kinds.
#[derive(Debug, PartialEq, Eq)]
struct Kinds {
    examples: Vec<String>,
    /// Whether there is one of every kind.
    complete: bool,
}

impl Symbolic<'_> {
    /// The account of the owner of the resource, where nobody says which it is. It is that in the resource's ARN.
    pub(super) fn owner_account(&mut self) -> Holds {
        let kinds = self.owner_accounts();
        self.leave_open(&kinds, &["aws:resourceaccount"]);
        let other = self.is_other_owner(std::iter::once(&ContextKey::new("aws:ResourceAccount")));
        let resource = self.parts.resource;
        if self.around.resource.is_none() {
            for account in &kinds.examples {
                if let Some(arn) = example_arn(self.around.kind, account) {
                    self.space.widen(resource, &arn);
                }
            }
        }
        let domain = Domain::Listed(kinds.examples.clone());
        let owner =
            Holds::Variable(self.space.variable("aws:ResourceAccount", domain, false, TRUE));
        for account in kinds.examples {
            let is = self.inside(&owner, &Test::literal(&account));
            let arn = Alternative::shape(&format!("arn:^*:^*:^*:{account}:*"));
            // The ARNs of some resources of other services have none.
            let none = (!self.is_ours()).then(|| Alternative::shape("arn:^*:^*:^*::*"));
            let arn = Test::text([arn].into_iter().chain(none));
            let has_arn = self.space.inside(&mut self.arena, resource, arn);
            let either = self.arena.or(other, has_arn);
            let tied = self.arena.implies(is, either);
            self.require(tied);
        }
        owner
    }

    fn owner_accounts(&self) -> Kinds {
        let own = &self.stranger.owner_account;
        let any = Domain::shaped(&["############"], &[own]);
        let mentioned = self.vocabulary.accounts.iter().map(ToString::to_string);
        let named = mentioned.filter(|account| account != own).collect();
        let written =
            self.vocabulary.account_globs.iter().chain(&self.vocabulary.resource_accounts);
        let written = written.map(|pattern| Alternative::of(pattern, Characters::Any, false));
        let patterns = self.vocabulary.patterns(&ACCOUNT_KEYS).into_iter().chain(written);
        let mut kinds = self.one_of_each_kind(&any, named, patterns);
        kinds.complete &= !self.vocabulary.is_compared_in_part("aws:ResourceAccount");
        kinds
    }

    /// The organizations that the owner of the resource may be of, where nobody says of which it is.
    pub(super) fn owner_organization(&mut self) -> Domain {
        let kinds = self.owner_organizations();
        self.leave_open(&kinds, &["aws:resourceorgid", "aws:resourceorgpaths"]);
        Domain::Listed(kinds.examples)
    }

    fn owner_organizations(&self) -> Kinds {
        let any = Domain::shaped(&["o-@@*"], &[&self.stranger.owner_organization]);
        let named = self.vocabulary.organizations.iter().cloned().collect();
        // Of a path what may be the organization.
        let patterns =
            self.vocabulary.patterns(&ORGANIZATION_KEYS).into_iter().flat_map(|pattern| {
                let divided = pattern.divided('/').into_iter().map(|(before, _)| before);
                let divided: Vec<Alternative> = divided.collect();
                if divided.is_empty() { vec![pattern] } else { divided }
            });
        let mut kinds = self.one_of_each_kind(&any, named, patterns);
        let in_part = ["aws:ResourceOrgID", "aws:ResourceOrgPaths"];
        kinds.complete &= !in_part.iter().any(|key| self.vocabulary.is_compared_in_part(key));
        kinds
    }

    /// Who owns the resource, where nobody says it: it may be anybody.
    ///
    /// What policies say of accounts or organizations tells some of them apart. One of each kind is here, so that it is known for
    /// each what a policy variable must hold to be equal to it. Where there are more kinds than are told apart, what is
    /// compared with the owner is left open.
    fn one_of_each_kind(
        &self,
        any: &Domain,
        mut named: Vec<String>,
        patterns: impl Iterator<Item = Alternative>,
    ) -> Kinds {
        let mapped = self.around.assumptions.mapped_address;
        let effort = Effort::full(&self.around.bounds).little();
        let mut globs: Vec<Alternative> = Vec::new();
        let mut complete = named.len() <= MOST_KINDS;
        named.truncate(MOST_KINDS);
        for pattern in patterns {
            match pattern.as_literal() {
                Some(name) if !any.has(&name) || named.contains(&name) => {}
                Some(_) if named.len() >= MOST_KINDS => complete = false,
                Some(name) => named.push(name),
                None if globs.contains(&pattern) => {}
                None if any.has_none(
                    &[Test::text([pattern.clone()])],
                    &[0],
                    &[],
                    mapped,
                    effort,
                ) => {}
                None if globs.len() >= MOST_PATTERNS => complete = false,
                None => globs.push(pattern),
            }
        }
        let mut tests = vec![Test::text(named.iter().map(|name| Alternative::literal(name)))];
        tests.extend(globs.into_iter().map(|pattern| Test::text([pattern])));
        let find = |inside: Vec<usize>, outside: Vec<usize>| match any
            .find(&tests, &inside, &outside, mapped, effort)
        {
            Outcome::Value(example) => Ok(Some(Kind { inside, outside, example })),
            Outcome::Nothing(_) => Ok(None),
            Outcome::Undecided(limit) => Err(limit),
        };
        let mut kinds: Vec<Kind> = Vec::new();
        match find(Vec::new(), vec![0]) {
            Ok(kind) => kinds.extend(kind),
            Err(_) => complete = false,
        }
        for (index, test) in tests.iter().enumerate().skip(1) {
            for number in 0..kinds.len() {
                let Some(kind) = kinds.get_mut(number) else { break };
                let (mut inside, mut outside) = (kind.inside.clone(), kind.outside.clone());
                // The example is of one of the two kinds that the pattern divides this one into.
                if test.holds(&kind.example, mapped) {
                    kind.inside.push(index);
                    outside.push(index);
                } else {
                    kind.outside.push(index);
                    inside.push(index);
                }
                match find(inside, outside) {
                    Ok(Some(_)) if kinds.len() >= MOST_KINDS => complete = false,
                    Ok(other) => kinds.extend(other),
                    Err(_) => complete = false,
                }
            }
        }
        named.extend(kinds.into_iter().map(|kind| kind.example));
        Kinds { examples: named, complete }
    }

    /// Notes where the owner may be of a kind of which there is none here.
    fn leave_open(&mut self, kinds: &Kinds, keys: &[&'static str]) {
        if !kinds.complete {
            let other = self.space.flag(&mut self.arena);
            self.open_owners.extend(keys.iter().map(|key| (*key, other)));
        }
    }

    /// What is said of keys, where some of them may hold what they do for an owner of a kind that is not tried: it may then
    /// be so or not.
    pub(super) fn with_other_owners<'k>(
        &mut self,
        said: Formula,
        keys: impl Iterator<Item = &'k ContextKey>,
    ) -> Formula {
        if self.open_owners.is_empty() {
            return said;
        }
        let other = self.is_other_owner(keys);
        let tried = self.arena.not(other);
        Formula {
            certain: self.arena.and(said.certain, tried),
            possible: self.arena.or(said.possible, other),
        }
    }

    /// That the owner is of a kind of which these keys are not tried.
    fn is_other_owner<'k>(&mut self, keys: impl Iterator<Item = &'k ContextKey>) -> NodeId {
        let mut other = FALSE;
        for key in keys {
            for (open, flag) in &self.open_owners {
                if *open == key.lower() {
                    other = self.arena.or(other, *flag);
                }
            }
        }
        other
    }

    /// That the organization paths of the owner begin with the owner's organization, and are there when it is.
    pub(super) fn tie_owner_paths(&mut self, paths: VariableId) {
        let key = ContextKey::new("aws:ResourceOrgID");
        let organization = self.holds(&key);
        let other = self.is_other_owner(std::iter::once(&key));
        let tried = self.arena.not(other);
        let has_organization = self.is_present(&organization);
        let same = self.arena.same(has_organization, self.space.present(paths));
        self.require(same);
        for id in self.listed_values(&organization).unwrap_or_default() {
            let is = self.inside(&organization, &Test::literal(&id));
            let below = Alternative::literal(&id).then(&Alternative::shape("/*"));
            let elsewhere = self.space.outside(&mut self.arena, paths, Test::text([below]));
            let both = self.arena.all([has_organization, is, elsewhere, tried]);
            self.require_not(both);
        }
    }

    /// That a key holds what it does for members of the owner's organization, which is fixed even where no value names
    /// it.
    pub(super) fn is_of_owners_organization(&mut self, key: &ContextKey, id: VariableId) -> NodeId {
        let behind = match key.lower() {
            "aws:principalorgid" | "aws:sourceorgid" | "aws:vpceorgid" => "",
            "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => "/*",
            _ => return FALSE,
        };
        let behind = Alternative::shape(behind);
        let unknown = Holds::Value(self.stranger.owner_organization.clone());
        let owner = self.keys.get(&ContextKey::new("aws:ResourceOrgID")).cloned();
        self.is_owners(&owner.unwrap_or(unknown), id, |organization| {
            Alternative::literal(organization).then(&behind)
        })
    }

    /// That a key holds what it does for those who are of the owner's account, if some statement asks for that.
    pub(super) fn is_of_owners_account(&mut self, key: &ContextKey, id: VariableId) -> NodeId {
        let (before, behind) = match key.lower() {
            "aws:principalarn" => ("arn:^*:^*::", ":*"),
            "aws:sourcearn" => ("arn:^*:^*:^*:", ":*"),
            "aws:sourceaccount" | "aws:sourceowner" | "aws:vpceaccount" => ("", ""),
            _ => return FALSE,
        };
        let Some(owner) = self.keys.get(&ContextKey::new("aws:ResourceAccount")).cloned() else {
            return FALSE;
        };
        self.is_owners(&owner, id, |account| {
            Alternative::shape(&format!("{before}{account}{behind}"))
        })
    }

    /// That a part of the request looks as it does where it is of the owner.
    fn is_owners(
        &mut self,
        owner: &Holds,
        id: VariableId,
        look: impl Fn(&str) -> Alternative,
    ) -> NodeId {
        let present = self.is_present(owner);
        let mut any = FALSE;
        for name in self.listed_values(owner).unwrap_or_default() {
            let is = self.inside(owner, &Test::literal(&name));
            let looks = self.space.asked(&mut self.arena, id, Test::text([look(&name)]));
            let all = self.arena.all([present, is, looks]);
            any = self.arena.or(any, all);
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::Assumptions,
        compile::CompiledPolicy,
        policy::PolicyKind,
        prove::public::tests::{around_a_secret, everyone_if, policy_of},
    };

    fn organizations(conditions: &str) -> Kinds {
        let assumptions = Assumptions::default();
        let policy = policy_of(&everyone_if(conditions), PolicyKind::Secret);
        let policy = CompiledPolicy::new(&policy, &assumptions);
        Symbolic::new(&[&policy], around_a_secret(&assumptions)).owner_organizations()
    }

    #[test]
    fn there_is_an_organization_of_each_kind_that_policies_tell_apart() {
        let examples = |conditions: &str| {
            let kinds = organizations(conditions);
            assert!(kinds.complete, "{conditions}");
            kinds.examples
        };
        assert_eq!(examples(""), ["o-owner00000"]);
        // Wherever they are named, once; what cannot be the id of an organization is none.
        let named = r#""StringEquals": {"aws:PrincipalOrgID": ["o-b", "x", "o-owner00000"]},
            "StringLike": {"aws:ResourceOrgPaths": ["o-b/r-1/*", "o-c/*"], "aws:SourceOrgID": "o-b"}"#;
        let mut found = examples(named);
        found.sort();
        assert_eq!(found, ["o-b", "o-c", "o-owner00000", "o-x"]);
        // Of patterns one inside each, unless all of those are named, and one outside; `o-ab*` lies in `o-a*`.
        let patterns = r#""StringLike": {"aws:ResourceOrgID": ["o-a*", "o-ab*", "o-owner0000?"]}"#;
        let found = examples(patterns);
        let inside = |start: &str| found.iter().filter(|id| id.starts_with(start)).count();
        assert_eq!((found.len(), inside("o-a"), inside("o-ab")), (4, 2, 1));
        // The organization of a path may end before what its wildcards stand for does.
        let path = r#""StringLike": {"aws:ResourceOrgPaths": "o-a*x/*"}"#;
        let found = examples(path);
        let ends = |end: bool| {
            found.iter().filter(|id| id.starts_with("o-a") && id.ends_with('x') == end).count()
        };
        assert_eq!((found.len(), ends(true), ends(false)), (3, 1, 1));
        // What a tag is compared with says something of organizations where it is compared with one.
        let tag = r#""StringLike": {"aws:PrincipalTag/x": "o-t*"}"#;
        assert_eq!(examples(tag), ["o-owner00000"]);
        let compared = r#""StringEquals": {"aws:PrincipalTag/x": "${aws:ResourceOrgID}"},
            "StringLike": {"aws:PrincipalTag/x": "o-t*"}"#;
        assert!(examples(compared).iter().any(|id| id.starts_with("o-t")));
    }

    #[test]
    fn where_there_are_more_kinds_the_rest_is_open() {
        let list = |key: &str, name: &dyn Fn(usize) -> String, count: usize| {
            let list: Vec<String> = (0..count).map(|n| format!("\"{}\"", name(n))).collect();
            organizations(&format!(r#""StringLike": {{"{key}": [{}]}}"#, list.join(",")))
        };
        let all = |kinds: &Kinds| (kinds.examples.len(), kinds.complete);
        let starting = |n: usize| format!("o-{n}*");
        assert_eq!(all(&list("aws:ResourceOrgID", &starting, MOST_PATTERNS)), (9, true));
        assert_eq!(all(&list("aws:ResourceOrgID", &starting, MOST_PATTERNS + 1)), (9, false));
        let having = |n: usize| format!("o-*{n}x*");
        assert_eq!(all(&list("aws:ResourceOrgID", &having, 4)), (16, true));
        let most = list("aws:ResourceOrgID", &having, 8);
        assert!(most.examples.len() <= MOST_KINDS && !most.complete);
        let named = |n: usize| format!("o-{n}");
        assert_eq!(all(&list("aws:PrincipalOrgID", &named, MOST_KINDS)), (65, true));
        assert_eq!(all(&list("aws:PrincipalOrgID", &named, MOST_KINDS + 1)), (65, false));
        // What no organization is called tells none apart.
        let others = |n: usize| format!("x{n}*");
        assert_eq!(all(&list("aws:ResourceOrgID", &others, MOST_PATTERNS + 1)), (1, true));
        // A part of a word is not what the word is.
        let part = |value: &str, more: &str| {
            let condition =
                format!(r#""StringEquals": {{"aws:PrincipalTag/x": "{value}"}}, {more}"#);
            organizations(&condition).complete
        };
        let tagged = r#""StringLike": {"aws:PrincipalTag/x": "x-o-a*"}"#;
        assert!(!part("x-${aws:ResourceOrgID}", tagged));
        assert!(!part("${aws:ResourceOrgID}x", tagged));
        assert!(part("x/${aws:ResourceOrgID}:x", tagged));
        assert!(part("x-${aws:ResourceOrgID}", r#""Null": {"aws:PrincipalTag/x": "false"}"#));
    }
}
