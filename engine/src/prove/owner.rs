use super::{
    domain::{Domain, Outcome},
    formula::{FALSE, NodeId, TRUE},
    glob::Alternative,
    keys::Holds,
    product::Effort,
    space::VariableId,
    symbolic::Symbolic,
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

/// How many kinds of owners are told apart; past it a policy variable that names the owner is left open.
const MOST_KINDS: usize = 64;

/// Accounts or organizations that match some patterns and do not match others, by their numbers.
struct Kind {
    inside: Vec<usize>,
    outside: Vec<usize>,
}

impl Kind {
    /// Those that do not match one more pattern, and those that do.
    fn split(self, index: usize) -> [Self; 2] {
        let Self { inside, outside } = self;
        let more = |list: &[usize]| list.iter().copied().chain([index]).collect();
        let without = Self { inside: inside.clone(), outside: more(&outside) };
        [without, Self { inside: more(&inside), outside }]
    }
}

impl Symbolic<'_> {
    /// The account of the owner of the resource, where nobody says which it is. It is that in the ARN of a secret or key.
    pub(super) fn owner_account(&mut self) -> VariableId {
        let any = Domain::shaped(&["############"], &[&self.stranger.owner_account]);
        let mentioned = self.vocabulary.accounts.iter().map(ToString::to_string);
        let mentioned = mentioned.filter(|account| *account != self.stranger.owner_account);
        let domain = self.one_of_each_kind(any, mentioned.collect(), &ACCOUNT_KEYS);
        let id = self.space.variable("aws:ResourceAccount", domain, false, TRUE);
        let owner = Holds::Variable(id);
        let accounts = self.listed_values(&owner).filter(|_| self.is_ours()).unwrap_or_default();
        for account in accounts {
            let is = self.inside(&owner, &Test::literal(&account));
            let arn = Test::text([Alternative::shape(&format!("arn:^*:^*:^*:{account}:*"))]);
            let has_arn = self.space.inside(&mut self.arena, self.parts.resource, arn);
            let tied = self.arena.implies(is, has_arn);
            self.require(tied);
        }
        id
    }

    /// The organizations that the owner of the resource may be of.
    pub(super) fn owner_organizations(&self) -> Domain {
        let own = &self.stranger.owner_organization;
        match self.around.organization {
            Some(_) => Domain::Listed(vec![own.clone()]),
            None => {
                let any = Domain::shaped(&["o-%%*"], &[own]);
                self.one_of_each_kind(any, Vec::new(), &ORGANIZATION_KEYS)
            }
        }
    }

    /// Who owns the resource, where nobody says it: it may be anybody.
    ///
    /// What policies say of accounts or organizations, by these keys, tells some of them apart. One of each kind is here, so
    /// that it is known for each what a policy variable must hold to be equal to it. More kinds than are told apart are
    /// `any` at all, of whom nobody says that they are the owner.
    fn one_of_each_kind(&self, any: Domain, mut named: Vec<String>, keys: &[&str]) -> Domain {
        let mut patterns: Vec<Alternative> = Vec::new();
        for key in keys {
            let mentioned = self.vocabulary.keys.get(&ContextKey::new(key));
            let mentioned = mentioned.map_or(&[][..], |mentioned| &mentioned.patterns);
            // Of a path the organization.
            for pattern in mentioned.iter().map(|(pattern, _)| pattern.before('/')) {
                match pattern.as_literal() {
                    Some(name) if !any.has(&name) || named.contains(&name) => {}
                    Some(name) => named.push(name),
                    None if patterns.contains(&pattern) => {}
                    None => patterns.push(pattern),
                }
                if named.len() + patterns.len() > MOST_KINDS {
                    return any;
                }
            }
        }
        let mut tests = vec![Test::text(named.iter().map(|name| Alternative::literal(name)))];
        tests.extend(patterns.into_iter().map(|pattern| Test::text([pattern])));
        let mapped = self.around.assumptions.mapped_address;
        let effort = Effort::full(&self.around.bounds);
        let find = |kind: &Kind| any.find(&tests, &kind.inside, &kind.outside, mapped, effort);
        let mut kinds = vec![Kind { inside: Vec::new(), outside: vec![0] }];
        for index in 1..tests.len() {
            let mut finer = Vec::new();
            for kind in kinds.into_iter().flat_map(|kind| kind.split(index)) {
                match find(&kind) {
                    Outcome::Value(_) => finer.push(kind),
                    Outcome::Nothing(_) => {}
                    Outcome::Undecided(_) => return any,
                }
            }
            if finer.len() > MOST_KINDS {
                return any;
            }
            kinds = finer;
        }
        for kind in kinds {
            if let Outcome::Value(name) = find(&kind) {
                named.push(name);
            }
        }
        Domain::Listed(named)
    }

    /// That the organization paths of the owner begin with the owner's organization, and are there when it is.
    pub(super) fn tie_owner_paths(&mut self, paths: VariableId) {
        let organization = self.holds(&ContextKey::new("aws:ResourceOrgID"));
        let has_organization = self.is_present(&organization);
        let same = self.arena.same(has_organization, self.space.present(paths));
        self.require(same);
        for id in self.listed_values(&organization).unwrap_or_default() {
            let is = self.inside(&organization, &Test::literal(&id));
            let below = Alternative::literal(&id).then(&Alternative::shape("/*"));
            let elsewhere = self.space.outside(&mut self.arena, paths, Test::text([below]));
            let both = self.arena.all([has_organization, is, elsewhere]);
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

    /// That the caller is of the owner's account, if some statement asks for that.
    pub(super) fn is_of_owners_account(&mut self) -> NodeId {
        let Some(owner) = self.keys.get(&ContextKey::new("aws:ResourceAccount")).cloned() else {
            return FALSE;
        };
        self.is_owners(&owner, self.parts.caller, |account| {
            Alternative::shape(&format!("arn:^*:^*::{account}:*"))
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
        prove::{
            Bounds, Mode,
            public::tests::{everyone_if, read},
            symbolic::Surroundings,
        },
    };

    fn organizations(conditions: &str) -> Option<Vec<String>> {
        let statement = everyone_if(conditions);
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let assumptions = Assumptions::default();
        let policy = CompiledPolicy::new(&read(&text, PolicyKind::Secret), &assumptions);
        let around = Surroundings {
            mode: Mode::Strict,
            kind: PolicyKind::Secret,
            owner: None,
            trusted: &[],
            organization: None,
            resource: None,
            assumptions: &assumptions,
            bounds: Bounds::default(),
        };
        match Symbolic::new(&[&policy], around).owner_organizations() {
            Domain::Listed(list) => Some(list),
            _ => None,
        }
    }

    #[test]
    fn there_is_an_organization_of_each_kind_that_policies_tell_apart() {
        let listed = |conditions: &str| organizations(conditions).unwrap();
        assert_eq!(listed(""), ["o-owner00000"]);
        // Wherever they are named, once; what cannot be the id of an organization is none.
        let named = r#""StringEquals": {"aws:PrincipalOrgID": ["o-b", "x", "o-owner00000"]},
            "StringLike": {"aws:ResourceOrgPaths": ["o-b/r-1/*", "o-c/*"], "aws:SourceOrgID": "o-b"}"#;
        assert_eq!(listed(named), ["o-b", "o-c", "o-owner00000", "o-x"]);
        // Of patterns one inside each, unless all of those are named, and one outside; `o-ab*` lies in `o-a*`.
        let patterns = r#""StringLike": {"aws:ResourceOrgID": ["o-a*", "o-ab*", "o-owner0000?"]}"#;
        let found = listed(patterns);
        let inside = |starts: &[&str]| {
            found.iter().filter(|id| starts.iter().any(|s| id.starts_with(s))).count()
        };
        assert_eq!(
            (found.len(), inside(&["o-a"]), inside(&["o-ab"]), inside(&["o-owner0000"])),
            (4, 2, 1, 1)
        );
    }

    #[test]
    fn more_kinds_than_are_told_apart_are_any() {
        let with = |count: usize| {
            let patterns: Vec<String> = (0..count).map(|n| format!("\"o-*{n}x*\"")).collect();
            let list = patterns.join(",");
            organizations(&format!(r#""StringLike": {{"aws:ResourceOrgID": [{list}]}}"#))
        };
        assert_eq!(with(6).map(|list| list.len()), Some(64));
        assert_eq!(with(7), None);
        let named = |count: usize| {
            let list: Vec<String> = (0..count).map(|n| format!("\"o-{n}\"")).collect();
            let list = list.join(",");
            organizations(&format!(r#""StringEquals": {{"aws:ResourceOrgID": [{list}]}}"#))
        };
        assert_eq!(named(64).map(|list| list.len()), Some(65));
        assert_eq!(named(65), None);
    }
}
