//! Resources with six fields that are no ARN of the service that they name.

use super::shared::{
    arns,
    overlap::{glob, overlap},
    words::quote,
};
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    text::nearest,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "malformed-arn",
    severity: Severity::Error,
    summary: "a resource that no secret, key or alias can have",
    why: "ARNs are compared field by field, and a `*` stands for one field only, the last excepted. The ARN of a \
          secret ends in `secret:NAME`, that of a key in `key/ID`, both with Region and account in front.",
    bad: r#""Resource": "arn:aws:secretsmanager:*:secret:DevSecret-??????""#,
    good: r#""Resource": "arn:aws:secretsmanager:*:*:secret:DevSecret-??????""#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
};

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    for (view, statement) in subject.statements() {
        for entry in arns::entries(view, statement) {
            let Some((severity, message, help)) = judge(entry.template.as_str()) else { continue };
            let finding = view.finding(&RULE, Some(statement), entry.span, message, help);
            findings.push(Finding { severity, ..finding });
        }
    }
}

fn judge(text: &str) -> Option<(Severity, String, String)> {
    let [_, partition, service, region, account, resource] = arns::fields(text)?;
    let shown = quote(text);
    let right = match service {
        "secretsmanager" => "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-??????",
        "kms" => "arn:aws:kms:REGION:ACCOUNT:key/ID",
        _ => return other_service(service, &shown),
    };
    let kinds: &[&str] = if service == "kms" { &["key/*", "alias/*"] } else { &["secret:*"] };
    let resource_glob = glob(&resource.replace("${*}", "*"));
    let fits =
        resource.contains("${") || kinds.iter().any(|kind| overlap(&resource_glob, &glob(kind)));
    if fits && !region.is_empty() && !account.is_empty() {
        return None;
    }
    if fits {
        let field = if region.is_empty() { "Region" } else { "account" };
        let message =
            format!("{shown} has no {field}, and the ARN of every secret and key has one");
        return Some((Severity::Error, message, format!("write `{right}`")));
    }
    // A field was left out: what belongs behind the account stands in its place.
    let shifted = matches!((service, account), ("secretsmanager", "secret"))
        || account.starts_with("key/")
        || account.starts_with("alias/");
    let help = if shifted {
        let rest =
            if service == "kms" { account.to_owned() } else { format!("{account}:{resource}") };
        let mended = format!("arn:{partition}:{service}:{region}:*:{rest}");
        format!("a field is missing: write {}, or the account for its `*`", quote(&mended))
    } else if let Some(name) =
        resource.strip_prefix("secret/").filter(|_| service == "secretsmanager")
    {
        let mended = format!("arn:{partition}:{service}:{region}:{account}:secret:{name}");
        format!("write {}, with a colon", quote(&mended))
    } else {
        format!("write `{right}`")
    };
    let what = if service == "kms" { "key or alias" } else { "secret" };
    Some((Severity::Error, format!("{shown} is the ARN of no {what}"), help))
}

fn other_service(service: &str, shown: &str) -> Option<(Severity, String, String)> {
    let lower = service.to_ascii_lowercase();
    if lower != service {
        let message =
            format!("the service in {shown} is not written in lower case, and matches nothing");
        return Some((Severity::Error, message, format!("write `{lower}`")));
    }
    if service.contains(['*', '?']) {
        let message = format!("{shown} leaves the service open, which IAM does not accept");
        return Some((
            Severity::Warning,
            message,
            "write one ARN a service, or `*` alone".to_owned(),
        ));
    }
    let near = nearest(service, ["secretsmanager"])?;
    let message = format!("AWS has no service {} as in {shown}", quote(service));
    Some((Severity::Error, message, format!("write `{near}`")))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{identity, only},
        *,
    };

    #[test]
    fn arns_of_nothing_are_found() {
        let help = |text: &str| {
            let found = identity(&format!(r#""Resource": "{text}""#));
            only(&found, "malformed-arn", &[text]);
            found.said(RULE.id)[0].2.to_owned()
        };
        assert_eq!(
            help("arn:aws:secretsmanager:*:secret:DevSecret-??????"),
            "a field is missing: write `arn:aws:secretsmanager:*:*:secret:DevSecret-??????`, or the account for its `*`"
        );
        assert_eq!(
            help("arn:aws:secretsmanager:us-east-1:111122223333:secret/DevSecret-??????"),
            "write `arn:aws:secretsmanager:us-east-1:111122223333:secret:DevSecret-??????`, with a colon"
        );
        assert_eq!(
            help("arn:aws:SecretsManager:us-east-1:111122223333:secret:a-??????"),
            "write `secretsmanager`"
        );
        assert_eq!(
            help("arn:aws:secretmanager:us-east-1:111122223333:secret:a-??????"),
            "write `secretsmanager`"
        );
        help("arn:aws:secretsmanager::111122223333:secret:a-??????");
        help("arn:aws:kms:us-east-1:111122223333:1234abcd-12ab-34cd-56ef-1234567890ab");
    }

    #[test]
    fn arns_of_something_are_let_pass() {
        for right in [
            "arn:aws:secretsmanager:*:*:secret:DevSecret-??????",
            "arn:aws:secretsmanager:us-east-1:111122223333:*",
            "arn:aws:kms:*:111122223333:key/*",
            "arn:aws:kms:us-east-1:111122223333:alias/a",
            "arn:aws:s3:::bucket/*",
            "arn:*:kms:*:*:*",
        ] {
            assert_eq!(judge(right), None, "{right}");
        }
    }
}
