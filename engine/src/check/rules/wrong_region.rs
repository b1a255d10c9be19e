//! Conditions for another Region than that of the secret and its key.

use super::shared::{
    arns, conditions,
    secrets::SECRET_ARN,
    words::{listed, quote},
};
use crate::{
    aws::is_known_region,
    check::subject::{Findings, PolicyView, Subject},
    finding::{Rule, Severity},
    policy::{Condition, Statement, Template},
    text::nearest,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "wrong-region",
    severity: Severity::Error,
    summary: "a condition for another Region than that of the secret or its key",
    why: "A secret, its key and the service between them are in one Region. kms:ViaService holds \
          `secretsmanager.REGION.amazonaws.com` with the Region that is called, in every partition; with another \
          Region or another form the condition never holds.",
    bad: r#""StringEquals": {"kms:ViaService": "secretsmanager.us-west-2.amazonaws.com"}, for a key in us-east-1"#,
    good: r#""StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}"#,
    reference: "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service",
};

const VIA: &str = "*.*.amazonaws.com";

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        let (regions, whose) = expected(subject, view, statement);
        for condition in statement.conditions.iter().filter(|c| conditions::compares_text(c)) {
            match condition.key.value.lower() {
                "kms:viaservice" => {
                    via_service(view, statement, condition, &regions, whose, findings);
                }
                SECRET_ARN => secret_arn(view, statement, condition, &regions, whose, findings),
                _ => {}
            }
        }
    }
}

/// The Regions that the calls can be in which a statement is about, and whose they are; none where nothing says.
fn expected(
    subject: &Subject<'_>,
    view: PolicyView<'_>,
    statement: &Statement,
) -> (Vec<String>, &'static str) {
    let mut regions: Vec<String> = Vec::new();
    let keys = subject.keys_of(view);
    if !keys.is_empty() {
        regions.extend(keys.iter().map(|key| key.arn.value.region().to_owned()));
        return (regions, "the key is in");
    }
    let entries = statement.resources.iter().filter(|element| !element.negated);
    let keys: Vec<&str> =
        entries.flat_map(|element| &element.list).map(|e| e.value.as_str()).collect();
    let of_keys = keys.iter().map(|text| match arns::fields(text) {
        Some([_, _, "kms", region, ..]) if !arns::is_open(region) => Some(region.to_owned()),
        // Of another service, which says nothing of keys.
        Some([_, _, service, ..]) if service != "kms" && !arns::is_open(service) => {
            Some(String::new())
        }
        _ => None,
    });
    // One open entry leaves the Region open.
    if let Some(of_keys) = of_keys.collect::<Option<Vec<String>>>() {
        let known: Vec<String> = of_keys.into_iter().filter(|region| !region.is_empty()).collect();
        if !known.is_empty() {
            return (known, "the key is in");
        }
    }
    let named = conditions::on(statement, &[SECRET_ARN]).filter(|c| conditions::narrows(c));
    let named: Option<Vec<String>> = named
        .flat_map(|condition| &condition.values)
        .map(|value| {
            let [_, _, _, region, ..] = arns::fields(value.value.as_str())?;
            (!arns::is_open(region)).then(|| region.to_owned())
        })
        .collect();
    match named {
        Some(named) if !named.is_empty() => (named, "the secret is in"),
        _ => {
            let secrets = subject.bundle.secrets.iter().map(|secret| &secret.arn.value);
            let keys = subject.bundle.keys.iter().map(|key| &key.arn.value);
            regions.extend(secrets.chain(keys).map(|arn| arn.region().to_owned()));
            (regions, "the secrets and keys here are in")
        }
    }
}

fn via_service(
    view: PolicyView<'_>,
    statement: &Statement,
    condition: &Condition,
    regions: &[String],
    whose: &str,
    findings: &mut Findings,
) {
    let can_be = |value: &Template, shape: &str| conditions::can_be(condition, value, shape);
    let in_region = |value: &Template| {
        regions.is_empty()
            || regions.iter().any(|region| can_be(value, &format!("*.{region}.amazonaws.com")))
    };
    let some = condition.values.iter().any(|value| in_region(&value.value));
    for value in &condition.values {
        let text = value.value.as_str();
        let shown = quote(text);
        let right = |service: &str, region: &str| {
            format!("write {}", quote(&format!("{service}.{region}.amazonaws.com")))
        };
        let (service, behind) = text.split_once('.').unwrap_or((text, ""));
        let region = regions.first().map_or("us-east-1", String::as_str);
        let written =
            behind.split('.').next().filter(|text| is_known_region(text)).unwrap_or(region);
        let misspelt = !conditions::has_wildcard(&value.value)
            && service != "secretsmanager"
            && nearest(service, ["secretsmanager"]).is_some();
        let (message, help) = if misspelt {
            (
                format!("no service is called {} as in {shown}", quote(service)),
                right("secretsmanager", written),
            )
        } else if !can_be(&value.value, VIA) {
            let message = format!(
                "{shown} is never the value of `kms:ViaService`, which is `SERVICE.REGION.amazonaws.com`"
            );
            let service =
                if service == "*" || service.contains(':') { "secretsmanager" } else { service };
            (message, right(service, written))
        } else if !some {
            let known: Vec<String> = distinct(regions).iter().map(|region| quote(region)).collect();
            (
                format!("{shown} is of another Region: {whose} {}", listed(&known)),
                right(service, region),
            )
        } else {
            continue;
        };
        findings.push(view.finding(&RULE, Some(statement), value.span, message, help));
    }
}

/// A secret and its key are in one Region.
fn secret_arn(
    view: PolicyView<'_>,
    statement: &Statement,
    condition: &Condition,
    regions: &[String],
    whose: &str,
    findings: &mut Findings,
) {
    if whose != "the key is in" {
        return;
    }
    let region_of = |value: &Template| match arns::fields(value.as_str()) {
        Some([_, _, "secretsmanager", region, ..]) if !arns::is_open(region) => {
            Some(region.to_owned())
        }
        _ => None,
    };
    let fits = |region: &String| regions.contains(region);
    let some =
        condition.values.iter().any(|v| region_of(&v.value).is_none_or(|region| fits(&region)));
    for value in condition.values.iter().filter(|_| !some) {
        let Some(region) = region_of(&value.value) else { continue };
        let known: Vec<String> = distinct(regions).iter().map(|region| quote(region)).collect();
        let text = value.value.as_str();
        let message =
            format!("{} is in {}: {whose} {}", quote(text), quote(&region), listed(&known));
        let first = regions.first().map_or("", String::as_str);
        let right = text.replacen(&format!(":{region}:"), &format!(":{first}:"), 1);
        let help = format!("write {}", quote(&right));
        findings.push(view.finding(&RULE, Some(statement), value.span, message, help));
    }
}

fn distinct(regions: &[String]) -> Vec<String> {
    let mut distinct = regions.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Checked, KEY, bare, identity, key, only},
        *,
    };
    use crate::policy::PolicyKind;

    fn via(value: &str) -> Checked {
        key(&format!(r#""Condition": {{"StringEquals": {{"kms:ViaService": "{value}"}}}}"#))
    }

    #[test]
    fn another_region_or_form_is_found() {
        for (wrong, help) in [
            (
                "secretsmanager.us-west-2.amazonaws.com",
                "write `secretsmanager.us-east-1.amazonaws.com`",
            ),
            ("secretsmanager.us-east-1", "write `secretsmanager.us-east-1.amazonaws.com`"),
            ("secretsmanager.amazonaws.com", "write `secretsmanager.us-east-1.amazonaws.com`"),
            (
                "secretmanager.us-east-1.amazonaws.com",
                "write `secretsmanager.us-east-1.amazonaws.com`",
            ),
            (
                "secretsmanager.us-east-1.amazonaws.com.cn",
                "write `secretsmanager.us-east-1.amazonaws.com`",
            ),
        ] {
            let found = via(wrong);
            assert_eq!(found.found(RULE.id), [wrong]);
            assert_eq!(found.said(RULE.id)[0].2, help);
        }
        let wrong = "secretsmanager.us-west-2.amazonaws.com";
        let found = identity(&format!(
            r#""Action": "kms:Decrypt", "Resource": "{KEY}", "Condition": {{"StringEquals": {{"kms:ViaService": "{wrong}"}}}}"#
        ));
        only(&found, "wrong-region", &[wrong]);
    }

    #[test]
    fn a_bare_policy_is_judged_by_its_own_secret() {
        let found = bare(
            PolicyKind::Key,
            r#""Condition": {
            "StringEquals": {"kms:ViaService": "secretsmanager.us-west-2.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-??????"}}"#,
        );
        assert_eq!(found.found(RULE.id), ["secretsmanager.us-west-2.amazonaws.com"]);
        let found = bare(
            PolicyKind::Key,
            r#""Condition": {
            "StringEquals": {"kms:ViaService": "secretsmanager.us-west-2.amazonaws.com"}}"#,
        );
        assert!(found.found(RULE.id).is_empty());
    }

    #[test]
    fn the_secret_is_in_the_region_of_the_key() {
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:DevSecret-??????";
        let found = key(&format!(
            r#""Condition": {{"StringEquals": {{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}},
            "StringLike": {{"kms:EncryptionContext:SecretARN": "{arn}"}}}}"#
        ));
        assert_eq!(found.found(RULE.id), [arn]);
    }

    #[test]
    fn the_right_region_among_others_is_let_pass() {
        for right in [
            r#"{"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#,
            r#"{"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}}"#,
            r#"{"StringEquals": {"kms:ViaService": ["secretsmanager.us-west-2.amazonaws.com",
                "secretsmanager.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"]}}"#,
        ] {
            let found = key(&format!(r#""Condition": {right}"#));
            assert_eq!(found.rules(), [""; 0], "{right}");
        }
    }
}
