use super::{glob::Alternative, symbolic::Surroundings, vocabulary::Vocabulary};
use crate::aws::ContextKey;

/// Names of somebody whom the policy does not have in mind: it does not mention them, and as few as possible of the
/// patterns that leave a part of a name open cover them. Who lets this stranger in lets any stranger in.
#[derive(Clone, Debug)]
pub(super) struct Stranger {
    pub(super) account: String,
    pub(super) organization: String,
    /// The account of the resource's owner, made up where nobody said which.
    pub(super) owner_account: String,
    /// The organization of the resource's owner, made up where nobody said which.
    pub(super) owner_organization: String,
    vpc: String,
    endpoint: String,
    bucket: String,
    role_id: String,
    user_id: String,
}

impl Stranger {
    pub(super) fn of(vocabulary: &Vocabulary, around: Surroundings<'_>) -> Self {
        const OWNERS: [&str; 4] = ["111122223333", "123456789012", "210987654321", "135792468013"];
        let choose = |key: &str, choice: [&str; 4]| vocabulary.stranger_value(key, &choice);
        let mentioned =
            |text: &&&str| vocabulary.accounts.iter().any(|account| account.as_str() == **text);
        let owner_account = match around.owner {
            Some(owner) => owner.to_string(),
            None => OWNERS.iter().find(|o| !mentioned(o)).unwrap_or(&"111122223333").to_string(),
        };
        let owner_organization = around.organization.unwrap_or("o-owner00000").to_owned();
        Self {
            account: vocabulary.stranger_account(),
            organization: choose(
                "aws:PrincipalOrgID",
                ["o-stranger000", "o-7f3kq9zx2m", "o-zzyyxxwwvv", "o-41pmw08cde"],
            ),
            owner_account,
            owner_organization,
            vpc: choose(
                "aws:SourceVpc",
                ["vpc-0f00dbabe0f00dbab", "vpc-9a8b7c6d", "vpc-b2d4f6a8", "vpc-1c3e5a7f"],
            ),
            endpoint: choose(
                "aws:SourceVpce",
                ["vpce-0f00dbabe0f00dbab", "vpce-9a8b7c6d", "vpce-b2d4f6a8", "vpce-1c3e5a7f"],
            ),
            bucket: choose(
                "aws:SourceArn",
                [
                    "arn:aws:s3:::stranger-bucket",
                    "arn:aws:s3:::other-bucket",
                    "arn:aws:s3:::7f3kq9zx2m",
                    "arn:aws:s3:::quux",
                ],
            ),
            role_id: choose(
                "aws:userid",
                [
                    "AROASTRANGER000000000",
                    "AROA7F3KQ9ZX2M000000",
                    "AROAZZYYXXWWVV000000",
                    "AROAQUUX000000000000",
                ],
            ),
            user_id: choose(
                "aws:userid",
                [
                    "AIDASTRANGER000000000",
                    "AIDA7F3KQ9ZX2M000000",
                    "AIDAZZYYXXWWVV000000",
                    "AIDAQUUX000000000000",
                ],
            ),
        }
    }

    /// What a key by which a caller can be told holds in a stranger's request; `None` for other keys.
    ///
    /// See [`Alternative::shape`].
    pub(super) fn values(&self, key: &ContextKey) -> Option<Vec<Alternative>> {
        let account = &self.account;
        let organization = &self.organization;
        let shapes = match key.lower() {
            "aws:principalarn" => vec![format!("arn:^*:^*::{account}:*")],
            "aws:principalaccount"
            | "kms:calleraccount"
            | "aws:sourceaccount"
            | "aws:sourceowner"
            | "aws:vpceaccount" => vec![account.clone()],
            "aws:principalorgid" | "aws:sourceorgid" | "aws:vpceorgid" => {
                vec![organization.clone()]
            }
            "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
                vec![format!("{organization}/%*")]
            }
            "aws:userid" => {
                vec![format!("{}:*", self.role_id), self.user_id.clone(), account.clone()]
            }
            "aws:sourcearn" => vec![format!("arn:^*:^*:^*:{account}:*"), self.bucket.clone()],
            "aws:sourcevpc" | "aws:ec2instancesourcevpc" => vec![self.vpc.clone()],
            "aws:sourcevpce" => vec![self.endpoint.clone()],
            "aws:sourcevpcarn"
            | "ec2:sourceinstancearn"
            | "lambda:sourcefunctionarn"
            | "ssm:sourceinstancearn"
            | "aws:chatbotsourcearn" => {
                vec![format!("arn:^*:^*:^*:{account}:*")]
            }
            _ => return None,
        };
        Some(shapes.iter().map(|shape| Alternative::shape(shape)).collect())
    }

    /// Values of such a key that people understand.
    pub(super) fn plausible(&self, key: &ContextKey) -> Option<Vec<String>> {
        let account = &self.account;
        let path = |organization: &str| vec![format!("{organization}/r-ab12/ou-ab12-11111111/")];
        Some(match key.lower() {
            "aws:principalarn" => vec![format!("arn:aws:iam::{account}:role/stranger")],
            "aws:principalaccount"
            | "kms:calleraccount"
            | "aws:sourceaccount"
            | "aws:sourceowner"
            | "aws:vpceaccount" => vec![account.clone()],
            "aws:principalorgid" | "aws:sourceorgid" | "aws:vpceorgid" => {
                vec![self.organization.clone()]
            }
            "aws:resourceorgid" => vec![self.owner_organization.clone()],
            "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
                path(&self.organization)
            }
            "aws:resourceorgpaths" => path(&self.owner_organization),
            "aws:userid" => vec![format!("{}:session", self.role_id), self.user_id.clone()],
            "aws:sourcearn" => vec![
                format!("arn:aws:lambda:us-east-1:{account}:function:stranger"),
                self.bucket.clone(),
            ],
            "aws:sourcevpc" | "aws:ec2instancesourcevpc" => vec![self.vpc.clone()],
            "aws:sourcevpce" => vec![self.endpoint.clone()],
            "aws:sourcevpcarn" => vec![format!("arn:aws:ec2:us-east-1:{account}:vpc/{}", self.vpc)],
            "ec2:sourceinstancearn" | "ssm:sourceinstancearn" => {
                vec![format!("arn:aws:ec2:us-east-1:{account}:instance/i-0f00dbabe0f00dbab")]
            }
            "lambda:sourcefunctionarn" => {
                vec![format!("arn:aws:lambda:us-east-1:{account}:function:stranger")]
            }
            "aws:chatbotsourcearn" => {
                vec![format!(
                    "arn:aws:chatbot::{account}:chat-configuration/slack-channel/stranger"
                )]
            }
            _ => return None,
        })
    }
}
