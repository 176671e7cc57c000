//! The organization: who calls, and which accounts there are.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::{Builder, Config};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use digitalex_core::{AccountId, Arn};
use digitalex_engine::{
    Account, AccountDetail, Bucket, Call, CallError, CallErrorKind, Caller, Organization,
    OrganizationInfo, OrganizationalUnit,
};
use futures::future::try_join;
use futures::stream::BoxStream;

use crate::account_list;
use crate::base_credentials::BaseCredentials;
use crate::classify::Subject;
use crate::credentials::call_with;
use crate::ou_list;
use crate::sts_regions::StsRegions;
use crate::translate::inconsistent;

/// The organization of the caller's credentials, from its management account or a delegated
/// administrator.
pub struct AwsOrganization {
    pub(crate) client: Client,
    sts: Arc<StsRegions>,
    base: Arc<BaseCredentials>,
    caller: Caller,
}

impl AwsOrganization {
    pub(crate) fn new(
        client: Client,
        sts: Arc<StsRegions>,
        base: Arc<BaseCredentials>,
        caller: Caller,
    ) -> Self {
        Self { client, sts, base, caller }
    }

    /// Makes a call. `attempt` sends the request with the configuration that it is given.
    pub(crate) async fn call<T, E, F, A>(
        &self,
        subject: Subject,
        attempt: F,
    ) -> Result<T, CallError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Fn(Builder) -> A + Send + Sync,
        A: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let call = Call { operation: subject.operation, bucket: Bucket::Organizations };
        call_with(
            &self.caller,
            self.base.as_ref(),
            || call,
            |_, credentials| {
                let answer = attempt(Config::builder().credentials_provider(credentials));
                async move { answer.await.map_err(|error| subject.classify(error)) }
            },
        )
        .await
    }

    /// The caller's ARN.
    async fn caller_arn(&self) -> Result<String, CallError> {
        let subject = Subject { operation: "GetCallerIdentity", account: None };
        let route = || self.sts.route(subject.operation);
        let answer = call_with(&self.caller, self.base.as_ref(), route, |call, credentials| {
            self.sts.attempt(call, |client| async move {
                let config = aws_sdk_sts::Config::builder().credentials_provider(credentials);
                let request = client.get_caller_identity().customize().config_override(config);
                request.send().await.map_err(|error| subject.classify(error))
            })
        })
        .await?;
        answer.arn.ok_or_else(|| inconsistent(subject, "no ARN came back"))
    }

    async fn organization(
        &self,
        subject: Subject,
    ) -> Result<aws_sdk_organizations::types::Organization, CallError> {
        let answer = self
            .call(subject, |config| {
                self.client.describe_organization().customize().config_override(config).send()
            })
            .await
            .map_err(|error| match error.kind {
                CallErrorKind::NotInOrganization => {
                    CallError { message: format!("{}; {NOT_IN}", error.message), ..error }
                }
                _ => error,
            })?;
        answer.organization.ok_or_else(|| inconsistent(subject, "no organization came back"))
    }
}

/// What to do where there is no organization.
const NOT_IN: &str = "use credentials of the organization's management account or of a delegated \
                      administrator";

#[async_trait]
impl Organization for AwsOrganization {
    async fn describe(&self) -> Result<OrganizationInfo, CallError> {
        let subject = Subject { operation: "DescribeOrganization", account: None };
        let (organization, caller_arn) =
            try_join(self.organization(subject), self.caller_arn()).await?;
        let arn: Arn = caller_arn.parse().map_err(|error| inconsistent(subject, error))?;
        let management = organization.master_account_id().unwrap_or_default();
        Ok(OrganizationInfo {
            id: organization.id().unwrap_or_default().to_owned(),
            management_account: management.parse().map_err(|error| inconsistent(subject, error))?,
            caller: arn.account_id().ok_or_else(|| {
                inconsistent(subject, format!("the caller {caller_arn} belongs to no account"))
            })?,
            caller_arn,
            partition: arn.partition,
        })
    }

    fn accounts(&self, detail: AccountDetail) -> BoxStream<'_, Result<Account, CallError>> {
        account_list::accounts(self, detail)
    }

    async fn account(
        &self,
        id: AccountId,
        detail: AccountDetail,
    ) -> Result<Option<Account>, CallError> {
        account_list::account(self, id, detail).await
    }

    async fn organizational_units(&self) -> Result<Vec<OrganizationalUnit>, CallError> {
        ou_list::organizational_units(self).await
    }
}
