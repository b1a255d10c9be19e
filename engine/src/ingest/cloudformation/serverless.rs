//! Functions of SAM, for which SAM makes a role.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>

use super::{
    identities::Told,
    resolve::Unknown,
    resources::Reader,
    template::{Resource, Sections},
};
use crate::{
    aws::Arn,
    ingest::pieces::Origin,
    policy::PolicyKind,
    text::{Located, Node, Value, escape, parse_json},
};

/// What SAM makes roles for.
const KINDS: &[&str] = &["AWS::Serverless::Function", "AWS::Serverless::StateMachine"];

/// The policy templates of SAM that are about secrets or keys, their documents, and the parameter that goes in.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>
const TEMPLATES: &[(&str, &str, &str)] = &[
    (
        "AWSSecretsManagerGetSecretValuePolicy",
        "SecretArn",
        r#"{"Statement": [{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": {"Fn::Sub": "${in}"}}]}"#,
    ),
    (
        "AWSSecretsManagerRotationPolicy",
        "FunctionName",
        r#"{"Statement": [{"Effect": "Allow", "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*"},
            "Condition": {"StringEquals": {"secretsmanager:resource/AllowRotationLambdaArn":
            {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${in}"}}}}]}"#,
    ),
    (
        "KMSDecryptPolicy",
        "KeyId",
        r#"{"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt",
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${in}"}}]}"#,
    ),
];

/// The others: each allows actions of other services only, or encryption, which reads nothing.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "AMIDescribePolicy", "AcmGetCertificatePolicy", "AthenaQueryPolicy", "CloudFormationDescribeStacksPolicy",
    "CloudWatchDashboardPolicy", "CloudWatchDescribeAlarmHistoryPolicy", "CloudWatchPutMetricPolicy",
    "CodeCommitCrudPolicy", "CodeCommitReadPolicy", "CodePipelineLambdaExecutionPolicy", "CodePipelineReadOnlyPolicy",
    "ComprehendBasicAccessPolicy", "CostExplorerReadOnlyPolicy", "DynamoDBBackupFullAccessPolicy", "DynamoDBCrudPolicy",
    "DynamoDBReadPolicy", "DynamoDBReconfigurePolicy", "DynamoDBRestoreFromBackupPolicy", "DynamoDBStreamReadPolicy",
    "DynamoDBWritePolicy", "EC2CopyImagePolicy", "EC2DescribePolicy", "EFSWriteAccessPolicy", "EKSDescribePolicy",
    "EcsRunTaskPolicy", "ElasticMapReduceAddJobFlowStepsPolicy", "ElasticMapReduceCancelStepsPolicy",
    "ElasticMapReduceModifyInstanceFleetPolicy", "ElasticMapReduceModifyInstanceGroupsPolicy",
    "ElasticMapReduceSetTerminationProtectionPolicy", "ElasticMapReduceTerminateJobFlowsPolicy",
    "ElasticsearchHttpPostPolicy", "EventBridgePutEventsPolicy", "FilterLogEventsPolicy", "FirehoseCrudPolicy",
    "FirehoseWritePolicy", "KMSEncryptPolicy", "KMSEncryptPolicy_v2", "KinesisCrudPolicy", "KinesisStreamReadPolicy",
    "LambdaInvokePolicy", "MobileAnalyticsWriteOnlyAccessPolicy", "OrganizationsListAccountsPolicy",
    "PinpointEndpointAccessPolicy", "PollyFullAccessPolicy", "RekognitionDetectOnlyPolicy",
    "RekognitionFacesManagementPolicy", "RekognitionFacesPolicy", "RekognitionLabelsPolicy",
    "RekognitionNoDataAccessPolicy", "RekognitionReadPolicy", "RekognitionWriteOnlyAccessPolicy",
    "Route53ChangeResourceRecordSetsPolicy", "S3CrudPolicy", "S3FullAccessPolicy", "S3ReadPolicy", "S3WritePolicy",
    "SESBulkTemplatedCrudPolicy", "SESBulkTemplatedCrudPolicy_v2", "SESCrudPolicy", "SESEmailTemplateCrudPolicy",
    "SESSendBouncePolicy", "SNSCrudPolicy", "SNSPublishMessagePolicy", "SQSPollerPolicy", "SQSSendMessagePolicy",
    "SSMParameterReadPolicy", "SSMParameterWithSlashPrefixReadPolicy", "SageMakerCreateEndpointConfigPolicy",
    "SageMakerCreateEndpointPolicy", "ServerlessRepoReadWriteAccessPolicy", "StepFunctionsCallbackPolicy",
    "StepFunctionsExecutionPolicy", "StepFunctionsExecutionPolicy_v2", "TextractDetectAnalyzePolicy",
    "TextractGetResultPolicy", "TextractPolicy", "VPCAccessPolicy",
];

/// Whether SAM makes a role for this resource: it does where none is named.
pub(super) fn makes_role(sections: &Sections<'_>, resource: &Resource<'_>) -> bool {
    KINDS.contains(&resource.kind)
        && resource.property("Role").is_none()
        && global(sections, resource, "Role").is_none()
}

/// What the template sets for all functions.
fn global<'a>(sections: &Sections<'a>, resource: &Resource<'_>, name: &str) -> Option<&'a Node> {
    let kind = resource.kind.rsplit("::").next()?;
    sections.section("Globals")?.get(kind)?.get(name)
}

/// An entry of a function's `Policies`.
enum Entry {
    /// A document, still to be resolved.
    Document(Node),
    /// A managed policy, by its ARN or its name.
    Managed(String),
    /// A template that is not about secrets.
    Other,
}

impl<'a> Reader<'_, 'a> {
    /// The roles that SAM makes.
    pub(super) fn functions(&mut self) {
        let sections = self.resolver.sections;
        let functions: Vec<_> = KINDS.iter().flat_map(|kind| self.of(kind)).collect();
        for function in functions {
            if !makes_role(sections, &function) {
                continue;
            }
            let told = self.policies_of(&function);
            if self.resolver.place.known().is_none() && !told.matters() {
                continue;
            }
            let Ok(known) = self.resolver.role_of_function(&function) else {
                self.unplaced.get_or_insert(function.span);
                self.all_alone(told);
                continue;
            };
            self.stand_in(&function, &known);
            let name = format!("{}Role", function.id);
            let origin = Origin { name, location: self.at(function.span) };
            let boundary = function.property("PermissionsBoundary");
            let boundary = boundary.or_else(|| global(sections, &function, "PermissionsBoundary"));
            // The tags of the function are not those of its role.
            let role = Resource { properties: None, ..function };
            self.owner(&role, known, origin, told, boundary);
        }
    }

    fn policies_of(&mut self, function: &Resource<'a>) -> Told {
        let mut told = Told::default();
        let entries = function.property("Policies").map(|node| self.resolver.entries(node));
        for entry in entries.into_iter().flatten() {
            let place = entry.as_ref().map_or(function.span, |entry| entry.span);
            match entry.and_then(|entry| self.entry(&entry)) {
                Ok(Entry::Document(node)) => {
                    told.inline.extend(self.document(function, &node, PolicyKind::Identity))
                }
                Ok(Entry::Managed(name)) => match self.managed_by_name(&name) {
                    Ok(arn) => told.attached.push(Located::new(arn, self.at(place))),
                    Err(unknown) => told.inline.push(self.not_known(function, &unknown)),
                },
                Ok(Entry::Other) => {}
                Err(unknown) => told.inline.push(self.not_known(function, &unknown)),
            }
        }
        told
    }

    fn entry(&self, entry: &Node) -> Result<Entry, Unknown> {
        if entry.get("Statement").is_some() {
            return Ok(Entry::Document(entry.clone()));
        }
        let Some([only]) = entry.members() else {
            let name = self.resolver.text(entry)?;
            return Ok(name.map_or(Entry::Other, Entry::Managed));
        };
        let name = &*only.key.value;
        if OTHERS.contains(&name) {
            return Ok(Entry::Other);
        }
        let Some((_, parameter, document)) = TEMPLATES.iter().find(|(known, ..)| *known == name)
        else {
            if name == "Ref" || name.starts_with("Fn::") {
                let name = self.resolver.text(entry)?;
                return Ok(name.map_or(Entry::Other, Entry::Managed));
            }
            let name = escape(name);
            return Err(Unknown::new(format!("the policy template `{name}` is not known here")));
        };
        let value = only.value.get(parameter).map(|node| self.resolver.text(node)).transpose()?;
        let Some(value) = value.flatten() else {
            return Err(Unknown::new(format!("`{name}` has no `{parameter}`")));
        };
        let parsed = parse_json(document, self.limits);
        let mut node = parsed.map_err(|error| Unknown::new(error.to_string()))?;
        node.relocate(&|_| entry.span);
        fill(&mut node, &value);
        Ok(Entry::Document(node))
    }

    /// SAM takes the names of AWS managed policies for their ARNs.
    fn managed_by_name(&self, name: &str) -> Result<Arn, Unknown> {
        match name.parse() {
            Ok(arn) => Ok(arn),
            Err(_) => {
                let place = self.resolver.known_place()?;
                Ok(Arn::new(&place.partition, "iam", "", "aws", &format!("policy/{name}")))
            }
        }
    }
}

/// Puts the value of a policy template's parameter where `${in}` stands.
fn fill(node: &mut Node, value: &str) {
    match &mut node.value {
        Value::String(text) => *text = text.replace("${in}", value).into(),
        Value::Array(elements) => elements.iter_mut().for_each(|element| fill(element, value)),
        Value::Object(members) => members.iter_mut().for_each(|m| fill(&mut m.value, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
