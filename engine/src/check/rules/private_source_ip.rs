//! Private networks in aws:SourceIp.

use ipnet::IpNet;

use super::shared::words::quote;
use crate::{
    check::subject::{Findings, Subject},
    finding::{Finding, Rule, Severity},
    policy::Family,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "private-source-ip",
    severity: Severity::Warning,
    summary: "a private network in a condition on aws:SourceIp",
    why: "aws:SourceIp is the address that AWS sees on its public endpoints, which is never a private one. A call \
          through a VPC endpoint has aws:VpcSourceIp and no aws:SourceIp.",
    bad: r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#,
    good: r#""IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}"#,
    reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
};

const PRIVATE: &[&str] = &[
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];

pub(super) fn find(subject: &Subject<'_>, findings: &mut Findings) {
    let private: Vec<IpNet> = PRIVATE.iter().filter_map(|text| text.parse().ok()).collect();
    let is_private = |text: &str| {
        let network =
            text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
        network.is_ok_and(|network| private.iter().any(|block| block.contains(&network)))
    };
    for (view, statement) in subject.statements() {
        for condition in &statement.conditions {
            let family = condition.operator.value.comparison.family();
            if condition.key.value.lower() != "aws:sourceip" || family != Family::Ip {
                continue;
            }
            let (hidden, public): (Vec<_>, Vec<_>) =
                condition.values.iter().partition(|value| is_private(value.value.as_str()));
            for value in hidden {
                let message = format!(
                    "{} is private, and `aws:SourceIp` is a public address: it never lies in there",
                    quote(value.value.as_str())
                );
                let help = "write the public addresses of the network, or test `aws:VpcSourceIp` together with \
                            `aws:SourceVpc`"
                    .to_owned();
                let finding = view.finding(&RULE, Some(statement), value.span, message, help);
                // Beside public networks a private one does nothing.
                let severity = if public.is_empty() { Severity::Warning } else { Severity::Info };
                findings.push(Finding { severity, ..finding });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{only, secret},
        *,
    };

    #[test]
    fn private_networks_never_match() {
        let found = secret(r#""Condition": {"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}"#);
        only(&found, "private-source-ip", &["10.1.0.0/16"]);
        let found = secret(
            r#""Condition": {"IpAddress": {"aws:SourceIp": ["192.168.0.7", "203.0.113.0/24"]}}"#,
        );
        assert_eq!(found.severities("private-source-ip"), [Severity::Info]);
    }

    #[test]
    fn other_networks_and_keys_are_let_pass() {
        for right in [
            r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
            r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#,
            r#"{"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}"#,
        ] {
            let found = secret(&format!(r#""Condition": {right}"#));
            assert!(found.found("private-source-ip").is_empty(), "{right}");
        }
    }
}
