//! What templates come to: the functions, the names of resources, and what is left open.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;

use crosskey_engine::{
    aws::Assumptions,
    bundle::{Bundle, Decision, KeyReference},
    check::ask_who_reads,
    ingest::{
        cloudformation::{Parsed, Stack, parse, read_stacks},
        pieces::Pieces,
    },
    text::{Limits, Source, Sources},
};
use support::{decided, not_known};

const PLACE: &[(&str, &str)] = &[("AWS::AccountId", "111122223333"), ("AWS::Region", "us-east-1")];

/// The world of templates, each with its parameters, and what went wrong.
struct Told {
    bundle: Bundle,
    errors: Vec<String>,
}

fn told(templates: &[(&str, &[(&str, &str)])]) -> Told {
    let (mut sources, limits) = (Sources::new(), Limits::default());
    let mut stacks = Vec::new();
    for (number, (text, given)) in templates.iter().enumerate() {
        let source = sources.add(Source::new(format!("t{number}.yaml"), *text));
        let Parsed::Template(template) = parse(source, &sources, &limits) else {
            panic!("no template: {text}");
        };
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        stacks.push(Stack { template, parameters: given.collect() });
    }
    let mut pieces = Pieces::default();
    read_stacks(&stacks, &sources, &limits, &mut pieces);
    let loaded = pieces.join("world", &sources, &Assumptions::default(), &Limits::default());
    let mut bundle = loaded.bundle;
    ask_who_reads(&mut bundle);
    Told { bundle, errors: loaded.errors.iter().map(ToString::to_string).collect() }
}

fn one(text: &str, given: &[(&str, &str)]) -> Told {
    told(&[(text, &[PLACE, given].concat())])
}

impl Told {
    /// Who can read what, by the ends of their ARNs.
    fn reads(&self) -> BTreeMap<String, Decision> {
        let decided = decided(&self.bundle).into_iter().map(|(name, decision)| {
            let mut words = name.split(' ').filter(|word| word.starts_with("arn:"));
            let mut end = || words.next().unwrap().rsplit([':', '/']).next().unwrap().to_owned();
            (format!("{} {}", end(), end()), decision)
        });
        decided.collect()
    }

    /// Why policies are not known.
    fn open(&self) -> Vec<String> {
        not_known(&self.bundle)
    }
}

/// What the value of a resource element comes to, or why it is not known.
fn value(value: &str, given: &[(&str, &str)]) -> Result<String, String> {
    let text = format!(
        r#"
Parameters:
  Plain: {{Type: String, Default: plain}}
  List: {{Type: CommaDelimitedList, Default: "a, b,c"}}
  Bare: {{Type: String}}
  Stored: {{Type: "AWS::SSM::Parameter::Value<String>", Default: /x}}
  Number: {{Type: Number, Default: 012345678901}}
Mappings:
  Map: {{us-east-1: {{Key: mapped}}}}
Conditions:
  Always: !Equals [!Ref Plain, plain]
  Never: !Not [!Condition Always]
  Open: !Equals [!Ref Bare, x]
  Either: !Or [!Condition Open, !Condition Always]
  Both: !And [!Condition Open, !Condition Never]
  Loop: !Not [!Condition Loop]
Resources:
  Db:
    Type: AWS::SecretsManager::Secret
    Properties: {{Name: Db}}
  Key: {{Type: AWS::KMS::Key, Properties: {{KeyPolicy: {{Statement: []}}}}}}
  Alias: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/k, TargetKeyId: !Ref Key}}}}
  Attachment:
    Type: AWS::SecretsManager::SecretTargetAttachment
    Properties: {{SecretId: !Ref Db}}
  Role: {{Type: AWS::IAM::Role, Properties: {{Path: /p/, RoleName: R}}}}
  Unnamed: {{Type: AWS::IAM::Role}}
  Gone: {{Type: AWS::IAM::Role, Condition: Never}}
  Topic: {{Type: AWS::SNS::Topic}}
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: P
      PolicyDocument:
        Statement: {{Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {{StringLike: {{"aws:PrincipalTag/x": {value}}}}}}}
      Roles: [!Ref Role]
"#
    );
    let told = one(&text, given);
    assert_eq!(told.errors, Vec::<String>::new());
    let (_, document) = told.bundle.policies.iter().find(|(_, d)| d.label == "P").unwrap();
    match &document.content {
        Ok(parsed) => {
            let condition = &parsed.policy.statements[0].conditions[0];
            let texts = condition.values.iter().map(|value| value.value.as_str().to_owned());
            Ok(texts.collect::<Vec<_>>().join(" | "))
        }
        Err(error) => Err(error.to_string()),
    }
}

#[track_caller]
fn comes_to(cases: &[(&str, &str)]) {
    for (written, expected) in cases {
        assert_eq!(value(written, &[]).as_deref(), Ok(*expected), "{written}");
    }
}

#[test]
fn functions_are_resolved() {
    comes_to(&[
        ("!Ref Plain", "plain"),
        ("!Ref List", "a | b | c"),
        ("!Ref Number", "012345678901"),
        (
            "!Sub 'a${Plain}b${!aws:username}${AWS::Region}${Db.Id}'",
            "aplainb${aws:username}us-east-1arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-TBDTBD",
        ),
        ("!Sub ['${X}-${Plain}', {X: !Select [2, !Ref List]}]", "c-plain"),
        ("!Sub 'open ${'", "open ${"),
        ("!Join ['/', [a, !Ref Plain, 7, true]]", "a/plain/7/true"),
        ("!Join ['', !Split ['-', 'a-b-c']]", "abc"),
        ("!Select [1, !Split [':', 'a:b:c']]", "b"),
        ("!Select ['0', [first, !Ref Bare]]", "first"),
        ("!FindInMap [Map, !Ref 'AWS::Region', Key]", "mapped"),
        ("{'Fn::FindInMap': [Map, nowhere, Key, {DefaultValue: !Ref Plain}]}", "plain"),
        ("!If [Always, then, else]", "then"),
        ("!If [Never, then, !If [Always, inner, x]]", "inner"),
        ("!If [Either, then, else]", "then"),
        ("!If [Both, then, else]", "else"),
        ("[a, !If [Never, b, !Ref 'AWS::NoValue'], c]", "a | c"),
        ("!Sub 'arn:${AWS::Partition}:s3:::b.${AWS::URLSuffix}'", "arn:aws:s3:::b.amazonaws.com"),
        (
            "['*', !GetAtt Role.Arn, !GetAtt [Role, Arn], !Ref Role]",
            "* | arn:aws:iam::111122223333:role/p/R | arn:aws:iam::111122223333:role/p/R | R",
        ),
        ("!Ref Attachment", "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-TBDTBD"),
        (
            "[!Ref Key, !GetAtt Key.Arn, !Ref Alias]",
            "tbd-t0-Key | arn:aws:kms:us-east-1:111122223333:key/tbd-t0-Key | alias/k",
        ),
        ("!GetAtt Unnamed.Arn", "arn:aws:iam::111122223333:role/tbd-t0-Unnamed"),
    ]);
}

#[test]
fn what_a_template_does_not_tell_is_named() {
    for (written, reason) in [
        ("!Ref Bare", "the parameter `Bare` has no value; `--parameter Bare=…` gives one"),
        ("!Sub 'a${Bare}*'", "the parameter `Bare` has no value; `--parameter Bare=…` gives one"),
        (
            "!Ref Stored",
            "the parameter `Stored` is looked up in Parameter Store when the stack is deployed",
        ),
        ("!Ref Nothing", "the template has no parameter or resource `Nothing`"),
        (
            "!Ref 'AWS::StackName'",
            "`AWS::StackName` is not known; `--parameter AWS::StackName=…` tells it",
        ),
        ("!ImportValue x", "`x` is imported from another stack"),
        ("{'Fn::ImportValue': !Sub '${Plain}-x'}", "`plain-x` is imported from another stack"),
        ("!GetAtt Topic.TopicArn", "`Topic.TopicArn` is known only when the stack is there"),
        ("!Ref Topic", "what a reference to `Topic` gives is known only when the stack is there"),
        ("!GetAtt Unnamed.RoleId", "`Unnamed.RoleId` is known only when the stack is there"),
        ("!GetAtt Gone.Arn", "`Gone` is not made, as its condition does not hold"),
        (
            "!If [Open, a, b]",
            "the condition `Open` is open: the parameter `Bare` has no value; `--parameter Bare=…` gives one",
        ),
        ("!If [Loop, a, b]", "the condition `Loop` is open: the condition `Loop` refers to itself"),
        ("!If [No, a, b]", "the template has no condition `false`"),
        ("!If [Nope, a, b]", "the template has no condition `Nope`"),
        ("'{{resolve:ssm:/x}}'", "`{{resolve:ssm:/x}}` is looked up when the stack is deployed"),
        (
            "!Join ['', ['{{res', 'olve:ssm:x}}']]",
            "`{{resolve:ssm:x}}` is looked up when the stack is deployed",
        ),
        ("{'Fn::Transform': {Name: M}}", "a macro that runs in the account makes a part of it"),
        ("!Base64 x", "`Fn::Base64` is not resolved here"),
        ("!Select [9, [a]]", "a `Fn::Select` does not have the number of an element of its list"),
        ("!Sub '${aws:username}'", "the template has no parameter or resource `aws:username`"),
    ] {
        let expected = format!("the policy of `P` is not known: {reason}");
        assert_eq!(value(written, &[]), Err(expected), "{written}");
    }
    assert_eq!(value("!Ref Bare", &[("Bare", "given")]).as_deref(), Ok("given"));
    assert_eq!(value("!If [Open, a, b]", &[("Bare", "x")]).as_deref(), Ok("a"));
}

/// Nested functions that double a text, and references that go round in circles, end.
#[test]
fn nothing_grows_without_end() {
    let mut nested = "'xxxxxxxx'".to_owned();
    for _ in 0..40 {
        nested = format!("{{'Fn::Sub': ['${{a}}${{a}}', {{a: {nested}}}]}}");
    }
    let reason = value(&nested, &[]).unwrap_err();
    assert!(reason.contains("more than 33554432 bytes"), "{reason}");

    let roles: String = (0..200)
        .map(|n| {
            let name = format!("!Sub '${{R{}}}${{R{}}}'", n + 1, n + 1);
            format!("  R{n}: {{Type: AWS::IAM::Role, Properties: {{RoleName: {name}}}}}\n")
        })
        .collect();
    let conditions: String = (0..200)
        .map(|n| format!("  C{n}: !And [!Condition C{0}, !Condition C{0}]\n", n + 1))
        .collect();
    let text = format!(
        "Conditions:\n{conditions}  C200: !Equals [a, a]\nResources:\n{roles}  R200: {{Type: AWS::IAM::Role, Condition: C0}}\n"
    );
    let told = one(&text, &[]);
    assert_eq!(told.bundle.identities.len() + told.errors.len(), 201, "{:?}", told.errors);
    assert!(told.errors[0].contains("more than 24 references"), "{:?}", told.errors);

    let circle = "Resources:\n  A: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref B}}\n  \
                  B: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref A}}\n";
    let told = one(circle, &[]);
    assert_eq!(told.bundle.identities.len() + told.errors.len(), 2, "{:?}", told.errors);
}

const SHARE: &str = r#"
Parameters: {Reader: {Type: String}}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}, Action: "kms:*", Resource: "*"}
          - {Effect: Allow, Principal: {AWS: !Ref Reader}, Action: "kms:Decrypt", Resource: "*"}
  Db:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: Db, KmsKeyId: !Ref Key}
  DbPolicy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: !Ref Db
      ResourcePolicy:
        Version: 2012-10-17
        Statement: {Effect: Allow, Principal: {AWS: !Ref Reader}, Action: "secretsmanager:GetSecretValue", Resource: "*"}
"#;

/// A role that may read a secret and use a key.
fn reader(name: &str, secret: &str, key: &str) -> String {
    format!(
        r#"
Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      {name}
      Policies:
        - PolicyName: read
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - {{Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: "{secret}"}}
              - {{Effect: Allow, Action: "kms:Decrypt", Resource: "{key}"}}
"#
    )
}

fn share(principal: &str, reader: &str) -> Decision {
    let other = [("AWS::AccountId", "444455556666"), ("AWS::Region", "us-east-1")];
    let told = told(&[(SHARE, &[PLACE, &[("Reader", principal)]].concat()), (reader, &other)]);
    assert_eq!(told.errors, Vec::<String>::new());
    let reads = told.reads();
    let of_role: Vec<_> = reads.iter().filter(|(name, _)| name.contains("eader")).collect();
    assert_eq!(of_role.len(), 1, "{reads:?}");
    *of_role[0].1
}

/// What the ARN of a resource really is, nobody can tell from its template: a text that may be it leaves the answer open.
#[test]
fn an_arn_written_out_elsewhere_may_be_the_real_one() {
    const ROLE: &str = "arn:aws:iam::444455556666:role/Reader";
    let decide = |secret: &str, key: &str| {
        let secret = format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{secret}");
        share(ROLE, &reader("RoleName: Reader", &secret, &format!("arn:aws:kms:us-east-1:{key}")))
    };
    assert_eq!(decide("Db-??????", "111122223333:key/*"), Decision::Allow);
    assert_eq!(decide("Db*", "*:key/*"), Decision::Allow);
    // These name the secret or not, or the key or not.
    assert_eq!(decide("Db-a1B2c3", "111122223333:key/*"), Decision::Indeterminate);
    assert_eq!(decide("Db-a*", "111122223333:key/*"), Decision::Indeterminate);
    let key = "111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    assert_eq!(decide("Db-??????", key), Decision::Indeterminate);
    // These cannot.
    assert_eq!(decide("Db2-a1B2c3", "111122223333:key/*"), Decision::ImplicitDeny);
    assert_eq!(decide("Db", "111122223333:key/*"), Decision::ImplicitDeny);
    assert_eq!(decide("Db-??????", "111122223333:key/mrk-*"), Decision::ImplicitDeny);
    assert_eq!(decide("Db-??????", "999988887777:key/*"), Decision::ImplicitDeny);
}

#[test]
fn a_name_that_cloudformation_makes_may_be_the_one_written_out_elsewhere() {
    let reader = |properties| {
        reader(properties, "arn:aws:secretsmanager:us-east-1:111122223333:secret:Db-??????", "*")
    };
    let unnamed = reader("Description: x");
    let decide = |role: &str| {
        let other = [("AWS::AccountId", "444455556666"), ("AWS::Region", "us-east-1")];
        let arn = format!("arn:aws:iam::444455556666:role/{role}");
        let told = told(&[(SHARE, &[PLACE, &[("Reader", &*arn)]].concat()), (&unnamed, &other)]);
        told.reads()["tbd-t1-Reader Db-TBDTBD"]
    };
    assert_eq!(decide("app-Reader-1QQUZGPKMZ4Z"), Decision::Indeterminate);
    // A name like this is not made.
    assert_eq!(decide("other"), Decision::ImplicitDeny);
}

#[test]
fn a_policy_of_a_secret_that_is_not_known_opens_all_of_them() {
    let text = |id: &str| {
        format!(
            r#"
Parameters: {{Id: {{Type: String}}}}
Resources:
  A: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: A}}}}
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: {id}
      ResourcePolicy:
        Version: 2012-10-17
        Statement:
          {{Effect: Allow, Principal: {{AWS: "arn:aws:iam::111122223333:role/R"}}, Action: "*", Resource: "*"}}
  R: {{Type: AWS::IAM::Role, Properties: {{RoleName: R}}}}
"#
        )
    };
    let decide = |id: &str| one(&text(id), &[]).reads().get("R A-TBDTBD").copied();
    assert_eq!(decide("!Ref A"), Some(Decision::Allow));
    assert_eq!(decide("A"), Some(Decision::Allow));
    assert_eq!(decide("!Ref Id"), Some(Decision::Indeterminate));
    assert_eq!(decide("B"), Some(Decision::Indeterminate));
    let real = "arn:aws:secretsmanager:us-east-1:111122223333:secret:A-a1B2c3";
    assert_eq!(decide(real), Some(Decision::Indeterminate));
    let other = "arn:aws:secretsmanager:us-east-1:111122223333:secret:B-a1B2c3";
    assert_eq!(decide(other), None);
}

#[test]
fn policies_reach_users_and_roles_by_name() {
    let policy = |properties: &str| {
        format!(
            r#"
Parameters: {{Name: {{Type: String}}}}
Resources:
  Db: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: Db}}}}
  Role: {{Type: AWS::IAM::Role, Properties: {{RoleName: R, Path: /deep/}}}}
  User: {{Type: AWS::IAM::User}}
  P:
    {properties}
      PolicyDocument:
        Version: 2012-10-17
        Statement: {{Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: !Ref Db}}
"#
        )
    };
    let reads = |properties: &str| one(&policy(properties), &[]).reads();
    let by = |name: &str, decision| BTreeMap::from([(format!("{name} Db-TBDTBD"), decision)]);
    let allow = Decision::Allow;
    assert_eq!(
        reads("Type: AWS::IAM::Policy\n    Properties:\n      Roles: [!Ref Role]"),
        by("R", allow)
    );
    assert_eq!(
        reads("Type: AWS::IAM::RolePolicy\n    Properties:\n      RoleName: R"),
        by("R", allow)
    );
    let user = by("tbd-t0-User", allow);
    assert_eq!(
        reads("Type: AWS::IAM::UserPolicy\n    Properties:\n      UserName: !Ref User"),
        user
    );
    assert_eq!(
        reads("Type: AWS::IAM::ManagedPolicy\n    Properties:\n      Users: [!Ref User]"),
        user
    );
    // A role that no template makes may have other policies.
    assert_eq!(
        reads("Type: AWS::IAM::Policy\n    Properties:\n      Roles: [Elsewhere]"),
        by("Elsewhere", Decision::Indeterminate)
    );
    // It may be any role, so each may read.
    assert_eq!(
        reads("Type: AWS::IAM::Policy\n    Properties:\n      Roles: [!Ref Name]"),
        by("R", Decision::Indeterminate)
    );
}

#[test]
fn the_place_comes_from_arns_that_can_only_be_of_the_own_account() {
    let text = r#"
Resources:
  Db: {Type: AWS::SecretsManager::Secret, Properties: {Name: Db, KmsKeyId: alias/k}}
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:Other-a1B2c3
      ResourcePolicy: {Version: 2012-10-17, Statement: []}
"#;
    let found = told(&[(text, &[])]);
    let secret = &found.bundle.secrets[0];
    assert_eq!(
        secret.arn.value.as_str(),
        "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:Db-TBDTBD"
    );
    assert_eq!(secret.key, KeyReference::Alias("alias/k".to_owned()));
    assert_eq!(found.errors, Vec::<String>::new());
    assert_eq!(found.open(), Vec::<String>::new());
    // The principal of a policy may be of any account.
    let elsewhere = SHARE.replace("!Ref Reader", "arn:aws:iam::444455556666:role/R");
    let told = told(&[(&elsewhere, &[])]);
    assert_eq!(
        told.errors,
        ["nothing tells the account in which the resources of this template will be"]
    );
}

/// The tags of a stack come to those of its template.
#[test]
fn tags_that_a_template_does_not_list_are_open() {
    let text = |tag: &str| {
        format!(
            r#"
Resources:
  Db: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: Db, Tags: [{{Key: team, Value: a}}]}}}}
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: R
      Policies:
        - PolicyDocument:
            Version: 2012-10-17
            Statement:
              Effect: Allow
              Action: secretsmanager:GetSecretValue
              Resource: "*"
              Condition: {{StringEquals: {{{tag}}}}}
"#
        )
    };
    let decide = |tag: &str| one(&text(tag), &[]).reads()["R Db-TBDTBD"];
    assert_eq!(decide(r#""aws:ResourceTag/team": a"#), Decision::Allow);
    assert_eq!(decide(r#""aws:ResourceTag/team": b"#), Decision::ImplicitDeny);
    assert_eq!(decide(r#""aws:ResourceTag/stage": prod"#), Decision::Indeterminate);
    assert_eq!(decide(r#""aws:PrincipalTag/stage": prod"#), Decision::Indeterminate);
}

/// What is public is told, although the policy as a whole is not known.
#[test]
fn the_known_statements_of_a_policy_are_judged_by_themselves() {
    let text = |condition: &str, effect: &str| {
        format!(
            r#"
Parameters: {{Open: {{Type: String}}}}
Conditions:
  Open: !Equals [!Ref Open, x]
Resources:
  Db: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: Db}}}}
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    {condition}
    Properties:
      SecretId: !Ref Db
      ResourcePolicy:
        Version: 2012-10-17
        Statement:
          - {{Effect: Allow, Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*"}}
          - {{Effect: {effect}, Principal: {{AWS: !Ref Open}}, Action: "secretsmanager:*", Resource: "*"}}
"#
        )
    };
    let judged = |condition: &str, effect: &str, given: &[(&str, &str)]| {
        let told = one(&text(condition, effect), given);
        let open = told.open().iter().any(|reason| reason.contains("`Policy`"));
        assert_eq!(open, given.is_empty(), "{:?}", told.open());
        let documents = told.bundle.policies.iter().filter_map(|(_, d)| d.policy());
        documents.map(|policy| policy.statements.len()).collect::<Vec<_>>()
    };
    let given = [("Open", "arn:aws:iam::111122223333:role/R")];
    assert_eq!(judged("", "Allow", &given), [2]);
    assert_eq!(judged("", "Allow", &[]), [1]);
    // What is not known may deny it.
    assert_eq!(judged("", "Deny", &[]), Vec::<usize>::new());
    assert_eq!(judged("Condition: Open", "Allow", &[]), [1]);
}

/// A policy that a template gives to a role by its name may be one of a role whose name is not known.
#[test]
fn a_role_without_a_name_may_be_the_one_that_another_template_names() {
    let unnamed = "
Resources:
  Db: {Type: AWS::SecretsManager::Secret, Properties: {Name: Db}}
  Reader: {Type: AWS::IAM::Role, Properties: {Policies: [{PolicyDocument: {Version: 2012-10-17,
    Statement: {Effect: Allow, Action: 'secretsmanager:GetSecretValue', Resource: 'arn:aws:secretsmanager:*:*:secret:x'}}}]}}
";
    let gives = |role: &str| {
        format!(
            "
Resources:
  P: {{Type: AWS::IAM::Policy, Properties: {{Roles: [{role}], PolicyDocument: {{Version: 2012-10-17,
    Statement: {{Effect: Allow, Action: 'secretsmanager:GetSecretValue', Resource: '*'}}}}}}}}
"
        )
    };
    let decide =
        |role| told(&[(unnamed, PLACE), (&gives(role), PLACE)]).reads()["tbd-t0-Reader Db-TBDTBD"];
    assert_eq!(decide("app-Reader-1QQUZGPKMZ4Z"), Decision::Indeterminate);
    assert_eq!(decide("Reader"), Decision::ImplicitDeny);
}

#[test]
fn a_key_that_may_be_disabled_leaves_the_answer_open() {
    let text = SHARE.replace(
        "Properties:\n      KeyPolicy",
        "Properties:\n      Enabled: !ImportValue on\n      KeyPolicy",
    );
    let decide = |text: &str| {
        let given = [("Reader", "arn:aws:iam::111122223333:role/Reader")];
        let own = reader("RoleName: Reader", "*", "*");
        told(&[(text, &[PLACE, &given].concat()), (&own, PLACE)]).reads()["Reader Db-TBDTBD"]
    };
    assert_ne!(text, SHARE);
    assert_eq!(decide(SHARE), Decision::Allow);
    assert_eq!(decide(&text), Decision::Indeterminate);
}

/// SAM makes a role for a function that names none, and the template can refer to it.
#[test]
fn the_role_of_a_function_can_be_named_and_bounded() {
    let text = |function: &str, globals: &str| {
        format!(
            r#"
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {globals}}}
Resources:
  Db: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: Db}}}}
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: !Ref Db
      ResourcePolicy:
        Version: 2012-10-17
        Statement: {{Effect: Allow, Principal: {{AWS: !GetAtt FRole.Arn}}, Action: "secretsmanager:GetSecretValue", Resource: "*"}}
  F: {{Type: AWS::Serverless::Function, Properties: {function}}}
"#
        )
    };
    let decide = |function: &str, globals: &str| {
        let reads = one(&text(function, globals), &[]).reads();
        reads.get("tbd-t0-FRole Db-TBDTBD").copied()
    };
    assert_eq!(decide("{}", "{}"), Some(Decision::Allow));
    let managed = "{Policies: [AWSLambdaBasicExecutionRole, S3ReadPolicy: {BucketName: b}]}";
    assert_eq!(decide(managed, "{}"), Some(Decision::Allow));
    // Any of these may deny it.
    let unknown = "{Policies: [NewPolicyTemplate: {X: y}]}";
    assert_eq!(decide(unknown, "{}"), Some(Decision::Indeterminate));
    assert_eq!(decide("{Policies: SomeManagedPolicy}", "{}"), Some(Decision::Indeterminate));
    let bounded = "{PermissionsBoundary: !ImportValue boundary}";
    assert_eq!(decide("{}", bounded), Some(Decision::Indeterminate));
    // With a role of its own there is no other, and a policy that names it is not known.
    assert_eq!(decide("{Role: 'arn:aws:iam::111122223333:role/R'}", "{}"), None);
}
