//! AWS managed policies that people attach everywhere and that are not about secrets.

use super::Arn;

/// Each allows actions of other services only, and denies nothing.
///
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
const ABOUT_OTHERS: &[&str] = &[
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "CloudWatchAgentServerPolicy",
];

/// Whether an ARN is that of an AWS managed policy which says nothing of Secrets Manager and of KMS, so that its document
/// is not needed. As a permissions boundary such a policy says a lot: it permits nothing of them.
///
/// ```
/// use crosskey_engine::aws::{Arn, says_nothing_of_secrets};
/// let logs: Arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole".parse()?;
/// assert!(says_nothing_of_secrets(&logs));
/// let everything: Arn = "arn:aws:iam::aws:policy/AdministratorAccess".parse()?;
/// assert!(!says_nothing_of_secrets(&everything));
/// # Ok::<(), crosskey_engine::aws::ArnError>(())
/// ```
pub fn says_nothing_of_secrets(policy: &Arn) -> bool {
    let name = policy.resource().strip_prefix("policy/").map(|path| path.rsplit('/').next());
    policy.service() == "iam"
        && policy.account_field() == "aws"
        && name.flatten().is_some_and(|name| ABOUT_OTHERS.contains(&name))
}
