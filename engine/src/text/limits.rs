use std::fmt;

use thiserror::Error;

/// What one input may cost. Larger inputs are refused with a clear error, before any work that grows with them.
///
/// The defaults fit the largest inputs that people have (a Terraform plan of some tens of megabytes) and keep
/// hostile ones harmless: depth bounds the recursion of every later stage, and all of them together the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub bytes: usize,
    /// Nesting of arrays and objects.
    pub depth: usize,
    /// Values in one document, counting every member and element.
    pub nodes: usize,
    /// Members of one object, or elements of one array.
    pub members: usize,
    /// Bytes of one string or key.
    pub string: usize,
    /// Statements of one policy.
    pub statements: usize,
    /// `*` and `?` in one text of a policy.
    pub wildcards: usize,
    /// Bytes of all files that are judged as one: a manifest with the policies that it names, each as often as it is
    /// named, or the files that tell something only together.
    pub together: usize,
    /// Values in all policies that are judged as one.
    pub values: usize,
    /// Findings of one rule that are told.
    pub findings: usize,
}

impl Limits {
    /// 64 MiB.
    pub const DEFAULT_BYTES: usize = 64 * 1024 * 1024;
    /// 128 levels; AWS's own documents stay below ten.
    pub const DEFAULT_DEPTH: usize = 128;
    /// A million values.
    pub const DEFAULT_NODES: usize = 1_000_000;
    /// A hundred thousand; the longest list of a policy that AWS stores has some thousands.
    pub const DEFAULT_MEMBERS: usize = 100_000;
    /// 4 MiB; the longest policy inside a string has 128 KiB.
    pub const DEFAULT_STRING: usize = 4 * 1024 * 1024;
    /// Five thousand; the largest policy that AWS stores has room for less than three thousand.
    pub const DEFAULT_STATEMENTS: usize = 5_000;
    /// Five hundred; people write a handful. Wildcards multiply the ways in which a value can fit, so that thousands of
    /// them, which fit into a policy that AWS stores, take seconds to reason about.
    pub const DEFAULT_WILDCARDS: usize = 500;
    /// 128 MiB, two of the largest files.
    pub const DEFAULT_TOGETHER: usize = 2 * Self::DEFAULT_BYTES;
    /// Half a million, which is some 20 MB of policies; a large account has a tenth of that. What is made of a value to
    /// be judged takes some hundreds of bytes, so that it is the values and not the texts that fill the memory.
    pub const DEFAULT_VALUES: usize = 500_000;
    /// Twenty thousand, two for each of ten thousand bundles. A finding takes some kilobytes, and a file of a megabyte can
    /// have a hundred thousand of them.
    pub const DEFAULT_FINDINGS: usize = 20_000;

    /// The value of one limit.
    pub const fn get(&self, kind: LimitKind) -> usize {
        match kind {
            LimitKind::Bytes => self.bytes,
            LimitKind::Depth => self.depth,
            LimitKind::Nodes => self.nodes,
            LimitKind::Members => self.members,
            LimitKind::String => self.string,
            LimitKind::Statements => self.statements,
            LimitKind::Wildcards => self.wildcards,
            LimitKind::Together => self.together,
            LimitKind::Values => self.values,
            LimitKind::Findings => self.findings,
        }
    }

    /// Sets one limit by its name.
    ///
    /// # Errors
    /// [`LimitError`] where there is no such limit, or where the value is no number or more than can be granted.
    ///
    /// ```
    /// use crosskey_engine::text::Limits;
    /// let mut limits = Limits::default();
    /// limits.set("depth", "16")?;
    /// assert_eq!(limits.depth, 16);
    /// assert_eq!(limits.set("depth", "9999").unwrap_err().to_string(), "`depth` can be at most 256");
    /// # Ok::<(), crosskey_engine::text::LimitError>(())
    /// ```
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
        let kind = LimitKind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| LimitError::Name {
            name: name.to_owned(),
            known: LimitKind::ALL.map(LimitKind::name).to_vec(),
        })?;
        let number = Self::number(kind.name(), value, kind.most())?;
        match kind {
            LimitKind::Bytes => self.bytes = number,
            LimitKind::Depth => self.depth = number,
            LimitKind::Nodes => self.nodes = number,
            LimitKind::Members => self.members = number,
            LimitKind::String => self.string = number,
            LimitKind::Statements => self.statements = number,
            LimitKind::Wildcards => self.wildcards = number,
            LimitKind::Together => self.together = number,
            LimitKind::Values => self.values = number,
            LimitKind::Findings => self.findings = number,
        }
        Ok(())
    }

    /// The number of a limit, as it is written.
    pub(crate) fn number(
        name: &'static str,
        value: &str,
        most: usize,
    ) -> Result<usize, LimitError> {
        match value.parse() {
            Ok(number) if number > most => Err(LimitError::TooLarge { name, most }),
            Ok(number) => Ok(number),
            Err(_) => Err(LimitError::Value { value: value.to_owned() }),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: Self::DEFAULT_BYTES,
            depth: Self::DEFAULT_DEPTH,
            nodes: Self::DEFAULT_NODES,
            members: Self::DEFAULT_MEMBERS,
            string: Self::DEFAULT_STRING,
            statements: Self::DEFAULT_STATEMENTS,
            wildcards: Self::DEFAULT_WILDCARDS,
            together: Self::DEFAULT_TOGETHER,
            values: Self::DEFAULT_VALUES,
            findings: Self::DEFAULT_FINDINGS,
        }
    }
}

/// Which of the [`Limits`] an input went past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// [`Limits::bytes`].
    Bytes,
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::nodes`].
    Nodes,
    /// [`Limits::members`].
    Members,
    /// [`Limits::string`].
    String,
    /// [`Limits::statements`].
    Statements,
    /// [`Limits::wildcards`].
    Wildcards,
    /// [`Limits::together`].
    Together,
    /// [`Limits::values`].
    Values,
    /// [`Limits::findings`].
    Findings,
}

impl LimitKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Bytes,
        Self::Depth,
        Self::Nodes,
        Self::Members,
        Self::String,
        Self::Statements,
        Self::Wildcards,
        Self::Together,
        Self::Values,
        Self::Findings,
    ];

    /// As the command line calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Depth => "depth",
            Self::Nodes => "nodes",
            Self::Members => "members",
            Self::String => "string",
            Self::Statements => "statements",
            Self::Wildcards => "wildcards",
            Self::Together => "together",
            Self::Values => "values",
            Self::Findings => "findings",
        }
    }

    /// What it counts.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Bytes => "bytes of one file",
            Self::Depth => "levels of nesting in one document",
            Self::Nodes => "values in one document",
            Self::Members => "members of one object, or elements of one list",
            Self::String => "bytes of one string or key",
            Self::Statements => "statements of one policy",
            Self::Wildcards => "`*` and `?` in one text of a policy",
            Self::Together => "bytes of all files that are judged as one",
            Self::Values => "values in all policies that are judged as one",
            Self::Findings => "findings of one rule that are told",
        }
    }

    /// The most that can be granted: places in a text are 32 bits wide, and every level of nesting takes some of the
    /// stack.
    pub const fn most(self) -> usize {
        match self {
            Self::Depth => 256,
            _ => u32::MAX as usize - 1,
        }
    }

    /// What to do where an input goes past it.
    pub(crate) fn help(self) -> String {
        let name = self.name();
        let instead = match self {
            Self::Together | Self::Values => "check fewer files at once",
            Self::Findings => "mend those first",
            _ => "no policy needs that; leave the file out",
        };
        format!("{instead}, or raise the limit with `--limit {name}=NUMBER`")
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Depth => "levels of nesting",
            Self::Nodes => "values",
            Self::Members => "members in one object or list",
            Self::String => "bytes in one string",
            Self::Statements => "statements in one policy",
            Self::Wildcards => "wildcards in one text",
            Self::Together => "bytes in all files that are judged as one",
            Self::Values => "values in all policies that are judged as one",
            Self::Findings => "findings of one rule",
        })
    }
}

/// A limit that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LimitError {
    /// No such limit.
    #[error("there is no limit `{name}`")]
    Name {
        /// What was written.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// Not a number.
    #[error("`{value}` is not a number")]
    Value {
        /// What was written.
        value: String,
    },
    /// More than can be granted.
    #[error("`{name}` can be at most {most}")]
    TooLarge {
        /// The limit.
        name: &'static str,
        /// The most.
        most: usize,
    },
}

impl LimitError {
    /// What the user can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Name { known, .. } => format!("write one of {}", known.join(", ")),
            Self::Value { .. } => "write a whole number, such as `depth=64`".to_owned(),
            Self::TooLarge { .. } => "write a smaller number, or split the input".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{parse_json, parse_yaml};

    /// What is refused with a limit lowered by one is read at the limit, as JSON and as YAML.
    #[test]
    fn every_limit_is_inclusive() {
        for (kind, text, cost) in [
            (LimitKind::Depth, r#"[[{"a": 1}], []]"#, 3),
            (LimitKind::Nodes, r#"{"a": [1, 2], "b": {}}"#, 5),
            (LimitKind::Members, r#"{"a": [1, 2, 3], "b": {}}"#, 3),
            (LimitKind::Members, r#"{"a": 1, "b": {}, "c": [2]}"#, 3),
            (LimitKind::String, r#"{"a": ["abcdé"]}"#, 6),
            (LimitKind::String, r#"{"abcdé": "x"}"#, 6),
            (LimitKind::String, r#"{"a": "\u00e9\u00e9"}"#, 4),
        ] {
            let with = |limit: usize| {
                let mut limits = Limits::default();
                limits.set(kind.name(), &limit.to_string()).unwrap();
                assert_eq!(limits.get(kind), limit);
                limits
            };
            let tags = |_: &str| None;
            assert!(parse_json(text, &with(cost)).is_ok(), "{kind:?} {text}");
            assert!(parse_yaml(text, &with(cost), &tags).is_ok(), "{kind:?} {text}");
            let message = format!("more than {} {kind}", cost - 1);
            let json = parse_json(text, &with(cost - 1)).unwrap_err();
            assert_eq!(json.to_string(), message, "{text}");
            assert!(json.kind.help().contains(&format!("`--limit {}=NUMBER`", kind.name())));
            let yaml = parse_yaml(text, &with(cost - 1), &tags).unwrap_err();
            assert_eq!(yaml.to_string(), message, "{text}");
            assert!(yaml.kind.help().contains(&format!("`--limit {}=NUMBER`", kind.name())));
        }
    }

    #[test]
    fn what_cannot_be_set_is_told() {
        let mut limits = Limits::default();
        let told = |error: LimitError| (error.to_string(), error.help());
        let (message, help) = told(limits.set("dept", "1").unwrap_err());
        assert_eq!(message, "there is no limit `dept`");
        assert_eq!(
            help,
            "write one of bytes, depth, nodes, members, string, statements, wildcards, together, values, findings"
        );
        let (message, _) = told(limits.set("depth", "-1").unwrap_err());
        assert_eq!(message, "`-1` is not a number");
        let (message, _) = told(limits.set("nodes", "4294967295").unwrap_err());
        assert_eq!(message, "`nodes` can be at most 4294967294");
        assert_eq!(limits, Limits::default());
    }

    /// The deepest value that can be asked for is read, walked and dropped on a small stack.
    #[test]
    fn the_deepest_value_needs_little_stack() {
        let depth = LimitKind::Depth.most();
        let text = format!("{}1{}", r#"{"a":["#.repeat(depth / 2), "]}".repeat(depth / 2));
        let limits = Limits { depth, ..Limits::default() };
        let read = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(move || {
            let mut node = parse_json(&text, &limits).unwrap();
            let copy = node.clone();
            node.relocate(&|span| span);
            assert!(node.says_the_same(&copy) && node == copy);
            assert!(parse_yaml(&text, &limits, &|_| None).unwrap().says_the_same(&copy));
        });
        read.unwrap().join().unwrap();
    }
}
