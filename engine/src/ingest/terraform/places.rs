//! Account and Region of resources that have no ARN yet.

use std::collections::BTreeSet;

use super::{instance::Instance, references::References, text};
use crate::{
    aws::{AccountId, Arn},
    text::{Node, Value},
};

/// What the file tells of accounts and Regions.
pub(super) struct Places<'a> {
    root: &'a Node,
    instances: &'a [Instance<'a>],
    references: &'a References<'a>,
}

impl<'a> Places<'a> {
    pub(super) const fn new(
        root: &'a Node,
        instances: &'a [Instance<'a>],
        references: &'a References<'a>,
    ) -> Self {
        Self { root, instances, references }
    }

    /// The account that a resource is made in: the one that its provider is bound to, else that of
    /// `data.aws_caller_identity`, else, where one provider makes everything, the one in the ARNs of what is there
    /// already. `None` where these say nothing or several things.
    pub(super) fn account(&self, instance: &Instance<'_>) -> Option<AccountId> {
        let provider = self.provider(instance)?;
        let argument = |name| self.argument(&provider, name);
        let bound = argument("allowed_account_ids").and_then(|node| constant(node));
        if let Some([only]) = bound.and_then(Node::elements) {
            return only.as_str()?.parse().ok();
        }
        let role = argument("assume_role").and_then(|role| role.elements()?.first());
        if let Some(role) = role {
            let arn: Arn = constant(role.get("role_arn")?)?.as_str()?.parse().ok()?;
            return arn.account();
        }
        let callers = self.data("aws_caller_identity", &provider);
        let told: BTreeSet<AccountId> =
            callers.filter_map(|caller| caller.text("account_id")?.parse().ok()).collect();
        if told.is_empty() && self.is_only_provider() {
            return only(self.arns().filter_map(|arn| arn.account()).collect());
        }
        only(told)
    }

    /// The Region that a resource is made in: its own argument, else that of its provider, else that of
    /// `data.aws_region`, else, where one provider makes everything, the one in the ARNs of what is there already.
    pub(super) fn region(&self, instance: &Instance<'_>) -> Option<String> {
        if let Some(region) = instance.text("region") {
            return Some(region.to_owned());
        }
        let provider = self.provider(instance)?;
        if let Some(region) = self.argument(&provider, "region") {
            return match constant(region) {
                Some(node) => node.as_str().map(str::to_owned),
                None => self.variable(region).map(str::to_owned),
            };
        }
        let regions = self.data("aws_region", &provider);
        let told: BTreeSet<String> = regions
            .filter_map(|data| data.text("region").or(data.text("name")).or(data.text("id")))
            .map(str::to_owned)
            .collect();
        if told.is_empty() && self.is_only_provider() {
            let regions = self.arns().map(|arn| arn.region().to_owned());
            return only(regions.filter(|region| !region.is_empty()).collect());
        }
        only(told)
    }

    /// The name of a resource's provider configuration; `None` where it cannot be told from others.
    fn provider(&self, instance: &Instance<'_>) -> Option<String> {
        let key = text(self.references.resource(instance)?, "provider_config_key")?;
        if self.config(key).is_some() {
            return Some(key.to_owned());
        }
        // A module that is given none uses the root module's, unless another was passed under that name.
        let plain = key.rsplit(':').next().unwrap_or(key);
        (plain == key || self.is_only_provider()).then(|| plain.to_owned())
    }

    fn config(&self, key: &str) -> Option<&'a Node> {
        self.configs()?.iter().find(|member| &*member.key.value == key).map(|found| &found.value)
    }

    fn configs(&self) -> Option<&'a [crate::text::Member]> {
        self.root.get("configuration")?.get("provider_config")?.members()
    }

    fn argument(&self, provider: &str, name: &str) -> Option<&'a Node> {
        self.config(provider)?.get("expressions")?.get(name)
    }

    /// Whether all resources of AWS are made by one provider configuration.
    fn is_only_provider(&self) -> bool {
        let configs = self.configs().unwrap_or_default().iter();
        configs.filter(|config| text(&config.value, "name") == Some("aws")).count() <= 1
    }

    /// Data sources of a kind that a provider has read.
    fn data(&self, kind: &str, provider: &str) -> impl Iterator<Item = &'a Instance<'a>> {
        self.instances.iter().filter(move |instance| {
            instance.is_data
                && instance.kind == kind
                && self.provider(instance).as_deref() == Some(provider)
        })
    }

    /// The value of a variable of the root module to which an expression refers.
    fn variable(&self, expression: &Node) -> Option<&'a str> {
        let [reference] = expression.get("references")?.elements()? else {
            return None;
        };
        let name = reference.as_str()?.strip_prefix("var.")?;
        self.root.get("variables")?.get(name)?.get("value")?.as_str()
    }

    /// The ARNs of resources that are there.
    fn arns(&self) -> impl Iterator<Item = Arn> {
        let made = self.instances.iter().filter(|i| !i.is_data && i.kind.starts_with("aws_"));
        made.filter_map(|instance| instance.text("arn")?.parse().ok())
    }
}

fn constant(expression: &Node) -> Option<&Node> {
    let value = expression.get("constant_value")?;
    (!matches!(value.value, Value::Null)).then_some(value)
}

fn only<T: Ord>(mut told: BTreeSet<T>) -> Option<T> {
    let first = told.pop_first();
    if told.is_empty() { first } else { None }
}
