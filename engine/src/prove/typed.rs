//! Which actions and resources go together.

use super::{formula::NodeId, glob::Alternative, symbolic::Symbolic, test::Test};
use crate::aws::{Service, catalog};

impl Symbolic<'_> {
    /// Keeps requests to what the two services define: their actions are those of the catalogue, each on resources of
    /// its types, or on `*` where it has none. Then `secretsmanager:*` and the list of all actions are the same.
    ///
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html>
    pub(super) fn keep_to_catalogue(&mut self) {
        // What an action without resource types is authorized on.
        self.space.widen(self.parts.resource, "*");
        for (service, prefix) in
            [(Service::SecretsManager, "secretsmanager"), (Service::Kms, "kms")]
        {
            let actions = catalog::actions_of(service);
            let all = self.one_of(actions.iter().map(|action| action.full_name));
            let any = Test::text([
                Alternative::literal(&format!("{prefix}:")).then(&Alternative::shape("*"))
            ]);
            let any = self.space.inside(&mut self.arena, self.parts.action, any);
            let known = self.arena.implies(any, all);
            self.require(known);
            let mut kinds: Vec<&[&str]> = actions.iter().map(|action| action.resources).collect();
            kinds.sort_unstable();
            kinds.dedup();
            for types in kinds {
                let same = actions.iter().filter(|action| action.resources == types);
                let same = self.one_of(same.map(|action| action.full_name));
                let on = self.resource_of(types);
                let typed = self.arena.implies(same, on);
                self.require(typed);
            }
        }
    }

    fn one_of<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> NodeId {
        let names = names.map(|name| Alternative::literal(&name.to_ascii_lowercase()));
        let test = Test::text(names.collect::<Vec<_>>());
        self.space.inside(&mut self.arena, self.parts.action, test)
    }

    /// That the resource is of one of these types. Secrets count by name too: that is what a call is authorized on
    /// that finds none.
    fn resource_of(&mut self, types: &[&str]) -> NodeId {
        let shape = |kind: &&str| match *kind {
            "secret" => Some("arn:^^*:secretsmanager:^*:^*:secret:%%*"),
            "key" => Some("arn:^^*:kms:^*:^*:key/%%*"),
            "alias" => Some("arn:^^*:kms:^*:^*:alias/%%*"),
            _ => None,
        };
        let mut shapes: Vec<Alternative> =
            types.iter().filter_map(shape).map(Alternative::shape).collect();
        if types.is_empty() {
            shapes.push(Alternative::literal("*"));
        }
        self.space.inside(&mut self.arena, self.parts.resource, Test::text(shapes))
    }
}
