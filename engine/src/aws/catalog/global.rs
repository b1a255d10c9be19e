use super::{KeyType, KnownKey};

pub(super) const KEYS: &[KnownKey] = &[
    KnownKey {
        name: "aws:PrincipalArn",
        value: KeyType::Arn,
        many: false,
    },
    KnownKey {
        name: "aws:PrincipalAccount",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:PrincipalOrgID",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:PrincipalOrgPaths",
        value: KeyType::String,
        many: true,
    },
    KnownKey {
        name: "aws:PrincipalTag/",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:PrincipalType",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:userid",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:username",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:PrincipalIsAWSService",
        value: KeyType::Bool,
        many: false,
    },
    KnownKey {
        name: "aws:PrincipalServiceName",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:PrincipalServiceNamesList",
        value: KeyType::String,
        many: true,
    },
    KnownKey {
        name: "aws:SourceIp",
        value: KeyType::Ip,
        many: false,
    },
    KnownKey {
        name: "aws:SourceVpc",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:SourceVpce",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:SourceVpcArn",
        value: KeyType::Arn,
        many: false,
    },
    KnownKey {
        name: "aws:VpcSourceIp",
        value: KeyType::Ip,
        many: false,
    },
    KnownKey {
        name: "aws:VpceAccount",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:VpceOrgID",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:VpceOrgPaths",
        value: KeyType::String,
        many: true,
    },
    KnownKey {
        name: "aws:SecureTransport",
        value: KeyType::Bool,
        many: false,
    },
    KnownKey {
        name: "aws:RequestedRegion",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:ResourceAccount",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:ResourceOrgID",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:ResourceOrgPaths",
        value: KeyType::String,
        many: true,
    },
    KnownKey {
        name: "aws:ResourceTag/",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:RequestTag/",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:TagKeys",
        value: KeyType::String,
        many: true,
    },
    KnownKey {
        name: "aws:CalledVia",
        value: KeyType::String,
        many: true,
    },
    KnownKey {
        name: "aws:CalledViaFirst",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:CalledViaLast",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:ViaAWSService",
        value: KeyType::Bool,
        many: false,
    },
    KnownKey {
        name: "aws:MultiFactorAuthPresent",
        value: KeyType::Bool,
        many: false,
    },
    KnownKey {
        name: "aws:MultiFactorAuthAge",
        value: KeyType::Numeric,
        many: false,
    },
    KnownKey {
        name: "aws:TokenIssueTime",
        value: KeyType::Date,
        many: false,
    },
    KnownKey {
        name: "aws:CurrentTime",
        value: KeyType::Date,
        many: false,
    },
    KnownKey {
        name: "aws:EpochTime",
        value: KeyType::Date,
        many: false,
    },
    KnownKey {
        name: "aws:SourceIdentity",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:FederatedProvider",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:AssumedRoot",
        value: KeyType::Bool,
        many: false,
    },
    KnownKey {
        name: "aws:ChatbotSourceArn",
        value: KeyType::Arn,
        many: false,
    },
    KnownKey {
        name: "aws:Ec2InstanceSourceVpc",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:Ec2InstanceSourcePrivateIPv4",
        value: KeyType::Ip,
        many: false,
    },
    KnownKey {
        name: "aws:SourceArn",
        value: KeyType::Arn,
        many: false,
    },
    KnownKey {
        name: "aws:SourceAccount",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:SourceOwner",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:SourceOrgID",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:SourceOrgPaths",
        value: KeyType::String,
        many: true,
    },
    KnownKey {
        name: "aws:UserAgent",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "aws:referer",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "ec2:SourceInstanceArn",
        value: KeyType::Arn,
        many: false,
    },
    KnownKey {
        name: "ec2:RoleDelivery",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "lambda:SourceFunctionArn",
        value: KeyType::Arn,
        many: false,
    },
    KnownKey {
        name: "ssm:SourceInstanceArn",
        value: KeyType::Arn,
        many: false,
    },
    KnownKey {
        name: "glue:RoleAssumedBy",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "glue:CredentialIssuingService",
        value: KeyType::String,
        many: false,
    },
    KnownKey {
        name: "identitystore:UserId",
        value: KeyType::String,
        many: false,
    },
];
