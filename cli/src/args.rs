//! What can be written on the command line.

mod kind;
mod limit;

use std::{fmt::Write as _, path::PathBuf};

use anstream::ColorChoice;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use crosskey_engine::{
    aws::{ASSUMPTIONS, AccountId, Action, Arn, Assumptions, is_known_region, nearest_region},
    finding::Severity,
};

pub(crate) use self::{
    kind::{AnyKind, ResourceKind},
    limit::set_limit,
};

/// Who can read this secret, and is that too many? Judges AWS Secrets Manager secrets that accounts share, offline,
/// before anything is deployed.
#[derive(Debug, Parser)]
#[command(name = "crosskey", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What every command takes.
    #[command(flatten)]
    pub(crate) common: Common,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  clean, or every expectation met
  1  findings at or above the threshold, an expectation not met, a public policy, or new access
  2  bad usage or unreadable input, also when nothing was read
  3  indeterminate: unknown values decide the answer
  4  internal error, or the answer could not be written";

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// How to write the report
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,
    /// Write the report to a file, whole or not at all
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// When to use colour; `auto` heeds NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Leave out notes and summaries
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Human,
    /// For programs; see `crosskey schema`
    Json,
    /// `check`: SARIF 2.1.0, for code scanning
    Sarif,
    /// `check`: JUnit's XML, for build servers
    Junit,
    /// `check`: workflow commands, which GitHub shows beside the lines of a change
    Github,
    /// `check`: Markdown, for a comment on a pull request
    Markdown,
    /// `check`: one page for a browser, to keep or attach
    Html,
}

/// How an answer is written by the commands that are not `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

impl TryFrom<ReportFormat> for Format {
    /// The format that only `check` has.
    type Error = ReportFormat;

    fn try_from(format: ReportFormat) -> Result<Self, ReportFormat> {
        match format {
            ReportFormat::Human => Ok(Self::Human),
            ReportFormat::Json => Ok(Self::Json),
            other => Err(other),
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge every bundle and policy under the paths: decide, look for mistakes, report
    Check(Check),
    /// Decide the requests of a bundle, or one request given here
    Simulate(Box<Simulate>),
    /// Tell whether a resource's policy is public or too broad, by which definition, and show it
    Public(Public),
    /// List everyone who can make a call: those whom the bundle lists, and whom its policies let in beside them
    WhoCan(WhoCan),
    /// Tell whether a policy or bundle allows anything that another did not, and show it
    Diff(Diff),
    /// Begin: write a commented crosskey.toml, and a first bundle of three policies
    Init(Init),
    /// Accept today's findings: write them as ignores, for `baseline` in crosskey.toml
    Baseline(BaselineArguments),
    /// List the rules, or explain one
    Rules(Rules),
    /// Print the JSON Schema of an input or a report
    Schema(Schema),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// The settings of the project.
#[derive(Debug, Default, Args)]
pub(crate) struct ConfigArguments {
    /// Take something else for true where AWS's documents leave room (repeatable; --help lists all)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assumption)]
    pub(crate) assume: Vec<(String, String)>,
    /// The settings to use [default: the nearest crosskey.toml above the first path]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Use no settings
    #[arg(long)]
    pub(crate) no_config: bool,
    /// Accept larger input and longer proofs, or only smaller, such as depth=64 or states=100000 (repeatable; --help lists all)
    #[arg(long, value_name = "NAME=NUMBER", value_parser = limit::parse)]
    pub(crate) limit: Vec<(String, String)>,
    /// Follow symbolic links below a folder, and those of a bundle that leave its folder
    #[arg(long)]
    pub(crate) follow_links: bool,
}

/// `crosskey baseline`
#[derive(Debug, Args)]
pub(crate) struct BaselineArguments {
    /// Bundles (`bundle.json` or a folder) and policy files
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Why the findings are accepted [default: that they were there on this day]
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// The last day on which they are
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<jiff::civil::Date>,
    /// How the files are read.
    #[command(flatten)]
    pub(crate) input: InputArguments,
    /// The settings.
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
}

/// `crosskey init`
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to write into; it is made if it is not there
    #[arg(value_name = "FOLDER", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// The resource policy of the secret
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) secret_policy: Option<PathBuf>,
    /// The policy of the key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key_policy: Option<PathBuf>,
    /// The policy of the caller (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) identity_policy: Vec<PathBuf>,
    /// The full ARN of the secret [default: the one that the policies name]
    #[arg(long, value_name = "ARN")]
    pub(crate) secret: Option<Arn>,
    /// The ARN of its key [default: the one that the policies name, else the AWS managed key]
    #[arg(long, value_name = "ARN")]
    pub(crate) key: Option<Arn>,
    /// Who is to read it, a user or role [default: the one that the policies let in]
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<Arn>,
}

/// How files are read.
#[derive(Debug, Default, Args)]
pub(crate) struct InputArguments {
    /// What the files are; those below a folder that are something else are passed over
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) input_format: InputFormat,
    /// What policies by themselves are attached to [default: what they look like]
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<AnyKind>,
    /// The value of a CloudFormation parameter, or of AWS::AccountId, AWS::Region and the like (repeatable)
    #[arg(long, value_name = "[FILE:]NAME=VALUE", value_parser = parameter)]
    pub(crate) parameter: Vec<Parameter>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// What each file turns out to be
    #[default]
    Auto,
    /// A bundle, whatever its name
    Bundle,
    /// A policy by itself
    Policy,
    /// Output of the AWS CLI
    Aws,
    /// What `terraform show -json` prints of a plan or state
    Terraform,
    /// A template of CloudFormation, JSON or YAML, whatever its name
    Cloudformation,
}

/// The value of a parameter, for all templates or for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// The template: its path, or the end of it.
    pub(crate) file: Option<String>,
    /// The name.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: String,
}

/// `crosskey completions`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `crosskey check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Bundles (`bundle.json` or a folder), policy files, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// The least severity that makes the run fail [default: that of crosskey.toml, else warning]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Threshold>,
    /// How the files are read.
    #[command(flatten)]
    pub(crate) input: InputArguments,
    /// The settings.
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
}

/// The least severity that makes a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Threshold {
    /// Worth knowing
    Info,
    /// Likely not what was meant
    #[default]
    Warning,
    /// Will not work, or opens what should be closed
    Error,
}

impl From<Threshold> for Severity {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Info => Self::Info,
            Threshold::Warning => Self::Warning,
            Threshold::Error => Self::Error,
        }
    }
}

/// `crosskey simulate`
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// A bundle: its folder, its `bundle.json`, a folder of bundles, or `-` for standard input
    #[arg(value_name = "PATH", required_unless_present = "secret", value_hint = ValueHint::AnyPath)]
    pub(crate) path: Option<PathBuf>,
    /// The settings.
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
    /// One request, in place of the bundle's.
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    /// The world, where there is no bundle.
    #[command(flatten)]
    pub(crate) world: WorldArguments,
}

/// One request.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "One request")]
pub(crate) struct RequestArguments {
    /// Who calls: the ARN of a user, role, session, federated user or root, or `anonymous`
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<String>,
    /// What is called [default: secretsmanager:GetSecretValue]
    #[arg(long, value_name = "SERVICE:NAME", requires = "principal")]
    pub(crate) action: Option<String>,
    /// The secret as the caller types it, or the ARN of a key [default: the only secret]
    #[arg(long, value_name = "ID", requires = "principal")]
    pub(crate) resource: Option<String>,
    /// The Region called [default: that of the resource]
    #[arg(long, value_name = "REGION", requires = "principal")]
    pub(crate) region: Option<String>,
    /// The staging label asked for
    #[arg(long, value_name = "LABEL", requires = "principal")]
    pub(crate) version_stage: Option<String>,
    /// The version asked for
    #[arg(long, value_name = "ID", requires = "principal")]
    pub(crate) version_id: Option<String>,
    /// Another parameter of the API; the value may be JSON (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "principal")]
    pub(crate) parameter: Vec<(String, String)>,
    /// A context key; `null` for an absent one, JSON for a list (repeatable)
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, requires = "principal")]
    pub(crate) context: Vec<(String, String)>,
    /// The caller's address on the public endpoint
    #[arg(long, value_name = "ADDRESS", requires = "principal")]
    pub(crate) source_ip: Option<String>,
    /// The VPC endpoint that the call passes
    #[arg(long, value_name = "ID", requires = "principal")]
    pub(crate) vpc_endpoint: Option<String>,
}

/// The world of one request, where there is no bundle.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Without a bundle")]
pub(crate) struct WorldArguments {
    /// The full ARN of the secret
    #[arg(long, value_name = "ARN", requires = "principal", conflicts_with = "path")]
    pub(crate) secret: Option<String>,
    /// The key of the secret [default: the AWS managed key]
    #[arg(long, value_name = "ARN", requires = "secret")]
    pub(crate) key: Option<String>,
    /// The resource policy of the secret
    #[arg(long, value_name = "FILE", requires = "secret", value_hint = ValueHint::FilePath)]
    pub(crate) secret_policy: Option<PathBuf>,
    /// The policy of the key
    #[arg(long, value_name = "FILE", requires = "key", value_hint = ValueHint::FilePath)]
    pub(crate) key_policy: Option<PathBuf>,
    /// The policy of the caller (repeatable)
    #[arg(long, value_name = "FILE", requires = "secret", value_hint = ValueHint::FilePath)]
    pub(crate) identity_policy: Vec<PathBuf>,
}

/// `crosskey public`
#[derive(Debug, Args)]
pub(crate) struct Public {
    /// Policy files, or `-` for standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// The account that owns the resource [default: the one in the policy's Resource]
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) owner: Option<AccountId>,
    /// What the policies are attached to [default: what their actions are for]
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<ResourceKind>,
    /// The settings.
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
}

/// `crosskey who-can`
#[derive(Debug, Args)]
pub(crate) struct WhoCan {
    /// A bundle: its folder, its `bundle.json`, a folder of bundles, or `-` for standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// What is called
    #[arg(long, value_name = "SERVICE:NAME", default_value = "secretsmanager:GetSecretValue", value_parser = action)]
    pub(crate) action: Action,
    /// The ARN of a secret or key of the bundle [default: each of them]
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Option<Arn>,
    /// The settings.
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
}

/// `crosskey diff`
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The policy or bundle as it was, or `-` for standard input
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    pub(crate) old: PathBuf,
    /// The policy or bundle as it is to be, or `-` for standard input
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    pub(crate) new: PathBuf,
    /// What the policies are attached to [default: what they look like]
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<AnyKind>,
    /// The account that owns the resource [default: the one in the policy's Resource]
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) owner: Option<AccountId>,
    /// The settings.
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
}

/// `crosskey rules`
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// The rule to explain
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
}

/// `crosskey schema`
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Of what
    #[arg(value_name = "NAME", value_enum)]
    pub(crate) name: SchemaName,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// A bundle's manifest, `bundle.json`
    Bundle,
    /// The settings, `crosskey.toml`
    Config,
    /// The report of `crosskey simulate`
    Simulate,
    /// The report of `crosskey check`
    Check,
    /// The report of `crosskey public`
    Public,
    /// The report of `crosskey who-can`
    WhoCan,
    /// The report of `crosskey diff`
    Diff,
}

/// The parser, with the lists of limits and assumptions in the long help of the commands that take them.
pub(crate) fn command() -> clap::Command {
    let lists = format!("{}\n{}", limit::list(), assumptions());
    let list = |command: clap::Command| command.after_long_help(lists.clone());
    let mut command = Arguments::command();
    for name in ["check", "baseline", "simulate", "public", "who-can", "diff"] {
        command = command.mut_subcommand(name, list);
    }
    command
}

fn assumptions() -> String {
    let mut text = "Assumptions, where AWS's documents are silent or disagree (the first value is \
                    the default):\n"
        .to_owned();
    for known in ASSUMPTIONS {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {}\n      {}\n", known.name, known.summary.trim());
        for (value, meaning) in known.values {
            let _ = writeln!(text, "        {value}: {}", meaning.trim());
        }
    }
    text
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

fn parameter(text: &str) -> Result<Parameter, String> {
    const FORM: &str = "write NAME=VALUE or FILE:NAME=VALUE, such as AWS::AccountId=111122223333";
    let (written, value) = pair(text).map_err(|_| FORM.to_owned())?;
    let (file, name) = match (written.rfind("AWS::"), written.rsplit_once(':')) {
        (Some(at), _) => written.split_at(at),
        (None, Some((file, name))) => (file, name),
        (None, None) => ("", written.as_str()),
    };
    let file = file.strip_suffix(':').unwrap_or(file);
    let plain = name.strip_prefix("AWS::").unwrap_or(name);
    if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(FORM.to_owned());
    }
    match name {
        "AWS::AccountId" => {
            value.parse::<AccountId>().map_err(|error| error.to_string())?;
        }
        "AWS::Region" if !is_known_region(&value) => {
            let nearest = nearest_region(&value).map(|near| format!("; did you mean `{near}`?"));
            return Err(format!("`{value}` is no Region{}", nearest.unwrap_or_default()));
        }
        _ => {}
    }
    let file = (!file.is_empty()).then(|| file.to_owned());
    Ok(Parameter { file, name: name.to_owned(), value })
}

fn action(text: &str) -> Result<Action, String> {
    Action::new(text)
        .ok_or_else(|| "write SERVICE:NAME, such as secretsmanager:GetSecretValue".to_owned())
}

fn assumption(text: &str) -> Result<(String, String), String> {
    let (name, value) = pair(text)?;
    match Assumptions::default().set(&name, &value) {
        Ok(()) => Ok((name, value)),
        Err(error) => Err(format!("{error}; {}", error.help())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_assumption_is_in_the_help() {
        let help =
            command().find_subcommand_mut("simulate").unwrap().render_long_help().to_string();
        for known in ASSUMPTIONS {
            assert!(help.contains(known.name), "{}", known.name);
        }
    }

    #[test]
    fn a_parameter_may_be_for_one_template() {
        let read = |text: &str| {
            parameter(text).map(|p| (p.file.unwrap_or_default(), p.name, p.value)).unwrap()
        };
        let all = |file: &str, name: &str, value: &str| (file.into(), name.into(), value.into());
        assert_eq!(read("Env=a=b"), all("", "Env", "a=b"));
        assert_eq!(read("x/a.yaml:Env="), all("x/a.yaml", "Env", ""));
        assert_eq!(read("AWS::AccountId=111122223333"), all("", "AWS::AccountId", "111122223333"));
        assert_eq!(read("a.yaml:AWS::Region=us-east-1"), all("a.yaml", "AWS::Region", "us-east-1"));
        assert_eq!(
            parameter("AWS::Region=us-aest-1").unwrap_err(),
            "`us-aest-1` is no Region; did you mean `us-east-1`?"
        );
        assert!(parameter("AWS::AccountId=1").unwrap_err().contains("twelve digits"));
        for bad in ["Env", "=x", "a b=c", "a.yaml:=c", "AWS::=x"] {
            assert!(parameter(bad).unwrap_err().starts_with("write NAME=VALUE"), "{bad}");
        }
    }

    #[test]
    fn a_wrong_assumption_offers_the_nearest() {
        let error = assumption("calledvia=present").unwrap_err();
        assert_eq!(error, "unknown assumption `calledvia`; did you mean `called_via`?");
        assert_eq!(pair("=x").unwrap_err(), "write NAME=VALUE");
    }
}
