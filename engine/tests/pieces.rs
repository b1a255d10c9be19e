//! A world from pieces: what several files tell is joined by ARN, and what none tells stays open.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crosskey_engine::{
    aws::{Arn, Assumptions},
    bundle::{Bundle, Decision, DocumentError, Request, Stated, Tags},
    decide::World,
    ingest::{
        manifest::{Loaded, NoFiles, read_manifest},
        pieces::{IdentityPiece, KeyPiece, ManagedPiece, Origin, Pieces, PolicyPiece, SecretPiece},
    },
    text::{Limits, Located, Location, Source, Sources, Span, parse_json},
};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-a1B2c3";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::444455556666:role/Reader";
const READ: &str = "arn:aws:iam::444455556666:policy/Read";
const ALLOW: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"], "Resource": "*"}}"#;
const SHARE: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"},
    "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"], "Resource": "*"}}"#;

fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

/// The pieces of a test, and the files that they come from.
#[derive(Default)]
struct Told {
    sources: Sources,
    pieces: Pieces,
}

impl Told {
    fn origin(&mut self, name: &str) -> Origin {
        let source = self.sources.add(Source::new(format!("{name}.json"), "{}"));
        Origin { name: name.to_owned(), location: Location::new(source, Span::new(0, 2)) }
    }

    /// A policy as a file has it that holds nothing but the policy as a string.
    fn policy(&mut self, name: &str, text: &str) -> PolicyPiece {
        let file = serde_json::to_string(text).unwrap();
        let source = self.sources.add(Source::new(name, file.as_str()));
        let node = parse_json(&file, &Limits::default()).unwrap();
        let location = Location::new(source, node.span);
        PolicyPiece::of_node(name.to_owned(), &file, location, &node, &Limits::default())
    }

    fn secret(&mut self, name: &str, change: impl FnOnce(&mut Self, &mut SecretPiece)) {
        let mut piece = SecretPiece::new(arn(SECRET), self.origin(name));
        change(self, &mut piece);
        self.pieces.secrets.push(piece);
    }

    fn key(&mut self, name: &str, change: impl FnOnce(&mut Self, &mut KeyPiece)) {
        let mut piece = KeyPiece::new(arn(KEY), self.origin(name));
        change(self, &mut piece);
        self.pieces.keys.push(piece);
    }

    fn role(&mut self, name: &str, change: impl FnOnce(&mut Self, &mut IdentityPiece)) {
        let mut piece = IdentityPiece::new(arn(ROLE), self.origin(name));
        change(self, &mut piece);
        self.pieces.identities.push(piece);
    }

    fn managed(&mut self, name: &str, text: &str) {
        let (origin, policy) = (self.origin(name), self.policy(name, text));
        self.pieces.managed.push(ManagedPiece { arn: arn(READ), origin, policy });
    }

    /// A share that works, each part in a file of its own.
    fn share(&mut self) {
        self.secret("describe", |_, piece| {
            let key = KEY.parse().unwrap();
            piece.key = Stated::Value(Located::new(key, piece.origin.location));
        });
        self.secret("secret-policy", |told, piece| {
            piece.policy = Stated::Value(told.policy("p", SHARE));
        });
        self.key("describe-key", |_, piece| piece.spec = Some("SYMMETRIC_DEFAULT".to_owned()));
        self.key("key-policy", |told, piece| piece.policy = Some(told.policy("k", SHARE)));
        self.role("role", |_, _| {});
        self.role("attached", |_, piece| {
            piece.inline = Some(Vec::new());
            piece.attached = Some(vec![Located::new(arn(READ), piece.origin.location)]);
        });
        self.managed("read", ALLOW);
    }

    fn join(self) -> Loaded {
        self.pieces.join("world", &self.sources, &Assumptions::default(), &Limits::default())
    }
}

fn request() -> Request {
    let text = serde_json::json!({
        "version": 1,
        "requests": [{
            "name": "read", "principal": ROLE, "action": "secretsmanager:GetSecretValue",
            "resource": SECRET,
        }],
    });
    let mut sources = Sources::new();
    let source = sources.add(Source::new("bundle.json", text.to_string()));
    let mut loaded = read_manifest(source, &mut sources, &mut NoFiles, &Limits::default());
    loaded.bundle.requests.remove(0)
}

fn decide(bundle: &Bundle) -> (Decision, Vec<String>) {
    let answer = World::new(bundle).simulate(&request()).unwrap();
    let reasons = answer.checks.iter().flat_map(|check| check.reasons.clone()).collect();
    (answer.decision, reasons)
}

fn messages(loaded: &Loaded) -> Vec<String> {
    loaded.errors.iter().map(ToString::to_string).collect()
}

#[test]
fn parts_from_many_files_are_one_world() {
    let mut told = Told::default();
    told.share();
    let loaded = told.join();
    assert_eq!(messages(&loaded), Vec::<String>::new());
    let bundle = &loaded.bundle;
    assert_eq!((bundle.secrets.len(), bundle.keys.len(), bundle.identities.len()), (1, 1, 1));
    assert_eq!(bundle.policies.len(), 3);
    assert_eq!(decide(bundle), (Decision::Allow, vec![]));
}

#[test]
fn a_policy_that_no_file_has_leaves_the_answer_open() {
    let mut told = Told::default();
    told.share();
    told.pieces.managed.clear();
    let reason = format!("no file has the document of the managed policy {READ}");
    assert_eq!(
        decide(&told.join().bundle),
        (Decision::Indeterminate, vec![reason.clone(), reason])
    );

    let mut told = Told::default();
    told.share();
    told.pieces.secrets.retain(|piece| piece.origin.name != "secret-policy");
    let (decision, reasons) = decide(&told.join().bundle);
    assert_eq!(decision, Decision::Indeterminate);
    let expected = format!("no file says what the policy of {SECRET} is, or that it has none");
    assert_eq!(reasons, [expected]);

    let mut told = Told::default();
    told.share();
    told.pieces.identities.retain(|piece| piece.origin.name != "attached");
    let (decision, reasons) = decide(&told.join().bundle);
    assert_eq!(decision, Decision::Indeterminate);
    assert_eq!(reasons[0], format!("no file says what the policies of {ROLE} are"));
}

#[test]
fn a_key_that_no_file_names_is_not_taken_for_the_managed_one() {
    let mut told = Told::default();
    told.share();
    told.pieces.secrets.retain(|piece| piece.origin.name != "describe");
    let (decision, reasons) = decide(&told.join().bundle);
    assert_eq!(decision, Decision::Indeterminate);
    assert_eq!(reasons, ["the bundle does not have the key (unknown key)"]);
}

#[test]
fn a_policy_that_a_file_says_is_not_there_is_absent() {
    let mut told = Told::default();
    told.share();
    told.pieces.secrets.retain(|piece| piece.origin.name != "secret-policy");
    told.secret("none", |_, piece| piece.policy = Stated::Null);
    let loaded = told.join();
    assert_eq!(loaded.bundle.secrets[0].policy, None);
    assert_eq!(decide(&loaded.bundle).0, Decision::ImplicitDeny);
}

#[test]
fn a_policy_that_is_not_json_is_invalid_not_open() {
    let mut told = Told::default();
    told.share();
    told.pieces.managed.clear();
    told.managed("broken", r#"{"Statement": [}"#);
    let loaded = told.join();
    let broken = loaded.bundle.policies.iter().find(|(_, document)| document.label == "broken");
    assert!(matches!(broken.unwrap().1.content, Err(DocumentError::Json(_))));
    assert_eq!(decide(&loaded.bundle).0, Decision::Invalid);
}

#[test]
fn pieces_that_disagree_are_both_named_and_the_rest_stays() {
    let mut told = Told::default();
    told.share();
    told.secret("other-policy", |told, piece| {
        piece.policy = Stated::Value(told.policy("o", ALLOW));
    });
    // The same once more is no conflict, however it is laid out.
    told.key("again", |told, piece| {
        piece.policy = Some(told.policy("k2", &SHARE.replace('\n', " ")));
    });
    let loaded = told.join();
    assert_eq!(
        messages(&loaded),
        [format!(
            "`{SECRET}`: the policy is told twice and not alike, by p:1 and by \
             `other-policy` at other-policy.json:1"
        )]
    );
    assert_eq!(loaded.bundle.keys.len(), 1);
}

#[test]
fn a_resource_is_made_once() {
    let mut told = Told::default();
    for name in ["aws_secretsmanager_secret.a", "aws_secretsmanager_secret.b"] {
        told.secret(name, |_, piece| (piece.makes, piece.policy) = (true, Stated::Null));
    }
    let loaded = told.join();
    let [message] = messages(&loaded).try_into().unwrap();
    assert!(message.contains("`aws_secretsmanager_secret.a` at "), "{message}");
    assert!(message.contains("`aws_secretsmanager_secret.b` at "), "{message}");
    assert_eq!(loaded.bundle.secrets.len(), 1);
}

#[test]
fn an_arn_of_something_else_is_refused() {
    let mut told = Told::default();
    let origin = told.origin("file");
    told.pieces.secrets.push(SecretPiece::new(arn(KEY), origin));
    let loaded = told.join();
    assert_eq!(messages(&loaded), [format!("`{KEY}` is not the ARN of a secret")]);
}

#[test]
fn spans_of_a_policy_point_into_the_string() {
    let mut told = Told::default();
    told.share();
    let sources = told.sources.clone();
    let loaded = told.join();
    let policy = loaded.bundle.secrets[0].policy.unwrap();
    let policy = loaded.bundle.policies.get(policy).unwrap().policy().unwrap();
    let effect = policy.location(policy.statements[0].effect.span);
    assert_eq!(sources.slice(effect), r#"\"Allow\""#);
}

#[test]
fn tags_that_no_file_tells_are_open() {
    const TAGGED: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:role/Reader"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/env": "dev", "aws:PrincipalTag/team": "red"}}}]}"#;
    let tagged = |secret: Option<Tags>, role: Option<Tags>| {
        let mut told = Told::default();
        told.share();
        told.pieces.secrets.retain(|piece| piece.origin.name != "secret-policy");
        told.secret("tagged", |told, piece| {
            piece.policy = Stated::Value(told.policy("t", TAGGED));
            piece.tags = secret;
        });
        told.role("tags", |_, piece| piece.tags = role);
        decide(&told.join().bundle).0
    };
    let tag = |key: &str, value: &str| Some(Tags::from_iter([(key.into(), value.into())]));
    let (dev, red) = (tag("env", "dev"), tag("team", "red"));
    assert_eq!(tagged(dev.clone(), red.clone()), Decision::Allow);
    assert_eq!(tagged(None, red.clone()), Decision::Indeterminate);
    assert_eq!(tagged(dev.clone(), None), Decision::Indeterminate);
    assert_eq!(tagged(dev, Some(Tags::default())), Decision::ImplicitDeny);
    assert_eq!(tagged(Some(Tags::NotKnown), red), Decision::Indeterminate);
}

#[test]
fn neither_of_two_that_disagree_is_believed() {
    const NOBODY: &str = r#"{"Version": "2012-10-17", "Statement": []}"#;
    let mut told = Told::default();
    told.share();
    told.secret("again", |told, piece| piece.policy = Stated::Value(told.policy("n", NOBODY)));
    let loaded = told.join();
    assert!(messages(&loaded)[0].contains("the policy is told twice and not alike"));
    let (decision, reasons) = decide(&loaded.bundle);
    assert_eq!(decision, Decision::Indeterminate);
    assert_eq!(reasons, [format!("two places tell different things of {SECRET}")]);
    // Both are still there to be judged.
    assert_eq!(loaded.bundle.policies.len(), 5);
}
