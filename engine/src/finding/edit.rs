use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::text::escape;

/// A change of the statement at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Write another operator for a condition.
    ReplaceOperator {
        /// The condition's key.
        key: String,
        /// The operator that stands there.
        old: String,
        /// The operator to write.
        new: String,
    },
    /// Add a condition.
    AddCondition {
        /// The operator.
        operator: String,
        /// The key.
        key: String,
        /// The values, one of which suffices.
        values: Vec<String>,
    },
    /// Name principals in the place of everyone.
    ReplaceEveryone {
        /// Their ARNs.
        principals: Vec<String>,
    },
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |list: &[String]| {
            let list: Vec<String> =
                list.iter().map(|text| format!("\"{}\"", escape(text))).collect();
            match list.as_slice() {
                [one] => one.clone(),
                list => format!("[{}]", list.join(", ")),
            }
        };
        match self {
            Self::ReplaceOperator { key, new, .. } => {
                write!(f, "write `{new}` for `{}`", escape(key))
            }
            Self::AddCondition { operator, key, values } => {
                write!(f, "add `\"{operator}\": {{\"{}\": {}}}`", escape(key), listed(values))
            }
            Self::ReplaceEveryone { principals } => {
                write!(f, "write `{{\"AWS\": {}}}` in the place of everyone", listed(principals))
            }
        }
    }
}
