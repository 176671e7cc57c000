//! IAM calls in one account.

use std::error::Error;
use std::future::Future;

use aws_credential_types::Credentials;
use aws_sdk_iam::Client;
use aws_sdk_iam::config::{Builder, Config};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use digitalex_core::AccountId;
use digitalex_engine::{Bucket, Call, CallError, CallErrorKind, Caller};

use crate::classify::Subject;
use crate::credentials::call_with;
use crate::sessions::TargetSession;

/// Makes IAM calls in one account, with that account's session.
pub(crate) struct IamCalls {
    pub(crate) iam: Client,
    pub(crate) caller: Caller,
    pub(crate) account: AccountId,
    pub(crate) session: TargetSession,
}

impl IamCalls {
    /// What an operation here is about.
    pub(crate) fn subject(&self, operation: &'static str) -> Subject {
        Subject { operation, account: Some(self.account) }
    }

    /// Makes a read. `attempt` sends the request with the configuration that it is given.
    pub(crate) async fn read<T, E, F, A>(
        &self,
        operation: &'static str,
        attempt: F,
    ) -> Result<T, CallError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Fn(Builder) -> A + Send + Sync,
        A: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.call(Call { operation, bucket: Bucket::IamRead(self.account) }, attempt).await
    }

    /// Makes a write. `attempt` sends the request with the configuration that it is given.
    pub(crate) async fn write<T, E, F, A>(
        &self,
        operation: &'static str,
        attempt: F,
    ) -> Result<(), CallError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Fn(Builder) -> A + Send + Sync,
        A: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.write_for(operation, attempt).await.map(drop)
    }

    /// Makes a write that answers with something.
    pub(crate) async fn write_for<T, E, F, A>(
        &self,
        operation: &'static str,
        attempt: F,
    ) -> Result<T, CallError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Fn(Builder) -> A + Send + Sync,
        A: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.call(Call { operation, bucket: Bucket::IamWrite(self.account) }, attempt).await
    }

    async fn call<T, E, F, A>(&self, call: Call, attempt: F) -> Result<T, CallError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Fn(Builder) -> A + Send + Sync,
        A: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let subject = self.subject(call.operation);
        let is_own = self.session.is_own();
        let attempt = |_, credentials: Credentials| {
            let answer = attempt(Config::builder().credentials_provider(credentials));
            async move {
                let classified = answer.await.map_err(|error| subject.classify(error));
                classified.map_err(|error| if is_own { error } else { error.of_session() })
            }
        };
        let result = call_with(&self.caller, &self.session, || call, attempt).await;
        result.map_err(|error| match error.kind {
            // That of one account says nothing of the others.
            CallErrorKind::ExpiredCredentials if !self.session.is_own() => {
                CallError { kind: CallErrorKind::ExpiredSession, ..error }
            }
            _ => error,
        })
    }
}
