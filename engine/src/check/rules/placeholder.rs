//! Names of examples where real accounts, Regions, keys and ids belong.

use super::shared::{
    arns, keys,
    placeholders::{self, Placeholder},
    words::quote,
};
use crate::{
    aws::nearest_region,
    check::subject::{Findings, PolicyView, Subject},
    finding::{Finding, Rule, Severity},
    policy::{Condition, Principal, Statement, Template},
    text::{Location, Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "placeholder",
    severity: Severity::Error,
    summary: "a name out of an example where an account, Region, key or id belongs",
    why: "Instructions write `Dev_Account`, `your-region` or `DevSecretKMS_id` for values that the reader has to \
          fill in. KMS and Secrets Manager refuse principals in accounts that are not twelve digits; a condition \
          with such a value is saved and never holds.",
    bad: r#""Principal": {"AWS": "arn:aws:iam::Dev_Account:user/SecretsUser"}"#,
    good: r#""Principal": {"AWS": "arn:aws:iam::444455556666:user/SecretsUser"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for view in subject.policies() {
        refused(view, findings);
        for statement in &view.policy.statements {
            principals(view, statement, findings);
            for entry in arns::entries(view, statement) {
                let text = entry.template.as_str();
                let mut found = placeholders::in_arn(text);
                found.extend(placeholders::in_template(&entry.template));
                report(view, Some(statement), entry.span, text, found, findings);
            }
            for condition in &statement.conditions {
                for value in &condition.values {
                    let found = in_value(condition, &value.value);
                    let text = value.value.as_str();
                    report(view, Some(statement), value.span, text, found, findings);
                }
            }
        }
    }
    manifest(subject, findings);
}

/// Principals and resources that AWS refuses because of a placeholder.
fn refused(view: PolicyView<'_>, findings: &mut Findings) {
    let errors = view.document.content.as_ref().map_or(&[][..], |parsed| &parsed.errors);
    for error in errors {
        let Some((text, found)) = placeholders::in_refused(&error.kind) else { continue };
        let inside =
            |s: &&Statement| s.span.start <= error.span.start && error.span.end <= s.span.end;
        let statement = view.policy.statements.iter().find(inside);
        report(view, statement, error.span, text, found, findings);
    }
}

fn principals(view: PolicyView<'_>, statement: &Statement, findings: &mut Findings) {
    for entry in statement.principals.iter().flat_map(|element| &element.list) {
        let (text, found) = match &entry.value {
            Principal::User(arn)
            | Principal::Role(arn)
            | Principal::RoleSession(arn)
            | Principal::FederatedUser(arn) => (arn.as_str(), placeholders::in_arn(arn.as_str())),
            Principal::Service(name) => {
                (&**name, placeholders::in_prose(name).into_iter().collect())
            }
            _ => continue,
        };
        let found = if found.is_empty() {
            placeholders::between_braces(text).into_iter().collect()
        } else {
            found
        };
        report(view, Some(statement), entry.span, text, found, findings);
    }
}

fn in_value(condition: &Condition, value: &Template) -> Vec<Placeholder> {
    let text = value.as_str();
    let key = condition.key.value.lower();
    let typed = match key {
        _ if keys::ACCOUNT.contains(&key) => {
            let word = Some(text).filter(|text| *text != "anonymous" && !text.contains(':'));
            word.and_then(placeholders::in_account)
        }
        "aws:requestedregion" => placeholders::in_region(text),
        "kms:viaservice" => match text.split('.').collect::<Vec<_>>().as_slice() {
            [_, region] | [_, region, "amazonaws", ..] => placeholders::in_region(region),
            _ => None,
        },
        _ if text.starts_with("arn:") => {
            let mut found = placeholders::in_arn(text);
            found.extend(placeholders::in_template(value));
            return found;
        }
        _ if placeholders::has_run_of_x(text) && is_id(key) => {
            Some(Placeholder::Text(text.to_owned()))
        }
        _ => None,
    };
    let found = placeholders::in_template(value).or(typed).or_else(|| {
        // Tags and the like may hold any script.
        let free = key.contains('/')
            || matches!(key, "aws:useragent" | "aws:referer" | "secretsmanager:description");
        if free { None } else { placeholders::in_text(text) }
    });
    found.into_iter().collect()
}

fn is_id(key: &str) -> bool {
    ["orgid", "orgpaths", "sourcevpc", "sourcevpce", "userid"].iter().any(|end| key.ends_with(end))
}

fn report(
    view: PolicyView<'_>,
    statement: Option<&Statement>,
    span: Span,
    text: &str,
    found: Vec<Placeholder>,
    findings: &mut Findings,
) {
    for found in found {
        let (severity, message, help) = describe(text, &found);
        let finding = view.finding(&RULE, statement, span, message, help);
        findings.push(Finding { severity, ..finding });
    }
}

fn describe(text: &str, found: &Placeholder) -> (Severity, String, String) {
    let inside = |part: &str| match part == text {
        true => quote(text),
        false => format!("{} in {}", quote(part), quote(text)),
    };
    match found {
        Placeholder::Account(account) => {
            let digits: String = account.chars().filter(char::is_ascii_digit).collect();
            let help = match digits.len() {
                12 => format!("write the account's id without anything between: `{digits}`"),
                _ => "replace it by the twelve-digit id of the account, such as `111122223333`"
                    .into(),
            };
            let message =
                format!("{} is not an account id, which has twelve digits", inside(account));
            (Severity::Error, message, help)
        }
        Placeholder::Region(region) => {
            let help = match nearest_region(region) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "replace it by the Region of the secret and its key, such as `us-east-1`".into()
                }
            };
            // A Region that looks like one may be younger than our list.
            let severity =
                if looks_like_region(region) { Severity::Warning } else { Severity::Error };
            (severity, format!("{} is not a Region of AWS", inside(region)), help)
        }
        Placeholder::KeyId(id) => {
            let help = "replace it by the id of the key, such as \
                        `1234abcd-12ab-34cd-56ef-1234567890ab`";
            (Severity::Error, format!("{} is not the id of a KMS key", inside(id)), help.into())
        }
        Placeholder::Script(part) => {
            let message = format!("{} holds characters that no ARN has", quote(part));
            (Severity::Error, message, "replace it by the real ARN".into())
        }
        Placeholder::Text(part) => {
            let help = "replace it by the real value";
            (Severity::Error, format!("{} is a placeholder", inside(part)), help.into())
        }
    }
}

fn looks_like_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let [area, middle @ .., number] = parts.as_slice() else { return false };
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    letters(area)
        && area.len() <= 4
        && !middle.is_empty()
        && middle.iter().all(letters)
        && number.parse::<u8>().is_ok()
}

/// The bundle's own ARNs and Regions.
fn manifest(subject: &Subject<'_>, findings: &mut Findings) {
    let mut check = |text: &str, location: Location, found: Vec<Placeholder>| {
        for found in found {
            let (severity, message, help) = describe(text, &found);
            let finding = Findings::at(&RULE, location, message, help);
            findings.push(Finding { severity, ..finding });
        }
    };
    let bundle = subject.bundle;
    let secrets = bundle.secrets.iter().map(|secret| &secret.arn);
    for arn in secrets.chain(bundle.keys.iter().map(|key| &key.arn)) {
        let text = arn.value.as_str();
        check(text, arn.location, placeholders::in_arn(text));
    }
    for request in bundle.stated_requests() {
        let at = |span| Location::new(request.location.source, span);
        if let Some(region) = &request.region {
            let found = placeholders::in_region(&region.value).into_iter().collect();
            check(&region.value, at(region.span), found);
        }
        if let Some(resource) = &request.resource {
            let arn = resource.value.starts_with("arn:");
            let found = if arn { placeholders::in_arn(&resource.value) } else { Vec::new() };
            check(&resource.value, at(resource.span), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{bare, identity, key, only, secret},
        *,
    };
    use crate::policy::PolicyKind;

    #[test]
    fn names_of_examples_are_found_where_they_stand() {
        let dev = "arn:aws:iam::Dev_Account:user/SecretsUser";
        let found = secret(&format!(r#""Principal": {{"AWS": "{dev}"}}"#));
        only(&found, "placeholder", &[dev]);
        only(&secret(r#""Principal": {"AWS": "PRODUCTION"}"#), "placeholder", &["PRODUCTION"]);
        only(&secret(r#""Principal": {"AWS": "11112222333"}"#), "placeholder", &["11112222333"]);
        let name = "secretsmanager.your-region.amazonaws.com";
        let via = format!(r#""Condition": {{"StringEquals": {{"kms:ViaService": "{name}"}}}}"#);
        only(&key(&via), "placeholder", &[name]);
        let arn = "arn:aws:kms:us-east-1:111122223333:key/DevSecretKMS_id";
        let found = identity(&format!(r#""Action": "kms:Decrypt", "Resource": "{arn}""#));
        only(&found, "placeholder", &[arn]);
    }

    #[test]
    fn other_scripts_and_templates_are_placeholders() {
        let text = "管理アカウントのシークレットのARN";
        let found = identity(&format!(r#""Resource": "{text}""#));
        assert_eq!(found.found("placeholder"), [text]);
        assert!(!found.rules().contains(&"invalid-resource"));
        let text = "arn:aws:secretsmanager:${Region}:111122223333:secret:DevSecret-??????";
        let found = bare(PolicyKind::Identity, &format!(r#""Resource": "{text}""#));
        assert_eq!(found.found("placeholder"), [text]);
    }

    #[test]
    fn a_region_that_looks_right_may_be_new() {
        let arn = "arn:aws:secretsmanager:us-middle-1:111122223333:secret:DevSecret-??????";
        let found = bare(PolicyKind::Identity, &format!(r#""Resource": "{arn}""#));
        assert_eq!(found.severities("placeholder"), [Severity::Warning]);
        let arn = "arn:aws:secretsmanager:us-east1:111122223333:secret:DevSecret-??????";
        let found = bare(PolicyKind::Identity, &format!(r#""Resource": "{arn}""#));
        let [(Severity::Error, message, help)] = found.said("placeholder")[..] else { panic!() };
        assert_eq!(message, format!("`us-east1` in `{arn}` is not a Region of AWS"));
        assert_eq!(help, "did you mean `us-east-1`?");
    }

    #[test]
    fn real_values_are_let_pass() {
        for resource in [
            "arn:aws:secretsmanager:*:*:secret:DevSecret-??????",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:${aws:username}-??????",
        ] {
            let found = bare(PolicyKind::Identity, &format!(r#""Resource": "{resource}""#));
            assert_eq!(found.rules(), [""; 0], "{resource}");
        }
        let tag = r#""Condition": {"StringEquals": {"aws:PrincipalTag/部署": "開発"}}"#;
        assert!(identity(tag).found("placeholder").is_empty());
    }
}
