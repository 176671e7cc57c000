//! AWS's own managed policies that the profiles name, and a few that are often attached.
//!
//! The documents are shorter than AWS's: what they allow is in the same spirit, over fewer services.

/// One of AWS's own policies.
#[derive(Debug)]
pub(crate) struct AwsManagedPolicy {
    /// Path and name, such as `job-function/ViewOnlyAccess`.
    pub(crate) name: &'static str,
    pub(crate) document: &'static str,
}

/// All of them, in the order of their names.
pub(crate) const ALL: [AwsManagedPolicy; 12] = [
    AwsManagedPolicy {
        name: "AWSOrganizationsReadOnlyAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Sid":"AWSOrganizationsReadOnly","Effect":"Allow","Action":["organizations:Describe*","organizations:List*","account:GetAlternateContact","account:GetContactInformation","account:ListRegions"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "AdministratorAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "AmazonS3ReadOnlyAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "CloudWatchReadOnlyAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["autoscaling:Describe*","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","logs:Get*","logs:List*","logs:Describe*","logs:FilterLogEvents","sns:Get*","sns:List*"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "ComputeOptimizerReadOnlyAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["compute-optimizer:Describe*","compute-optimizer:Get*","ec2:DescribeInstances","ec2:DescribeVolumes","lambda:ListFunctions","cloudwatch:GetMetricData","organizations:ListAccounts","organizations:DescribeOrganization","organizations:DescribeAccount"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "IAMFullAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:ListPolicies"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "IAMReadOnlyAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "PowerUserAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "ReadOnlyAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["account:Get*","account:List*","ce:Describe*","ce:Get*","ce:List*","cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","cur:Describe*","cur:Get*","dynamodb:Describe*","dynamodb:Get*","dynamodb:List*","ec2:Describe*","ec2:Get*","ecs:Describe*","ecs:List*","eks:Describe*","eks:List*","iam:Get*","iam:List*","iam:Simulate*","lambda:Get*","lambda:List*","logs:Describe*","logs:Get*","logs:List*","organizations:Describe*","organizations:List*","rds:Describe*","rds:List*","s3:Get*","s3:List*","sns:Get*","sns:List*","sqs:Get*","sqs:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","sts:GetSessionToken","tag:Get*"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "SecurityAudit",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*","config:Describe*","config:Get*","ec2:Describe*","iam:GenerateCredentialReport","iam:Get*","iam:List*","iam:SimulatePrincipalPolicy","organizations:Describe*","organizations:List*","s3:GetBucket*","s3:ListAllMyBuckets"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "job-function/Billing",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["account:GetAccountInformation","aws-portal:*Billing","billing:*","budgets:*","ce:*","cur:*","purchase-orders:*","tax:*"],"Resource":"*"}]}"#,
    },
    AwsManagedPolicy {
        name: "job-function/ViewOnlyAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:DescribeTrails","cloudtrail:LookupEvents","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","dynamodb:ListTables","ec2:Describe*","ecs:List*","iam:GetAccountSummary","iam:GetLoginProfile","iam:List*","lambda:List*","logs:Describe*","organizations:List*","rds:Describe*","s3:ListAllMyBuckets","s3:ListBucket","sns:List*","sqs:ListQueues"],"Resource":"*"}]}"#,
    },
];

/// The policy with this ARN, in any partition.
pub(crate) fn find(arn: &str) -> Option<&'static AwsManagedPolicy> {
    let (_, name) = arn.split_once(":iam::aws:policy/")?;
    ALL.iter().find(|policy| policy.name == name)
}
