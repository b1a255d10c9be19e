use super::{
    domain::{Domain, Outcome},
    formula::{FALSE, NodeId},
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

/// How many kinds of organizations are told apart that no policy names; past it a policy variable on the owner's is left
/// open.
const MOST_KINDS: usize = 64;

/// Organizations that match some patterns and do not match others, by their numbers.
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
    /// The organizations that the owner of the resource may be of.
    ///
    /// Where nobody says which it is, it may be any. What policies say of organizations tells some of them apart, and
    /// one of each kind is here, so that it is known for each what a policy variable must hold to be equal to it. More
    /// kinds than are told apart are any organizations at all, of whose members nobody says that they are the owner's.
    pub(super) fn owner_organizations(&self) -> Domain {
        if self.around.organization.is_some() {
            return Domain::Listed(vec![self.stranger.owner_organization.clone()]);
        }
        let any = Domain::shaped(&["o-%%*"], &[&self.stranger.owner_organization]);
        let mut named: Vec<String> = Vec::new();
        let mut patterns: Vec<Alternative> = Vec::new();
        for key in ORGANIZATION_KEYS {
            let mentioned = self.vocabulary.keys.get(&ContextKey::new(key));
            let mentioned = mentioned.map_or(&[][..], |mentioned| &mentioned.patterns);
            for pattern in mentioned.iter().map(|(pattern, _)| pattern.before('/')) {
                match pattern.as_literal() {
                    Some(name) if !any.has(&name) || named.contains(&name) => {}
                    Some(name) => named.push(name),
                    None if patterns.contains(&pattern) => {}
                    None => patterns.push(pattern),
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
        let owner =
            self.keys.get(&ContextKey::new("aws:ResourceOrgID")).cloned().unwrap_or(unknown);
        let has_organization = self.is_present(&owner);
        let mut any = FALSE;
        for organization in self.listed_values(&owner).unwrap_or_default() {
            let is = self.inside(&owner, &Test::literal(&organization));
            let its = Test::text([Alternative::literal(&organization).then(&behind)]);
            let has_it = self.space.asked(&mut self.arena, id, its);
            let both = self.arena.all([has_organization, is, has_it]);
            any = self.arena.or(any, both);
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
    }
}
