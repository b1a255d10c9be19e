//! Open points of AWS's documents, and what is taken for true at each.

use std::cell::Cell;

use thiserror::Error;

/// Declares each open point once: its type, its values, its default and what it means. The struct, the table for
/// help and docs, and the reader of `NAME=VALUE` all come from this list.
macro_rules! assumptions {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $kind:ident {
            $(#[doc = $first_doc:literal])+ $first:ident = $first_value:literal
            $(, $(#[doc = $value_doc:literal])+ $variant:ident = $value:literal )+ $(,)?
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            ///
            /// The first value is the default.
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub enum $kind {
                $(#[doc = $first_doc])+
                #[default]
                $first,
                $( $(#[doc = $value_doc])+ $variant, )+
            }
        )+

        /// What is taken for true where AWS's documents are silent or disagree. Every field has the default that
        /// the documents make likeliest, and every answer that hangs on one says so.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct Assumptions {
            $( $(#[doc = $doc])+ pub $name: $kind, )+
        }

        /// One of the open points.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum OpenPoint {
            $( $(#[doc = $doc])+ $kind, )+
        }

        /// All open points, for help and documentation.
        pub const ASSUMPTIONS: &[KnownAssumption] = &[
            $( KnownAssumption {
                point: OpenPoint::$kind,
                name: stringify!($name),
                summary: concat!($($doc),+),
                values: &[
                    ($first_value, concat!($($first_doc),+)),
                    $( ($value, concat!($($value_doc),+)) ),+
                ],
            }, )+
        ];

        impl Assumptions {
            /// Sets one open point by its name and one of its values.
            ///
            /// # Errors
            /// [`AssumptionError`] for a name or value that does not exist.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), AssumptionError> {
                match name {
                    $( stringify!($name) => {
                        self.$name = match value {
                            $first_value => $kind::$first,
                            $( $value => $kind::$variant, )+
                            _ => return Err(AssumptionError::value(name, value)),
                        };
                    } )+
                    _ => return Err(AssumptionError::name(name)),
                }
                Ok(())
            }

            /// The value in force for one open point; `None` for a name that does not exist.
            pub fn get(&self, name: &str) -> Option<&'static str> {
                match name {
                    $( stringify!($name) => Some(match self.$name {
                        $kind::$first => $first_value,
                        $( $kind::$variant => $value, )+
                    }), )+
                    _ => None,
                }
            }
        }
    };
}

assumptions! {
    /// Does Secrets Manager appear in aws:CalledVia on the KMS call that it makes for the caller?
    called_via: CalledVia {
        /// yes, as the last member
        Present = "present",
        /// no: the key is absent unless another service called first
        Absent = "absent",
    }
    /// What does aws:SourceIp hold on that KMS call, where the caller came over the public endpoint?
    fas_source_ip: FasSourceIp {
        /// the caller's address (the page on forward access sessions)
        Caller = "caller",
        /// an address of the service (older pages)
        Service = "service",
    }
    /// Are aws:SecureTransport, aws:UserAgent and the session's age carried into that KMS call?
    fas_transport: FasTransport {
        /// unknown
        Unknown = "unknown",
        /// the same values as on the first call
        Same = "same",
    }
    /// Does a grant suffice for a caller from another account, without an identity policy?
    cross_account_grant: CrossAccountGrant {
        /// yes, where it names the principal
        Suffices = "suffices",
        /// no, the caller's account must allow too
        NeedsIdentityPolicy = "needs-identity-policy",
    }
    /// Does a resource-based policy that allows `*` pass the boundary and session policies of callers of its own account?
    wildcard_principal: WildcardPrincipal {
        /// yes, like a statement that names the session
        PassesLimits = "passes-limits",
        /// no, like a statement that names the role
        KeepsLimits = "keeps-limits",
    }
    /// Does a resource-based policy that names the session pass the session policies?
    session_principal: SessionPrincipal {
        /// yes (the IAM user guide)
        PassesLimits = "passes-limits",
        /// no (observed by others)
        KeepsLimits = "keeps-limits",
    }
    /// What is `ForAnyValue:…IfExists` while the key is absent?
    for_any_value_if_exists: ForAnyValueIfExists {
        /// true in a Deny, indeterminate in an Allow
        Careful = "careful",
        /// true, by the text on IfExists
        True = "true",
        /// false, by the text on ForAnyValue
        False = "false",
    }
    /// What does a negated operator without a set operator say of a key with several values?
    negated_multivalued: NegatedMultivalued {
        /// nothing: indeterminate
        Indeterminate = "indeterminate",
        /// true
        True = "true",
        /// false
        False = "false",
    }
    /// What does a negated operator say of a value that is no number, date or address?
    negated_type_mismatch: NegatedTypeMismatch {
        /// no match in an Allow, as for the positive operators; nothing in a Deny: indeterminate
        Careful = "careful",
        /// false: no match
        False = "false",
        /// nothing: indeterminate
        Indeterminate = "indeterminate",
        /// true: not equal
        True = "true",
    }
    /// What does a negated ARN operator say of text that is no ARN?
    negated_invalid_arn: NegatedInvalidArn {
        /// nothing: indeterminate
        Indeterminate = "indeterminate",
        /// false: no match
        False = "false",
        /// true: not like it
        True = "true",
    }
    /// Does IAM accept condition operators in another case than the documented one?
    operator_case: OperatorCase {
        /// yes
        Insensitive = "insensitive",
        /// no: the document is refused
        Exact = "exact",
    }
    /// Does IAM accept element names (Effect, Action, …) in another case than the documented one?
    element_case: ElementCase {
        /// no: the document is refused
        Exact = "exact",
        /// yes
        Insensitive = "insensitive",
    }
    /// What is secretsmanager:SecretId when a name or a partial ARN is passed?
    secret_id_key: SecretIdKey {
        /// the text as sent
        AsSent = "as-sent",
        /// the full ARN
        FullArn = "full-arn",
        /// unknown, unless the full ARN is passed
        Unknown = "unknown",
    }
    /// Which ARN stands in the encryption context of a replica secret?
    replica_context: ReplicaContext {
        /// the replica's own
        Replica = "replica",
        /// the primary's
        Primary = "primary",
    }
    /// What does a statement of a secret's policy without Resource apply to?
    missing_resource: MissingResource {
        /// nothing
        Inert = "inert",
        /// the secret
        Any = "any",
    }
    /// Can a `*` in a Resource pattern run over the colons between the fields of an ARN?
    resource_star: ResourceStar {
        /// no
        WithinField = "within-field",
        /// yes
        AcrossFields = "across-fields",
    }
    /// What becomes of a Resource with fewer than the six fields of an ARN?
    short_arn: ShortArn {
        /// the document is refused
        Refused = "refused",
        /// the missing fields are taken for `*` (observed by others)
        Padded = "padded",
    }
    /// Is an IPv4 address that is written as an IPv4-mapped IPv6 address the same address?
    mapped_address: MappedAddress {
        /// no: the families never match each other
        Distinct = "distinct",
        /// yes
        Same = "same",
    }
    /// Does `"Principal": {"AWS": "*"}` in an Allow cover AWS service principals?
    wildcard_services: WildcardServices {
        /// indeterminate (`"Principal": "*"` does)
        Indeterminate = "indeterminate",
        /// yes
        Covered = "covered",
        /// no
        NotCovered = "not-covered",
    }
    /// Is a caller exempt from Deny with NotPrincipal that lists it, but not its role or account?
    not_principal_partial: NotPrincipalPartial {
        /// indeterminate: AWS says that it might be denied
        Indeterminate = "indeterminate",
        /// no: denied
        Denied = "denied",
        /// yes
        Exempt = "exempt",
    }
    /// Can BatchGetSecretValue read secrets of other accounts?
    batch_cross_account: BatchCrossAccount {
        /// no
        NotEffective = "not-effective",
        /// yes
        Effective = "effective",
    }
    /// Do boundaries and session policies limit what a grant gives in the key's own account?
    grant_limits: GrantLimits {
        /// where the grantee is a role, as in key policies
        LikeKeyPolicy = "like-key-policy",
        /// always
        Always = "always",
        /// never
        Never = "never",
    }
}

/// One open point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAssumption {
    /// Which.
    pub point: OpenPoint,
    /// Its name, as `--assume NAME=VALUE` takes it.
    pub name: &'static str,
    /// The question.
    pub summary: &'static str,
    /// Each value and what it means; the default first.
    pub values: &'static [(&'static str, &'static str)],
}

/// Which open points were asked about on the way to an answer. An answer can hang on no other.
///
/// ```
/// use crosskey_engine::aws::assumption::{Consulted, OpenPoint};
/// let consulted = Consulted::default();
/// consulted.note(OpenPoint::CalledVia);
/// assert!(consulted.has(OpenPoint::CalledVia) && !consulted.has(OpenPoint::ShortArn));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consulted {
    points: Cell<u64>,
}

impl Consulted {
    /// Notes that a point was asked about.
    pub fn note(&self, point: OpenPoint) {
        self.points.set(self.points.get() | Self::bit(point));
    }

    /// Whether a point was asked about.
    pub fn has(&self, point: OpenPoint) -> bool {
        self.points.get() & Self::bit(point) != 0
    }

    const fn bit(point: OpenPoint) -> u64 {
        1 << point as u32
    }
}

/// An assumption that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown {what} `{text}`")]
pub struct AssumptionError {
    what: String,
    text: String,
    known: Vec<&'static str>,
}

impl AssumptionError {
    fn name(name: &str) -> Self {
        let known = ASSUMPTIONS.iter().map(|known| known.name).collect();
        Self { what: "assumption".into(), text: name.into(), known }
    }

    fn value(name: &str, value: &str) -> Self {
        let entry = ASSUMPTIONS.iter().find(|known| known.name == name);
        let known = entry
            .map_or_else(Vec::new, |entry| entry.values.iter().map(|(value, _)| *value).collect());
        Self { what: format!("value of the assumption {name}"), text: value.into(), known }
    }

    /// What the user can write instead.
    pub fn help(&self) -> String {
        match crate::text::nearest(&self.text, self.known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}", self.known.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_table_can_be_set_and_read() {
        for known in ASSUMPTIONS {
            let mut assumptions = Assumptions::default();
            let default = known.values.first().map(|(value, _)| *value);
            assert_eq!(assumptions.get(known.name), default, "the first value is the default");
            for (value, _) in known.values {
                assumptions.set(known.name, value).unwrap();
                assert_eq!(assumptions.get(known.name), Some(*value));
            }
        }
    }

    #[test]
    fn every_point_has_a_note_of_its_own() {
        for (number, known) in ASSUMPTIONS.iter().enumerate() {
            let consulted = Consulted::default();
            consulted.note(known.point);
            let points = ASSUMPTIONS.iter().enumerate();
            let noted = points.filter(|(_, other)| consulted.has(other.point));
            assert_eq!(noted.map(|(other, _)| other).collect::<Vec<_>>(), [number]);
        }
    }

    #[test]
    fn errors_offer_the_nearest_name() {
        let mut assumptions = Assumptions::default();
        let error = assumptions.set("calledvia", "present").unwrap_err();
        assert_eq!(error.to_string(), "unknown assumption `calledvia`");
        assert_eq!(error.help(), "did you mean `called_via`?");
        let error = assumptions.set("called_via", "maybe").unwrap_err();
        assert_eq!(error.to_string(), "unknown value of the assumption called_via `maybe`");
        assert_eq!(error.help(), "known: present, absent");
    }
}
