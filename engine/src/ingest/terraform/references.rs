//! The references that the configuration names, followed to the resources that they lead to.

use std::collections::{BTreeSet, HashMap};

use super::{instance::Instance, text};
use crate::text::{Node, Value};

/// How many steps through variables and outputs are followed; configurations stay far below.
const STEPS: usize = 32;

/// The configuration of a plan, and its instances.
pub(super) struct References<'a> {
    /// The modules of the configuration, by the names on the way to them; none where there is no configuration.
    modules: HashMap<Vec<String>, Module<'a>>,
    instances: &'a [Instance<'a>],
    /// The numbers of the instances, by module and `type.name`.
    by_base: HashMap<&'a str, HashMap<String, Vec<usize>>>,
}

/// A module of the configuration.
struct Module<'a> {
    node: &'a Node,
    /// Its resources, by address.
    resources: HashMap<&'a str, &'a Node>,
}

/// Where an expression leads.
#[derive(Clone, Debug)]
pub(super) enum Leads<'a> {
    /// The configuration has no such expression.
    Unset,
    /// To this one instance.
    To(Instance<'a>),
    /// To one of several, or further than can be followed.
    Unclear,
}

impl<'a> References<'a> {
    pub(super) fn new(root: &'a Node, instances: &'a [Instance<'a>]) -> Self {
        let root = root.get("configuration").and_then(|found| found.get("root_module"));
        let mut modules = HashMap::new();
        root.into_iter().for_each(|root| enter(root, &mut Vec::new(), &mut modules));
        let mut by_base: HashMap<_, HashMap<_, Vec<usize>>> = HashMap::new();
        for (number, instance) in instances.iter().enumerate() {
            let bases = by_base.entry(instance.module).or_default();
            bases.entry(instance.base()).or_default().push(number);
        }
        Self { modules, instances, by_base }
    }

    /// Whether the configuration sets this argument, as far as it is there to see.
    pub(super) fn sets(&self, instance: &Instance<'_>, argument: &str) -> bool {
        match self.resource(instance) {
            Some(found) => found.get("expressions").is_some_and(|e| e.get(argument).is_some()),
            // Without the configuration nobody can tell that it is not set.
            None => true,
        }
    }

    /// The instance of one of `kinds` that the argument of an instance refers to.
    pub(super) fn leads(&self, from: &Instance<'_>, argument: &str, kinds: &[&str]) -> Leads<'a> {
        let resource = self.resource(from).and_then(|found| found.get("expressions"));
        let Some(expression) = resource.and_then(|found| found.get(argument)) else {
            return if self.modules.is_empty() { Leads::Unclear } else { Leads::Unset };
        };
        let mut bases = Vec::new();
        let mut own_index = false;
        if !self.collect(from.module, expression, STEPS, &mut bases, &mut own_index) {
            return Leads::Unclear;
        }
        let of_kind = |number: &usize| {
            let instance = self.instances.get(*number);
            instance.filter(|instance| kinds.contains(&instance.kind))
        };
        // An expression names the same thing several times.
        let numbers: BTreeSet<usize> =
            bases.iter().flat_map(|(module, base, _)| self.of(module, base)).copied().collect();
        let found = numbers.iter().filter_map(of_kind);
        let mut found: Vec<&Instance<'a>> = found.filter(|instance| !instance.is_data).collect();
        let literal = |instance: &&&Instance<'a>| {
            bases.iter().any(|(module, base, index)| {
                *module == instance.module
                    && *base == instance.base()
                    && index.as_deref().is_some_and(|index| is_index(instance.index, index))
            })
        };
        if found.len() > 1 {
            let exact: Vec<_> = found.iter().filter(literal).copied().collect();
            let same = |instance: &&&Instance<'a>| match (instance.index, from.index) {
                (Some(a), Some(b)) => a.says_the_same(b),
                _ => false,
            };
            found = match (exact.is_empty(), own_index) {
                (false, _) => exact,
                (true, true) => found.iter().filter(same).copied().collect(),
                (true, false) => found,
            };
        }
        // An expression that names something else too may take its value from there.
        let others = bases.iter().any(|(module, base, _)| {
            !self.of(module, base).iter().any(|number| of_kind(number).is_some())
        });
        match found.as_slice() {
            [only] if !others => Leads::To(**only),
            _ => Leads::Unclear,
        }
    }

    /// The numbers of the instances of a resource.
    fn of(&self, module: &str, base: &str) -> &[usize] {
        let of_module = self.by_base.get(module).and_then(|bases| bases.get(base));
        of_module.map(Vec::as_slice).unwrap_or_default()
    }

    /// The configuration of the resource that an instance is of.
    pub(super) fn resource(&self, instance: &Instance<'_>) -> Option<&'a Node> {
        let module = self.modules.get(&calls(instance.module))?;
        module.resources.get(instance.base().as_str()).copied()
    }

    /// The configuration of a module by its address.
    fn module(&self, address: &str) -> Option<&'a Node> {
        self.modules.get(&calls(address)).map(|module| module.node)
    }

    /// The resources that an expression names, by module address, `type.name` and literal index; `false` where one
    /// of its references cannot be followed.
    fn collect(
        &self,
        module: &str,
        expression: &Node,
        steps: usize,
        bases: &mut Vec<(String, String, Option<String>)>,
        own_index: &mut bool,
    ) -> bool {
        let Some(steps) = steps.checked_sub(1) else {
            return false;
        };
        let Some(references) = expression.get("references").and_then(Node::elements) else {
            return false;
        };
        let mut all = !references.is_empty();
        for reference in references.iter().filter_map(Node::as_str) {
            let mut parts = reference.splitn(3, '.');
            let (first, second) =
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            match first {
                "count" | "each" => *own_index = true,
                "path" | "terraform" => {}
                "var" => {
                    let argument = self.argument(module, plain(second));
                    all &= argument.is_some_and(|(outer, expression)| {
                        self.collect(&outer, expression, steps, bases, own_index)
                    });
                }
                "module" => {
                    let output = parts.next().map(|rest| rest.split(['.', '[']).next());
                    // A bare `module.name` comes with every reference to one of its outputs.
                    let Some(Some(output)) = output else { continue };
                    let inner = match module {
                        "" => format!("module.{second}"),
                        module => format!("{module}.module.{second}"),
                    };
                    let expression = self
                        .module(&inner)
                        .and_then(|found| found.get("outputs")?.get(output)?.get("expression"));
                    all &= expression.is_some_and(|expression| {
                        self.collect(&inner, expression, steps, bases, own_index)
                    });
                }
                "local" | "data" => all = false,
                _ => {
                    let base = format!("{first}.{}", plain(second));
                    bases.push((module.to_owned(), base, index(second)));
                }
            }
        }
        all
    }

    /// What a module's caller gives for one of its variables, and the caller.
    fn argument(&self, module: &str, variable: &str) -> Option<(String, &'a Node)> {
        let name = calls(module).pop()?;
        let outer = outer(module);
        let call = self.module(&outer)?.get("module_calls")?.get(&name)?;
        Some((outer, call.get("expressions")?.get(variable)?))
    }
}

/// Notes a module of the configuration and those that it calls. `names` lead to it.
fn enter<'a>(
    node: &'a Node,
    names: &mut Vec<String>,
    modules: &mut HashMap<Vec<String>, Module<'a>>,
) {
    let mut resources = HashMap::new();
    for resource in node.get("resources").and_then(Node::elements).into_iter().flatten() {
        if let Some(address) = text(resource, "address") {
            resources.entry(address).or_insert(resource);
        }
    }
    modules.insert(names.clone(), Module { node, resources });
    let calls = node.get("module_calls").and_then(Node::members).into_iter().flatten();
    for call in calls {
        if let Some(inner) = call.value.get("module") {
            names.push(call.key.value.to_string());
            enter(inner, names, modules);
            names.pop();
        }
    }
}

/// The names of the modules in an address, without their keys; a key may hold dots and brackets.
fn calls(address: &str) -> Vec<String> {
    let mut calls = Vec::new();
    let mut name = String::new();
    let (mut quoted, mut depth) = (false, 0_usize);
    for character in address.chars().chain(['.']) {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                if !name.is_empty() && name != "module" {
                    calls.push(std::mem::take(&mut name));
                }
                name.clear();
            }
            _ if depth == 0 => name.push(character),
            _ => {}
        }
    }
    calls
}

/// The address of the module around a module.
fn outer(address: &str) -> String {
    let mut cut = 0;
    let (mut quoted, mut depth) = (false, 0_usize);
    for (at, character) in address.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted
                && depth == 0
                && address.get(at..).is_some_and(|r| r.starts_with(".module.")) =>
            {
                cut = at;
            }
            _ => {}
        }
    }
    address.get(..cut).unwrap_or_default().to_owned()
}

/// A name without an index behind it.
fn plain(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// The literal index behind a name.
fn index(name: &str) -> Option<String> {
    let (_, rest) = name.split_once('[')?;
    let (inside, _) = rest.rsplit_once(']')?;
    Some(inside.trim_matches('"').to_owned())
}

fn is_index(index: Option<&Node>, text: &str) -> bool {
    match index.map(|index| &index.value) {
        Some(Value::String(key)) => **key == *text,
        Some(Value::Number(number)) => **number == *text,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_modules_are_taken_apart() {
        let address = r#"module.a["x.y[0]"].module.b[1]"#;
        assert_eq!(calls(address), ["a", "b"]);
        assert_eq!(outer(address), r#"module.a["x.y[0]"]"#);
        assert_eq!(outer("module.a"), "");
        assert_eq!(calls(""), Vec::<String>::new());
        assert_eq!(index(r#"main["k"]"#), Some("k".to_owned()));
    }
}
