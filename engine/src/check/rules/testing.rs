//! Bundles for the rules' tests: one that is sound, and the same with one policy replaced.

use serde_json::{Value, json};

use crate::{
    aws::Assumptions,
    bundle::{Bundle, Document, DocumentError},
    check::{CheckOptions, ask_who_reads, check},
    finding::{Edit, Finding, Place, Severity},
    ingest::manifest::{NoFiles, read_manifest},
    policy::{PolicyKind, parse_policy},
    text::{Limits, Location, Source, Sources, Span, parse_json},
};

/// A key of account 111122223333 in us-east-1.
pub(super) const KEY: &str =
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// A secret of that account under that key.
pub(super) const SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
const ROLE: &str = r#""Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"}"#;
const PATTERN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????";

/// What came of a check.
pub(in crate::check) struct Checked {
    sources: Sources,
    findings: Vec<Finding>,
}

/// A secret that a role of another account can read, with nothing to complain of.
pub(super) fn sound() -> Value {
    let delegation = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*", "Resource": "*"});
    let decrypt = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"},
        "Action": "kms:Decrypt", "Resource": "*", "Condition": {
            "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:SecretARN": PATTERN}}});
    let read = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/R_B"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"});
    let own = json!([
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": PATTERN},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}]);
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    json!({
        "version": 1,
        "accounts": {"111122223333": {"organization_id": null},
            "444455556666": {"organization_id": null}},
        "secrets": [{"arn": SECRET, "kms_key_id": KEY, "policy": policy(json!([read]))}],
        "keys": [{"arn": KEY, "aliases": ["alias/DevSecretKMS"],
            "policy": policy(json!([delegation, decrypt]))}],
        "principals": [{"arn": "arn:aws:iam::444455556666:role/R_B",
            "unique_id": "AROAJQABLZS4A3EXAMPLE", "identity_policies": [policy(own)]}],
        "requests": [{"principal": "arn:aws:sts::444455556666:assumed-role/R_B/s1",
            "action": "secretsmanager:GetSecretValue", "resource": SECRET, "region": "us-east-1",
            "parameters": {"VersionStage": "AWSCURRENT"}, "network": {"source_ip": "203.0.113.9"}}],
    })
}

/// The elements of a statement, with those that are left out filled in so that nothing is wrong with them.
fn statement(elements: &str, kind: PolicyKind) -> Value {
    let mut all = elements.to_owned();
    let mut fill = |names: [&str; 2], element: &str| {
        if !names.iter().any(|name| all.contains(&format!("\"{name}\":"))) {
            all = if all.is_empty() { element.to_owned() } else { format!("{all}, {element}") };
        }
    };
    fill(["Effect", "Effect"], r#""Effect": "Allow""#);
    if kind.has_principal() {
        fill(["Principal", "NotPrincipal"], ROLE);
    }
    match kind {
        PolicyKind::Key => fill(["Action", "NotAction"], r#""Action": "kms:Decrypt""#),
        _ => fill(["Action", "NotAction"], r#""Action": "secretsmanager:GetSecretValue""#),
    }
    match kind {
        PolicyKind::Identity => {
            fill(["Resource", "NotResource"], &format!(r#""Resource": "{PATTERN}""#));
        }
        _ => fill(["Resource", "NotResource"], r#""Resource": "*""#),
    }
    let text = format!("{{{all}}}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The sound bundle, with a statement of these elements as the only one of the secret's policy.
pub(super) fn secret(elements: &str) -> Checked {
    secret_with(elements, &CheckOptions::default())
}

/// [`secret`], with options.
pub(in crate::check) fn secret_with(elements: &str, options: &CheckOptions) -> Checked {
    let mut bundle = sound();
    bundle["secrets"][0]["policy"]["Statement"] = json!([statement(elements, PolicyKind::Secret)]);
    manifest_with(&bundle, options)
}

/// The sound bundle, with a statement of these elements beside the owner's in the key's policy.
pub(super) fn key(elements: &str) -> Checked {
    let mut bundle = sound();
    bundle["keys"][0]["policy"]["Statement"][1] = statement(elements, PolicyKind::Key);
    manifest(&bundle)
}

/// The sound bundle, with a statement of these elements as the only one of the role's policy.
pub(super) fn identity(elements: &str) -> Checked {
    let mut bundle = sound();
    bundle["principals"][0]["identity_policies"][0]["Statement"] =
        json!([statement(elements, PolicyKind::Identity)]);
    manifest(&bundle)
}

/// The sound bundle with a value replaced, each named by a JSON pointer.
pub(super) fn changed(changes: &[(&str, Value)]) -> Checked {
    let mut bundle = sound();
    for (pointer, value) in changes {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        match bundle.pointer_mut(parent).unwrap() {
            Value::Array(list) => match last.parse::<usize>() {
                Ok(index) if index < list.len() => list[index] = value.clone(),
                _ => list.push(value.clone()),
            },
            parent => parent[last] = value.clone(),
        }
    }
    manifest(&bundle)
}

/// A bundle as it stands.
pub(super) fn manifest(bundle: &Value) -> Checked {
    manifest_with(bundle, &CheckOptions::default())
}

/// A bundle whose requests are left out, so that who reads its secrets is asked instead.
pub(super) fn asked(bundle: &Value) -> Checked {
    let mut bundle = bundle.clone();
    bundle["requests"] = json!([]);
    manifest(&bundle)
}

fn manifest_with(bundle: &Value, options: &CheckOptions) -> Checked {
    let mut sources = Sources::new();
    let text = serde_json::to_string_pretty(bundle).unwrap();
    let id = sources.add(Source::new("bundle.json", text));
    let mut loaded = read_manifest(id, &mut sources, &mut NoFiles, &Limits::default());
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    ask_who_reads(&mut loaded.bundle);
    let report = check(&loaded.bundle, &sources, &loaded.errors, options);
    Checked { sources, findings: report.findings }
}

/// A policy of which nothing else is known, with one statement of these elements.
pub(super) fn bare(kind: PolicyKind, elements: &str) -> Checked {
    let statement = statement(elements, kind);
    document(kind, &json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
}

/// A policy document of which nothing else is known.
pub(super) fn document(kind: PolicyKind, text: &str) -> Checked {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("policy.json", text));
    let content = parse_json(text, &Limits::default())
        .map(|node| parse_policy(&node, kind, source, &Assumptions::default()))
        .map_err(DocumentError::Json);
    let location = Location::new(source, Span::from_offsets(0, text.len()));
    let mut bundle = Bundle::default();
    bundle.policies.add(Document { label: "policy.json".into(), kind, location, content });
    let report = check(&bundle, &sources, &[], &CheckOptions::default());
    Checked { sources, findings: report.findings }
}

impl Checked {
    fn of<'a>(&'a self, rule: &'a str) -> impl Iterator<Item = &'a Finding> {
        assert!(crate::check::rule(rule).is_some(), "there is no rule {rule}");
        self.findings.iter().filter(move |finding| finding.rule.id == rule)
    }

    /// The texts that a rule underlines, without quotes.
    pub(super) fn found<'a>(&'a self, rule: &'a str) -> Vec<&'a str> {
        let text = |finding: &Finding| match finding.place {
            Place::Source(location) => self.sources.slice(location).trim_matches('"'),
            Place::File(_) => "",
        };
        self.of(rule).map(text).collect()
    }

    /// Each finding of a rule: how bad it is, what is wrong and what to do.
    pub(super) fn said(&self, rule: &str) -> Vec<(Severity, &str, &str)> {
        self.findings
            .iter()
            .filter(|finding| finding.rule.id == rule)
            .map(|finding| (finding.severity, finding.message.as_str(), finding.help.as_str()))
            .collect()
    }

    /// The edits that are said to mend what a rule finds.
    pub(super) fn fixes(&self, rule: &str) -> Vec<Edit> {
        self.of(rule).flat_map(|finding| finding.fix.clone()).collect()
    }

    /// How bad the findings of a rule are.
    pub(in crate::check) fn severities(&self, rule: &str) -> Vec<Severity> {
        self.of(rule).map(|finding| finding.severity).collect()
    }

    /// The rules with findings that are warnings or worse.
    pub(in crate::check) fn rules(&self) -> Vec<&str> {
        let bad = self.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
        let mut ids: Vec<&str> = bad.map(|finding| finding.rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// That a rule finds these texts, and that nothing else is wrong.
pub(super) fn only(checked: &Checked, rule: &str, texts: &[&str]) {
    assert_eq!(checked.found(rule), texts);
    assert_eq!(checked.rules(), [rule], "{:#?}", checked.findings);
}

#[test]
fn the_sound_bundle_is_sound() {
    let checked = manifest(&sound());
    assert!(checked.findings.is_empty(), "{:#?}", checked.findings);
}
