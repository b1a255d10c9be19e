//! The rules of access as data: each case of `fixtures/scenarios` is a base bundle, a patch, and the answer that the
//! rule demands.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test reads its fixtures and fails by panicking"
)]

#[path = "support/said.rs"]
mod said;

use std::{collections::BTreeMap, fs, path::Path};

use crosskey_engine::{
    aws::ASSUMPTIONS,
    bundle::{Bundle, Decision},
    decide::World,
    ingest::manifest::{Files, read_manifest},
    text::{Limits, Source, Sources},
};
use said::said;
use serde_json::{Value, json};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/scenarios"))
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Policies that a case gives as raw text, because they are not JSON or must stay as written.
#[derive(Default)]
struct RawTexts(BTreeMap<String, String>);

impl Files for RawTexts {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or("no such file".into())
    }
}

impl RawTexts {
    /// Replaces `{"$text": …}` by the name of a file with that text.
    fn take(&mut self, value: &mut Value) {
        if let Some(text) = value.get("$text").and_then(Value::as_str) {
            let name = format!("raw-{}.json", self.0.len());
            self.0.insert(name.clone(), text.to_owned());
            *value = json!(name);
            return;
        }
        match value {
            Value::Array(list) => list.iter_mut().for_each(|v| self.take(v)),
            Value::Object(map) => map.values_mut().for_each(|v| self.take(v)),
            _ => {}
        }
    }
}

/// One value, or any of a list of alternatives.
fn one_of(expected: &Value, found: &Value) -> bool {
    match expected {
        Value::Array(list) => list.contains(found),
        one => one == found,
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The world of a case, and what could not be read of it.
fn load(case: &Value) -> (Bundle, Vec<String>) {
    let base = case["base"].as_str().unwrap();
    let mut bundle = read(&folder().join("bases").join(format!("{base}.json")));
    let patch: json_patch::Patch = serde_json::from_value(case["patch"].clone()).unwrap();
    json_patch::patch(&mut bundle, &patch).unwrap_or_else(|e| panic!("{}: {e}", case["id"]));
    let mut raw = RawTexts::default();
    raw.take(&mut bundle);
    let mut sources = Sources::new();
    let text = serde_json::to_string_pretty(&bundle).unwrap();
    let manifest = sources.add(Source::new("bundle.json", text));
    let loaded = read_manifest(manifest, &mut sources, &mut raw, &Limits::default());
    let errors = loaded.errors.iter().map(|e| format!("{} {e}", e.field)).collect();
    (loaded.bundle, errors)
}

/// What differs from what the case expects.
fn run(case: &Value) -> Result<(), String> {
    let (bundle, errors) = load(case);
    let expect = &case["expect"];
    let world = World::new(&bundle);
    let Some(request) = bundle.requests.first() else {
        let invalid = one_of(&expect["decision"], &json!("invalid"));
        return if invalid { Ok(()) } else { Err(format!("no request: {errors:?}")) };
    };
    let (decision, answer) = match world.simulate(request) {
        Ok(answer) => (answer.decision, Some(answer)),
        Err(error) => {
            let found = json!("invalid");
            return if one_of(&expect["decision"], &found) {
                Ok(())
            } else {
                Err(format!("invalid: {error}; {errors:?}"))
            };
        }
    };
    let answer = answer.unwrap();
    for known in ASSUMPTIONS {
        let hinge = answer.assumptions.iter().find(|hinge| hinge.name == known.name);
        for (value, _) in known.values {
            let mut assumptions = world.assumptions.clone();
            assumptions.set(known.name, value).unwrap();
            let Ok(then) = world.assuming(assumptions).decision(request) else { continue };
            let told =
                hinge.and_then(|hinge| hinge.others.iter().find(|(other, _)| other == value));
            let told = told.map_or(decision, |(_, then)| *then);
            if told != then {
                return Err(format!("{}={value} gives {then}, told {told}", known.name));
            }
        }
    }
    let deciding = answer.deciding();
    let because: Vec<&str> =
        deciding.iter().flat_map(|c| c.because.iter().map(|l| l.as_str())).collect();
    let check = deciding.map(|check| check.action.as_str());
    let found = format!(
        "{decision} at {check:?} because {because:?} failure {:?} needs {:?} reasons {:?} {errors:?}",
        answer.failure,
        deciding.map(|c| &c.needs),
        deciding.map(|c| &c.reasons)
    );
    if !one_of(&expect["decision"], &json!(decision.as_str())) {
        return Err(found);
    }
    let is_deny = matches!(decision, Decision::ExplicitDeny | Decision::ImplicitDeny);
    let alternatives = expect["decision"].is_array();
    if is_deny || !alternatives {
        if expect.get("check").is_some_and(|c| Some(c.as_str().unwrap()) != check) {
            return Err(found);
        }
        let lacking = strings(expect.get("because"));
        if !lacking.iter().all(|layer| because.contains(&layer.as_str())) {
            return Err(found);
        }
    }
    if let Some(expected) = case.get("operation_failure").or(expect.get("operation_failure")) {
        let code = json!(answer.failure.as_ref().map(|failure| failure.code));
        if !one_of(expected, &code) {
            return Err(found);
        }
    } else if decision == Decision::Allow && answer.failure.is_some() {
        return Err(found);
    }
    let needs =
        deciding.map(|check| check.needs.iter().map(ToString::to_string).collect::<Vec<_>>());
    let wanted = strings(case.get("needs").or(expect.get("needs")));
    if !wanted.iter().all(|key| needs.iter().flatten().any(|n| n.eq_ignore_ascii_case(key))) {
        return Err(found);
    }
    Ok(())
}

/// The cases of each group.
fn groups() -> Vec<(String, Vec<Value>)> {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let cases = |path: &Path| read(path)["cases"].as_array().unwrap().clone();
    files.iter().map(|path| (name(path), cases(path))).collect()
}

#[test]
fn every_case_comes_out_as_its_rule_demands() {
    let mut failed = Vec::new();
    let mut count = 0;
    for (group, cases) in groups() {
        for case in cases {
            count += 1;
            if let Err(found) = run(&case) {
                let (id, title) = (&case["id"], &case["title"]);
                let expect = &case["expect"];
                failed.push(format!(
                    "{group}/{id}: {title}\n    expected {expect}\n    found {found}"
                ));
            }
        }
    }
    assert!(count > 500, "only {count} cases were read");
    assert!(failed.is_empty(), "{} of {count} differ:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_answer_is_explained() {
    for (group, cases) in groups() {
        let explained: Vec<String> = cases
            .iter()
            .map(|case| {
                let (bundle, errors) = load(case);
                let answer = bundle.requests.first().map(|r| World::new(&bundle).simulate(r));
                let said = match answer {
                    Some(Ok(answer)) => said(&answer),
                    Some(Err(error)) => format!("{error}\n"),
                    None => format!("{}\n", errors.join("\n")),
                };
                format!("# {}\n{said}", case["id"].as_str().unwrap())
            })
            .collect();
        insta::assert_snapshot!(group, explained.join("\n"));
    }
}
