//! Regions that do not go together: of a secret, its key and the call.

use super::shared::{arns, words::quote};
use crate::{
    bundle::KeyReference,
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    text::Location,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "region-mismatch",
    severity: Severity::Error,
    summary: "a secret under a key of another Region, or a call to another Region than the secret is in",
    why: "Secrets and keys belong to one Region each. Secrets Manager uses keys of the secret's own Region, and finds \
          a secret only where it or a replica of it is: without `--region` a call goes to the caller's default \
          Region.",
    bad: r#"{"resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3", "region": "eu-west-1"}"#,
    good: r#"{"resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-a1B2c3", "region": "us-east-1"}"#,
    reference: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/create-manage-multi-region-secrets.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for secret in &subject.bundle.secrets {
        let region = secret.arn.value.region();
        if let (KeyReference::Arn(key) | KeyReference::AliasArn(key), Some(location)) =
            (&secret.key, secret.key_location)
            && key.region() != region
        {
            let key = key.region();
            let message = format!("the key is in {}, the secret in {}", quote(key), quote(region));
            let help =
                "name a key of the secret's Region: Secrets Manager uses no other".to_owned();
            findings.push(Findings::at(&RULE, location, message, help));
        }
    }
    for request in &subject.bundle.requests {
        let (Some(region), Some(resource)) = (&request.region, &request.resource) else { continue };
        let Some([_, _, "secretsmanager" | "kms", of_resource, ..]) = arns::fields(&resource.value)
        else {
            continue;
        };
        if !of_resource.is_empty() && of_resource != region.value {
            let message = format!(
                "the call goes to {}, and {} is in {}",
                quote(&region.value),
                quote(&resource.value),
                quote(of_resource)
            );
            let help = format!(
                "call {}, or name a replica in {}",
                quote(of_resource),
                quote(&region.value)
            );
            let location = Location::new(request.location.source, region.span);
            findings.push(Finding {
                severity: Severity::Warning,
                ..Findings::at(&RULE, location, message, help)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{KEY, changed};
    use serde_json::json;

    #[test]
    fn secrets_keys_and_calls_go_together() {
        let found = changed(&[("/requests/0/region", json!("eu-west-1"))]);
        assert_eq!(found.found("region-mismatch"), ["eu-west-1"]);
        let elsewhere = KEY.replace("us-east-1", "eu-west-1");
        let found = changed(&[("/secrets/0/kms_key_id", json!(elsewhere))]);
        assert_eq!(found.found("region-mismatch"), [elsewhere]);
    }

    #[test]
    fn one_region_is_right() {
        assert!(changed(&[]).found("region-mismatch").is_empty());
    }
}
