//! `DescribeReportDefinitions`: the Cost and Usage Reports of the caller's own account.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_costandusagereport::Client;
use aws_sdk_costandusagereport::config::Config;
use aws_sdk_costandusagereport::operation::describe_report_definitions::DescribeReportDefinitionsOutput;
use aws_sdk_costandusagereport::types;
use digitalex_core::{AccountId, Partition};
use digitalex_engine::{Bucket, Call, CallError, Caller, CostReports, ReportDefinition};

use crate::base_credentials::BaseCredentials;
use crate::classify::Subject;
use crate::credentials::call_with;
use crate::paging::PageTokens;
use crate::translate::inconsistent;

/// The Cost and Usage Reports of the account of the caller's credentials.
pub struct AwsCostReports {
    pub(crate) client: Client,
    pub(crate) caller: Caller,
    pub(crate) base: Arc<BaseCredentials>,
    pub(crate) account: AccountId,
}

/// The one Region of the partition in which the API is ("AWS Cost and Usage Report endpoints and
/// quotas"). GovCloud has none: its accounts are billed through accounts of the commercial partition.
pub(crate) const fn region_of(partition: Partition) -> Option<&'static str> {
    match partition {
        Partition::Aws => Some("us-east-1"),
        Partition::AwsCn => Some("cn-northwest-1"),
        Partition::AwsUsGov => None,
    }
}

impl AwsCostReports {
    fn subject(&self) -> Subject {
        Subject { operation: "DescribeReportDefinitions", account: Some(self.account) }
    }

    async fn page(
        &self,
        token: Option<String>,
    ) -> Result<DescribeReportDefinitionsOutput, CallError> {
        let subject = self.subject();
        let call = Call { operation: subject.operation, bucket: Bucket::CostReports };
        let attempt = |_, credentials| {
            let config = Config::builder().credentials_provider(credentials);
            let request = self.client.describe_report_definitions();
            let request = request.set_next_token(token.clone()).customize().config_override(config);
            async move { request.send().await.map_err(|error| subject.classify(error)) }
        };
        call_with(&self.caller, self.base.as_ref(), || call, attempt).await
    }
}

#[async_trait]
impl CostReports for AwsCostReports {
    async fn definitions(&self) -> Result<Vec<ReportDefinition>, CallError> {
        let subject = self.subject();
        let (mut definitions, mut names) = (Vec::new(), HashSet::new());
        let mut tokens = PageTokens::default();
        loop {
            let page = self.page(tokens.current()).await?;
            let Some(listed) = page.report_definitions else {
                return Err(inconsistent(subject, "a page came without ReportDefinitions"));
            };
            for listed in listed {
                // A list that changes between two pages may name one twice.
                if names.insert(listed.report_name.clone()) {
                    definitions.push(definition(subject, listed)?);
                }
            }
            if !tokens.advance(subject, page.next_token)? {
                return Ok(definitions);
            }
        }
    }
}

fn definition(
    subject: Subject,
    listed: types::ReportDefinition,
) -> Result<ReportDefinition, CallError> {
    // The SDK makes an empty text of a member that did not come.
    if listed.report_name.is_empty() || listed.s3_bucket.is_empty() {
        return Err(inconsistent(subject, "a report came without its name or bucket"));
    }
    let status = listed.report_status;
    Ok(ReportDefinition {
        name: listed.report_name,
        time_unit: listed.time_unit.as_str().to_owned(),
        format: listed.format.as_str().to_owned(),
        compression: listed.compression.as_str().to_owned(),
        versioning: listed.report_versioning.map(|it| it.as_str().to_owned()),
        bucket: listed.s3_bucket,
        prefix: listed.s3_prefix,
        region: listed.s3_region.as_str().to_owned(),
        billing_view: listed.billing_view_arn,
        last_status: status
            .as_ref()
            .and_then(|it| Some(it.last_status.as_ref()?.as_str().to_owned())),
        last_delivery: status.and_then(|it| it.last_delivery),
    })
}
