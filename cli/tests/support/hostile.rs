//! One set of findings and answers with every kind of thing in it, and names that every format has to keep inert.

use std::{fs, path::Path};

use serde_json::{Value, json};

/// Would show in the page if a script ran.
pub(crate) const SCRIPT: &str = "<script>document.documentElement.dataset.ran = 1</script>";
/// The same by an event, out of an attribute.
pub(crate) const IMAGE: &str =
    "\"'><img src=x onerror=\"document.documentElement.dataset.ran = 1\">";
/// Ends a command, a table cell, a code span and a CDATA section; mentions, links, and turns text round.
pub(crate) const MARKUP: &str =
    "]]> %0A::error::x | `a` @admin #1 [b](https://example.com) www.example.com ${{ secrets.A }}";
/// What a terminal would obey, and what XML cannot hold.
pub(crate) const CONTROL: &str = "\u{1b}[31mred\u{7}\u{202e}dne\u{0}\u{fffe}\u{85}";

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const READER: &str = "arn:aws:iam::444455556666:role/Reader";

/// The name of a file that is meant to leave its place.
pub(crate) const FILE: &str = "odd, ::name:: 100% `x` @all |<i>\n.json";

/// Writes the set into an empty folder.
pub(crate) fn write(folder: &Path) {
    let write = |name: &str, text: &[u8]| fs::write(folder.join(name), text).unwrap();
    for name in ["share", "broken"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    write("share/bundle.json", manifest().as_bytes());
    // Windows line ends.
    let secret_policy = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Share",
      "Effect": "Allow",
      "Principal": "*",
      "Action": "secretsmanager:GetSecretValue",
      "Resource": "*",
      "Condition": {
        "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" }
      }
    },
    {
      "Sid": "OverTheEndpoint",
      "Effect": "Deny",
      "Principal": "*",
      "Action": "secretsmanager:GetSecretValue",
      "Resource": "*",
      "Condition": { "StringEquals": { "aws:SourceVpce": "vpce-0123456789abcdef0" } }
    }
  ]
}
"#;
    write("share/secret-policy.json", secret_policy.replace('\n', "\r\n").as_bytes());
    write(
        "share/key-policy.json",
        br#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Administer",
      "Effect": "Allow",
      "Principal": { "AWS": "arn:aws:iam::111122223333:root" },
      "Action": "kms:*",
      "Resource": "*"
    },
    {
      "Sid": "Use",
      "Effect": "Allow",
      "Principal": { "AWS": "arn:aws:iam::444455556666:role/Reader" },
      "Action": "kms:Decrypt",
      "Resource": "*"
    }
  ]
}
"#,
    );
    write("broken/bundle.json", b"{\"version\": 1, \"secrets\": [");
    write("not-utf-8.json", b"{\"Statement\": \"\xE9\"}");
    // One line, and more than one byte a character before the place in question.
    let stray = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": format!("名 {IMAGE} {MARKUP} {CONTROL}"), "Effect": "Alow",
        "Principal": { "AWS": READER }, "Action": "secretsmanager:GetSecretValue",
        "Resource": format!("{SECRET}{SCRIPT}") }] });
    write("stray.json", stray.to_string().as_bytes());
    write(FILE, b"{\"Statement\": [{\"Effect\": \"Allow\", }]}");
}

fn manifest() -> String {
    let request = |name: String, principal: &str| {
        json!({
            "name": name, "principal": principal, "resource": SECRET,
            "action": "secretsmanager:GetSecretValue",
            "network": { "source_ip": "203.0.113.9" },
        })
    };
    let expecting = |mut request: Value| {
        request.as_object_mut().unwrap().insert("expect".to_owned(), json!("allow"));
        request
    };
    let expected = expecting(request(format!("::error file=x::{SCRIPT}"), READER));
    let unmet = expecting(request(
        format!("{IMAGE} {MARKUP}"),
        "arn:aws:sts::777788889999:assumed-role/Stranger/s1",
    ));
    let mut open = request(format!("{CONTROL} 秘密"), READER);
    open.as_object_mut().unwrap().remove("network");
    let unusable =
        request("nobody".to_owned(), &format!("arn:aws:iam::444455556666:role/{SCRIPT}"));
    let manifest = json!({
        "version": 1,
        "accounts": {
            "111122223333": { "organization_id": null },
            "444455556666": { "organization_id": null },
            "777788889999": { "organization_id": null },
        },
        "secrets": [{
            "arn": SECRET, "policy": "secret-policy.json", "kms_key_id": "alias/Shared",
            "tags": { "名": SCRIPT },
        }],
        "keys": [{ "arn": KEY, "policy": "key-policy.json", "aliases": ["alias/Shared"] }],
        "principals": [
            { "arn": READER, "identity_policies": [{ "Statement": [{
                "Effect": "Allow", "Resource": "*",
                "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"] }] }] },
            { "arn": "arn:aws:iam::777788889999:role/Stranger", "identity_policies": [{ "Statement": [{
                "Effect": "Allow", "Resource": "*",
                "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"] }] }] },
        ],
        "requests": [expected, unmet, open, unusable],
    });
    serde_json::to_string_pretty(&manifest).unwrap()
}
