//! What may stand in `crosskey.toml` and in a baseline.

use std::{collections::BTreeMap, path::Path};

use crosskey_engine::{
    aws::{AccountId, Assumptions},
    check::{Grade, Ignore, RULES, is_about_input, rule},
    finding::{Rule, Severity},
    text::{Location, Node, SourceId, Span, Spanned, decode, nearest},
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Baseline, Config, ConfigError, files, toml};
use crate::read;

/// `crosskey.toml`: how a project wants to be judged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "Crosskey settings")]
pub(crate) struct Document {
    /// The least severity that makes a run fail.
    fail_on: Option<Severity>,
    /// Paths that are left out: patterns, relative to the folder of this file.
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    /// A file of accepted findings, as `crosskey baseline` writes it.
    baseline: Option<Spanned<String>>,
    /// Whom to trust as if they were the owner.
    #[serde(default)]
    trust: Trust,
    /// What to make of the findings of a rule: `off`, `info`, `warning` or `error`.
    #[serde(default)]
    rules: BTreeMap<String, Spanned<GradeEntry>>,
    /// What to take for true where AWS's documents leave room.
    #[serde(default)]
    assumptions: BTreeMap<String, Spanned<String>>,
    /// Findings that are accepted.
    #[serde(default)]
    ignore: Vec<Spanned<IgnoreEntry>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Trust {
    /// Accounts, by id.
    #[serde(default)]
    accounts: Vec<Spanned<String>>,
    /// Organizations, by id.
    #[serde(default)]
    organizations: Vec<Spanned<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum GradeEntry {
    Off,
    Info,
    Warning,
    Error,
}

/// A file of accepted findings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineDocument {
    #[serde(default)]
    ignore: Vec<Spanned<IgnoreEntry>>,
}

/// A finding that is accepted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IgnoreEntry {
    /// The rule.
    rule: Option<Spanned<String>>,
    /// The file that the finding is in, relative to the folder of `crosskey.toml`.
    policy: Option<Spanned<String>>,
    /// The fingerprint of the finding.
    fingerprint: Option<Spanned<String>>,
    /// How many places of the file it is accepted at; 1 where nothing is said.
    count: Option<Spanned<u32>>,
    /// Why it is accepted.
    reason: Option<Spanned<String>>,
    /// The last day on which it is.
    until: Option<Spanned<String>>,
}

/// Reads the settings and the baseline that they name.
pub(super) fn read(
    config: &mut Config,
    file: &Path,
    shown: &str,
    baseline: Baseline,
) -> Result<(), ConfigError> {
    let (source, node) = parsed(config, file, shown)?;
    let document: Document = decoded(source, &node)?;
    config.folder = files::folder(file);
    config.fail_on = document.fail_on;
    for pattern in document.exclude {
        let text = &pattern.value;
        let outside = ["/", "./", "../"].iter().any(|start| text.starts_with(start));
        if outside || text.is_empty() || text.contains('\\') {
            let message = "the pattern names nothing in the folder of these settings".to_owned();
            let help =
                "write a path below that folder, with `/`, `*` and `**`, such as `examples/**`";
            return Err(at(source, pattern.span, message, help));
        }
        config.exclude.push(pattern.value);
    }
    for account in document.trust.accounts {
        let id: AccountId = account.value.parse().map_err(|error| {
            let help = "write the twelve digits of the account, in quotes";
            at(source, account.span, format!("{error}"), help)
        })?;
        config.options.trusted_accounts.push(id);
    }
    for organization in document.trust.organizations {
        if !organization.value.starts_with("o-") || organization.value.contains(['*', '?', '$']) {
            let message = format!("`{}` is not the id of an organization", organization.value);
            return Err(at(
                source,
                organization.span,
                message,
                "write an id such as `o-a1b2c3d4e5`",
            ));
        }
        config.options.trusted_organizations.push(organization.value);
    }
    let section = |name: &str| node.get(name).and_then(Node::members).unwrap_or_default();
    for (id, grade) in document.rules {
        let key = section("rules").iter().find(|member| *member.key.value == *id);
        let span = key.map_or(grade.span, |member| member.key.span);
        let rule = known_rule(source, &id, span)?;
        if is_about_input(rule) {
            let message =
                format!("`{id}` says that something was not judged, and is always an error");
            let help = "remove the line; `exclude` leaves files out, and an `[[ignore]]` accepts one finding";
            return Err(at(source, span, message, help));
        }
        let grade = match grade.value {
            GradeEntry::Off => Grade::Off,
            GradeEntry::Info => Grade::Severity(Severity::Info),
            GradeEntry::Warning => Grade::Severity(Severity::Warning),
            GradeEntry::Error => Grade::Severity(Severity::Error),
        };
        config.options.grades.insert(rule.id, grade);
    }
    for (name, value) in document.assumptions {
        if let Err(error) = Assumptions::default().set(&name, &value.value) {
            return Err(at(source, value.span, error.to_string(), error.help()));
        }
        config.assumed.defaults.push((name, value.value));
    }
    for entry in document.ignore {
        let ignore = ignore(source, entry)?;
        config.ignores.push(ignore);
    }
    match document.baseline {
        Some(path) => read_baseline(config, file, source, &path, baseline),
        None => Ok(()),
    }
}

fn read_baseline(
    config: &mut Config,
    file: &Path,
    settings: SourceId,
    path: &Spanned<String>,
    baseline: Baseline,
) -> Result<(), ConfigError> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let file = folder.join(&path.value);
    if files::is_gone(&file) {
        if baseline == Baseline::Optional {
            return Ok(());
        }
        let message = format!("the baseline `{}` does not exist", path.value);
        let help = format!("write it: `crosskey baseline --output {}`", path.value);
        return Err(at(settings, path.span, message, help));
    }
    let (source, node) = parsed(config, &file, &files::shown(&file))?;
    config.baseline = Some(source);
    for entry in decoded::<BaselineDocument>(source, &node)?.ignore {
        let ignore = ignore(source, entry)?;
        config.ignores.push(ignore);
    }
    Ok(())
}

fn parsed(config: &mut Config, file: &Path, shown: &str) -> Result<(SourceId, Node), ConfigError> {
    let source = read::settings(file, shown).map_err(|(message, help)| {
        ConfigError::new(format!("`{shown}` cannot be used: {message}"), help, None)
    })?;
    let id = config.sources.add(source);
    let text = config.sources.get(id).map(|source| source.text()).unwrap_or_default();
    let node = toml::parse(text).map_err(|error| {
        at(id, error.span, format!("not TOML: {}", error.message), "correct the syntax")
    })?;
    Ok((id, node))
}

fn decoded<T: serde::de::DeserializeOwned>(
    source: SourceId,
    node: &Node,
) -> Result<T, ConfigError> {
    decode(node).map_err(|error| at(source, error.span, error.message, error.help))
}

fn at(source: SourceId, span: Span, message: String, help: impl Into<String>) -> ConfigError {
    ConfigError::new(message, help, Some(Location::new(source, span)))
}

fn known_rule(source: SourceId, id: &str, span: Span) -> Result<&'static Rule, ConfigError> {
    rule(id).ok_or_else(|| {
        let help = match nearest(id, RULES.iter().map(|rule| rule.id)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`crosskey rules` lists all".to_owned(),
        };
        at(source, span, format!("there is no rule `{id}`"), help)
    })
}

fn ignore(source: SourceId, entry: Spanned<IgnoreEntry>) -> Result<Ignore, ConfigError> {
    let whole = entry.span;
    let needed = |field: Option<Spanned<String>>, name: &str, help: &str| match field {
        Some(text) if text.value.trim().is_empty() => {
            Err(at(source, text.span, format!("`{name}` is empty"), help))
        }
        Some(text) => Ok(text),
        None => Err(at(source, whole, format!("an ignore needs `{name}`"), help)),
    };
    let copy = "take the entry from the output of `crosskey baseline`";
    let rule = needed(entry.value.rule, "rule", copy)?;
    let rule = known_rule(source, &rule.value, rule.span)?;
    let policy = needed(entry.value.policy, "policy", copy)?;
    let fingerprint = needed(entry.value.fingerprint, "fingerprint", copy)?;
    let reason = needed(entry.value.reason, "reason", "say why the finding is accepted")?;
    let count = match entry.value.count {
        Some(count) if count.value == 0 => {
            return Err(at(
                source,
                count.span,
                "an ignore accepts at least one place".to_owned(),
                "remove the entry",
            ));
        }
        Some(count) => count.value as usize,
        None => 1,
    };
    let until = entry.value.until.map(|until| {
        until.value.parse::<Date>().map_err(|_| {
            let message = format!("`{}` is not a day", until.value);
            at(source, until.span, message, "write year, month and day, such as `2027-01-31`")
        })
    });
    Ok(Ignore {
        rule,
        policy: policy.value,
        fingerprint: fingerprint.value,
        count,
        reason: reason.value,
        until: until.transpose()?,
        location: Location::new(source, whole),
    })
}
