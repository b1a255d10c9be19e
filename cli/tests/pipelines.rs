//! The GitHub Action and the job for GitLab: their steps are run as written, with the program that is tested here.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails there"
)]
#![cfg(unix)]

#[expect(dead_code, reason = "not every file of tests uses every helper")]
mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crosskey_engine::text::{Limits, Node, parse_yaml};
use support::{Run, root};
use tempfile::TempDir;

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

fn yaml(text: &str) -> Node {
    parse_yaml(text, &Limits::default(), &|_| None).unwrap()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

/// The members of an object, in order.
fn members<'n>(node: &'n Node, key: &str) -> Vec<(&'n str, &'n Node)> {
    let members = node.get(key).and_then(Node::members).unwrap_or_default();
    members.iter().map(|member| (&*member.key.value, &member.value)).collect()
}

/// A run of the action on a machine where the first step has installed the program.
struct Machine {
    folder: TempDir,
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

impl Machine {
    fn new(action: &Node, given: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("crosskey/bin");
        fs::create_dir_all(&programs).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_crosskey"), programs.join("crosskey"))
            .unwrap();
        let inputs = members(action, "inputs").into_iter();
        let mut inputs: BTreeMap<_, _> = inputs
            .map(|(name, input)| (name.to_owned(), text(input, "default").unwrap().to_owned()))
            .collect();
        let report = folder.path().join("crosskey.sarif").display().to_string();
        inputs.insert("sarif-file".to_owned(), report);
        for (name, value) in given {
            assert!(inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(), "{name}");
        }
        Self { folder, inputs, outputs: BTreeMap::new() }
    }

    /// What an expression stands for.
    fn value(&self, written: &str) -> String {
        let inner = written.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}"));
        let name = inner.unwrap_or_else(|| panic!("`{written}` is no expression"));
        let known = match name.strip_prefix("inputs.") {
            Some(name) => self.inputs.get(name),
            None => self.outputs.get(name.strip_prefix("steps.check.outputs.").unwrap()),
        };
        known.unwrap_or_else(|| panic!("`{name}` is not known")).clone()
    }

    fn run(&mut self, step: &Node) -> Run {
        let script = text(step, "run").unwrap();
        // Nothing of an input may become part of a script.
        assert!(!script.contains("${{"), "{script}");
        let (file, outputs) = (self.folder.path().join("step.sh"), self.folder.path().join("out"));
        fs::write(&file, script).unwrap();
        fs::write(&outputs, "").unwrap();
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&file).current_dir(root());
        bash.env("RUNNER_TEMP", self.folder.path()).env("GITHUB_OUTPUT", &outputs);
        for (name, written) in members(step, "env") {
            bash.env(name, self.value(written.as_str().unwrap()));
        }
        let run = bash.output().unwrap().into();
        for line in fs::read_to_string(&outputs).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.outputs.insert(name.to_owned(), value.to_owned());
        }
        run
    }

    fn report(&self) -> serde_json::Value {
        let text = fs::read_to_string(self.folder.path().join("crosskey.sarif")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// The steps of the action behind the installation, but for the upload: what each said.
fn action(given: &[(&str, &str)]) -> (Machine, Run, Run) {
    let action = yaml(&read("action.yml"));
    let steps = action.get("runs").unwrap().get("steps").unwrap().elements().unwrap();
    let named: Vec<_> = steps.iter().map(|step| text(step, "name").unwrap()).collect();
    assert_eq!(
        named,
        ["Install Crosskey", "Check", "Upload the report to code scanning", "Result"]
    );
    let mut machine = Machine::new(&action, given);
    let check = machine.run(&steps[1]);
    assert_eq!(check.code, 0, "{check:?}");
    let result = machine.run(&steps[3]);
    (machine, check, result)
}

#[test]
fn the_action_passes_what_is_sound() {
    let (machine, check, result) = action(&[("paths", "fixtures/good/user-share")]);
    assert!(check.stdout.contains("no findings in 1 bundle"), "{check:?}");
    assert_eq!(machine.report()["runs"][0]["results"].as_array().unwrap().len(), 0);
    assert_eq!(result.code, 0);
}

#[test]
fn the_action_fails_on_findings_and_reports_them() {
    let paths = "fixtures/bad/public-secret\n\nfixtures/good/user-share\n";
    let (machine, check, result) = action(&[("paths", paths)]);
    assert!(check.stdout.contains("error[public-secret]"), "{check:?}");
    let results = machine.report()["runs"][0]["results"].clone();
    assert!(results.as_array().unwrap().iter().any(|r| r["ruleId"] == "public-secret"));
    assert_eq!(machine.outputs["exit-code"], "1");
    assert_eq!(result.code, 1);
    let warnings = [("paths", "fixtures/good/whole-account-share"), ("fail-on", "info")];
    assert_eq!(action(&warnings).2.code, 1);
}

#[test]
fn the_action_runs_nothing_that_an_input_says() {
    let hostile = "$(touch hostile); --version\n`touch hostile`";
    let (machine, check, result) = action(&[("paths", hostile)]);
    assert_eq!(result.code, 2, "{check:?}");
    assert!(check.stdout.contains("$(touch hostile); --version"), "{check:?}");
    assert!(!root().join("hostile").exists() && !machine.folder.path().join("hostile").exists());
}

#[test]
fn the_action_installs_its_own_version_and_uploads_the_report() {
    let action = yaml(&read("action.yml"));
    let requirement = action.get("inputs").unwrap().get("requirement").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(text(requirement, "default"), Some(&*format!("crosskey=={version}")));
    let steps = action.get("runs").unwrap().get("steps").unwrap().elements().unwrap();
    assert!(text(&steps[0], "run").unwrap().contains("install"));
    assert!(text(&steps[2], "uses").unwrap().starts_with("github/codeql-action/upload-sarif@"));
    // The page shows the inputs that there are, and this version.
    let page = read("docs/github.md");
    for (name, _) in members(&action, "inputs") {
        assert!(page.contains(&format!("\n| `{name}` |")), "docs/github.md says nothing of {name}");
    }
    assert!(page.contains(&format!("crosskey/crosskey@v{version}")));
}

/// The first block of YAML on a page.
fn block(page: &str) -> Node {
    let page = read(page);
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    yaml(rest.split_once("```").unwrap().0)
}

#[test]
fn the_workflow_of_the_page_is_one() {
    let workflow = block("docs/github.md");
    let job = workflow.get("jobs").unwrap().get("crosskey").unwrap();
    let steps = job.get("steps").unwrap().elements().unwrap();
    let action = yaml(&read("action.yml"));
    let known: Vec<_> = members(&action, "inputs").into_iter().map(|(name, _)| name).collect();
    for (name, _) in members(&steps[1], "with") {
        assert!(known.contains(&name), "the action has no input {name}");
    }
}

#[test]
fn the_job_for_gitlab_reports_and_fails() {
    let page = block("docs/gitlab.md");
    let job = page.get("crosskey").unwrap();
    let line = |key| job.get(key).unwrap().elements().unwrap()[0].as_str().unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(line("before_script"), format!("pip install --quiet crosskey=={version}"));
    let report = job.get("artifacts").unwrap().get("reports").unwrap();
    let report = text(report, "junit").unwrap();
    for (policies, code) in [("good/user-share", 0), ("bad/public-secret", 1)] {
        let project = tempfile::tempdir().unwrap();
        let from = root().join("fixtures").join(policies);
        std::os::unix::fs::symlink(from, project.path().join("policies")).unwrap();
        let programs = Path::new(env!("CARGO_BIN_EXE_crosskey")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let path = [programs.to_owned()].into_iter().chain(std::env::split_paths(&path));
        let path = std::env::join_paths(path.collect::<Vec<PathBuf>>()).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-ec", line("script")]).current_dir(project.path()).env("PATH", path);
        let run: Run = shell.output().unwrap().into();
        assert_eq!(run.code, code, "{run:?}");
        let written = fs::read_to_string(project.path().join(report)).unwrap();
        assert!(written.contains("<testsuites"), "{written}");
        assert_eq!(written.contains("public-secret"), code == 1, "{written}");
    }
}
