//! What narrows an Allow for everybody and what does not: by the console's definition, by Amazon S3's, and in fact.

use super::*;

const YES: Truth = Truth::True;
const NO: Truth = Truth::False;

/// Conditions of an Allow for `*`: whether it is public by the console and by S3, and how far it reaches.
const CONDITIONS: &[(&str, Truth, Truth, Exposure)] = &[
    ("", YES, YES, Exposure::Public),
    (r#""StringEquals": {"aws:PrincipalAccount": "111122223333"}"#, YES, NO, Exposure::Internal),
    (
        r#""StringEquals": {"aws:PrincipalAccount": "444455556666"}"#,
        YES,
        NO,
        Exposure::NamedExternal,
    ),
    (r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#, YES, NO, Exposure::Organization),
    (
        r#""ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/R"}"#,
        YES,
        NO,
        Exposure::NamedExternal,
    ),
    (
        r#""StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/R"}"#,
        YES,
        NO,
        Exposure::Internal,
    ),
    // A wildcard is not a fixed value, though the account is.
    (
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}"#,
        YES,
        YES,
        Exposure::Internal,
    ),
    (
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}"#,
        YES,
        YES,
        Exposure::NamedExternal,
    ),
    (r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/X"}"#, YES, YES, Exposure::Public),
    (r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::4444*:role/X"}"#, YES, YES, Exposure::Broad),
    (r#""StringLike": {"aws:PrincipalOrgID": "o-*"}"#, YES, YES, Exposure::Public),
    (r#""StringLike": {"aws:SourceVpc": "vpc-*"}"#, YES, YES, Exposure::Public),
    (r#""StringLike": {"aws:PrincipalAccount": "*"}"#, YES, YES, Exposure::Public),
    (r#""StringLike": {"aws:PrincipalAccount": "11112222*"}"#, YES, YES, Exposure::Broad),
    (r#""StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}"#, YES, NO, Exposure::NamedExternal),
    (r#""StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}"#, YES, NO, Exposure::NamedExternal),
    (r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#, YES, NO, Exposure::NamedExternal),
    (r#""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#, YES, YES, Exposure::Public),
    (r#""IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}"#, YES, YES, Exposure::Public),
    (r#""IpAddress": {"aws:SourceIp": "12.0.0.0/7"}"#, YES, YES, Exposure::Public),
    (r#""IpAddress": {"aws:SourceIp": "12.0.0.0/8"}"#, YES, NO, Exposure::NamedExternal),
    (r#""IpAddress": {"aws:SourceIp": "::/0"}"#, YES, YES, Exposure::Public),
    (r#""IpAddress": {"aws:SourceIp": "2001:db8::/32"}"#, YES, NO, Exposure::NamedExternal),
    (r#""IpAddress": {"aws:SourceIp": "2001:db8::/31"}"#, YES, YES, Exposure::Public),
    // Never true on the public endpoint.
    (r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, NO, NO, Exposure::None),
    (
        r#""IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "172.16.0.0/12"]}"#,
        NO,
        NO,
        Exposure::None,
    ),
    (r#""IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}"#, YES, YES, Exposure::Public),
    // Only services carry these.
    (r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#, YES, NO, Exposure::Internal),
    (r#""StringEquals": {"aws:SourceAccount": "444455556666"}"#, YES, NO, Exposure::NamedExternal),
    (r#""ArnLike": {"aws:SourceArn": "arn:aws:s3:::my-bucket"}"#, YES, NO, Exposure::NamedExternal),
    (r#""StringLike": {"aws:userid": "AROAEXAMPLEID:*"}"#, YES, NO, Exposure::NamedExternal),
    (r#""Bool": {"aws:SecureTransport": "true"}"#, YES, YES, Exposure::Public),
    (
        r#""DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}"#,
        YES,
        YES,
        Exposure::Public,
    ),
    (r#""StringEquals": {"aws:RequestedRegion": "us-east-1"}"#, YES, YES, Exposure::Public),
    (r#""StringLike": {"aws:UserAgent": "*Terraform*"}"#, YES, YES, Exposure::Public),
    (r#""StringLike": {"aws:Referer": "https://example.com/*"}"#, YES, YES, Exposure::Public),
    (r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#, YES, YES, Exposure::Public),
    (r#""StringEquals": {"aws:PrincipalType": "AssumedRole"}"#, YES, YES, Exposure::Public),
    (r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#, YES, YES, Exposure::Public),
    (
        r#""StringEquals": {"aws:FederatedProvider": "accounts.google.com"}"#,
        YES,
        YES,
        Exposure::Public,
    ),
    (r#""StringEquals": {"aws:SourceIdentity": "alice"}"#, YES, YES, Exposure::Public),
    (
        r#""ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}"#,
        YES,
        YES,
        Exposure::Public,
    ),
    (r#""Bool": {"aws:ViaAWSService": "true"}"#, YES, YES, Exposure::Public),
    (r#""StringEquals": {"aws:ResourceAccount": "111122223333"}"#, YES, YES, Exposure::Public),
    (r#""StringEquals": {"aws:ResourceTag/env": "dev"}"#, YES, YES, Exposure::Public),
    (
        r#""StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}"#,
        YES,
        YES,
        Exposure::Public,
    ),
    // The key is absent from somebody's request.
    (r#""StringEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}"#, YES, YES, Exposure::Public),
    (
        r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
        YES,
        YES,
        Exposure::Public,
    ),
    (
        r#""StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}"#,
        YES,
        NO,
        Exposure::Internal,
    ),
    (
        r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
        YES,
        YES,
        Exposure::Public,
    ),
    (
        r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "Null": {"aws:PrincipalOrgID": "false"}"#,
        YES,
        NO,
        Exposure::Organization,
    ),
    // The organization is fixed, and a path ends in a wildcard.
    (
        r#""ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#,
        YES,
        YES,
        Exposure::Organization,
    ),
    (r#""Null": {"aws:PrincipalOrgID": "false"}"#, YES, YES, Exposure::Public),
    (r#""StringNotEquals": {"aws:PrincipalAccount": "444455556666"}"#, YES, YES, Exposure::Public),
    (r#""NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#, YES, YES, Exposure::Public),
    (
        r#""ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}"#,
        YES,
        YES,
        Exposure::Public,
    ),
    // Bound to the organization in fact, though not to a fixed one.
    (
        r#""StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}"#,
        YES,
        YES,
        Exposure::Organization,
    ),
    (r#""Bool": {"aws:PrincipalIsAWSService": "true"}"#, YES, YES, Exposure::Public),
];

/// The same of a key policy; the console's definition is about secrets.
const KEY_CONDITIONS: &[(&str, Truth, Exposure)] = &[
    (r#""StringEquals": {"kms:CallerAccount": "111122223333"}"#, NO, Exposure::Internal),
    (r#""StringEquals": {"kms:CallerAccount": "444455556666"}"#, NO, Exposure::NamedExternal),
    (
        r#""StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}"#,
        NO,
        Exposure::Internal,
    ),
    (
        r#""StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}"#,
        YES,
        Exposure::Public,
    ),
    (
        r#""StringLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-??????"}"#,
        YES,
        Exposure::Public,
    ),
];

#[test]
fn conditions_of_a_secret_policy() {
    let mut wrong = Vec::new();
    for (condition, console, s3, exposure) in CONDITIONS {
        let answer = ask(&everyone_if(condition));
        let found = (answer.secrets_manager.public, answer.s3.public, answer.exposure);
        if found != (*console, *s3, *exposure) || !answer.undecided.is_empty() {
            wrong.push(format!(
                "{condition}\n  {found:?} {:?} {:?}",
                answer.undecided, answer.witness
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_of_a_key_policy() {
    for (condition, s3, exposure) in KEY_CONDITIONS {
        let statement =
            everyone_if(condition).replace("secretsmanager:GetSecretValue", "kms:Decrypt");
        let answer = ask_about(&statement, PolicyKind::Key);
        assert_eq!((answer.s3.public, answer.exposure), (*s3, *exposure), "{condition}");
        assert_eq!(answer.undecided, [], "{condition}");
    }
}

/// Statements of a secret's policy together: whether it is public by the console and by S3, how far it reaches, and how far
/// its last Allow statement would by itself.
#[test]
fn statements_together() {
    const OWN: &str = r#""StringNotEquals": {"aws:PrincipalAccount": "111122223333""#;
    let everyone = everyone_if("");
    let allow = |principal: &str| everyone.replace(r#""Principal": "*""#, principal);
    let deny = |condition: &str| {
        everyone_if(condition)
            .replace("Allow", "Deny")
            .replace("secretsmanager:GetSecretValue", "secretsmanager:*")
    };
    let table = [
        // Values of one key are as narrow as the widest of them; keys together as the narrowest.
        (
            vec![everyone_if(r#""StringLike": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "*"]}"#)],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        (
            vec![everyone_if(
                r#""StringLike": {"aws:PrincipalOrgID": "*", "aws:PrincipalAccount": "444455556666"}"#,
            )],
            (YES, NO, Exposure::NamedExternal),
            Reach::Named,
        ),
        (
            vec![allow(r#""Principal": {"AWS": "444455556666"}"#), everyone.clone()],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        // A Deny takes away what it covers.
        (
            vec![everyone.clone(), deny(&format!("{OWN}}}"))],
            (NO, NO, Exposure::Internal),
            Reach::Public,
        ),
        // It has a way out: a key that may be absent, a second key, the actions that it leaves, a set without members.
        (
            vec![
                everyone.clone(),
                deny(&format!(
                    r#"{OWN}}}, "StringEqualsIfExists": {{"aws:SourceVpce": "vpce-1"}}"#
                )),
            ],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        (
            vec![
                everyone.clone(),
                deny(&format!(r#"{OWN}}}, "Bool": {{"aws:ViaAWSService": "false"}}"#)),
            ],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        (
            vec![
                everyone.clone(),
                deny(&format!("{OWN}}}")).replace(
                    r#""Action": "secretsmanager:*""#,
                    r#""NotAction": "secretsmanager:Get*""#,
                ),
            ],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        (
            vec![
                everyone.clone(),
                deny(r#""ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#),
            ],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        // Who has no such key is denied by a negated operator, and let in by another.
        (
            vec![
                everyone.clone(),
                deny(r#""StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#),
            ],
            (NO, NO, Exposure::Organization),
            Reach::Public,
        ),
        (
            vec![
                everyone.clone(),
                deny(r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#),
            ],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        // Two keys of one operator: denied is who fails both, so that all of the network get in.
        (
            vec![everyone.clone(), deny(&format!(r#"{OWN}, "aws:SourceVpc": "vpc-1a2b3c4d"}}"#))],
            (NO, NO, Exposure::NamedExternal),
            Reach::Public,
        ),
        (
            vec![allow(r#""NotPrincipal": {"AWS": "arn:aws:iam::444455556666:root"}"#)],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        (
            vec![everyone.replace(r#""Action": "secretsmanager:"#, r#""NotAction": "s3:"#)],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
        // An account is named, its own one is the owner's; a service calls for anybody.
        (
            vec![allow(r#""Principal": {"AWS": "arn:aws:iam::444455556666:root"}"#)],
            (NO, NO, Exposure::NamedExternal),
            Reach::Named,
        ),
        (
            vec![allow(r#""Principal": {"AWS": "arn:aws:iam::111122223333:root"}"#)],
            (NO, NO, Exposure::Internal),
            Reach::Named,
        ),
        (
            vec![allow(r#""Principal": {"Service": "lambda.amazonaws.com"}"#)],
            (NO, NO, Exposure::Broad),
            Reach::Broad,
        ),
        (
            vec![everyone_if(r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#).replace(
                r#""Principal": "*""#,
                r#""Principal": {"Service": "lambda.amazonaws.com"}"#,
            )],
            (NO, NO, Exposure::Internal),
            Reach::Named,
        ),
        (
            vec![allow(r#""Principal": {"AWS": ["*", "arn:aws:iam::444455556666:role/R"]}"#)],
            (YES, YES, Exposure::Public),
            Reach::Public,
        ),
    ];
    for (statements, expected, alone) in table {
        let text = statements.join(",");
        let answer = ask(&text);
        let found = (answer.secrets_manager.public, answer.s3.public, answer.exposure);
        assert_eq!(found, expected, "{text}");
        assert_eq!(answer.statements.last().map(|last| last.alone), Some(alone), "{text}");
        assert_eq!(answer.undecided, [], "{text}");
    }
}
