//! Calls of Secrets Manager.

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Builder, Config};
use aws_sdk_secretsmanager::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use digitalex_engine::{Bucket, Call, CallError, CallErrorKind, Caller};
use zeroize::Zeroizing;

use crate::classify::Subject;
use crate::credentials::{CredentialSource, call_with};

/// The version that is handed out where none is asked for.
pub(crate) const CURRENT: &str = "AWSCURRENT";
/// The version that is to be handed out next.
pub(crate) const PENDING: &str = "AWSPENDING";

/// By what the product's secrets are known.
const MANAGED_BY: (&str, &str) = ("digitalex:managed-by", "digitalex-rollout");

/// Makes the calls. Each may be made again: what is written has a token, or is the same when written twice.
pub(crate) struct SecretCalls {
    pub(crate) client: Client,
    pub(crate) caller: Caller,
    pub(crate) credentials: Arc<dyn CredentialSource>,
}

/// One version of one secret.
#[derive(Clone, Copy)]
pub(crate) struct Version<'a> {
    pub(crate) secret: &'a str,
    pub(crate) id: &'a str,
}

/// The stages of a secret's versions, by version id. Those without a stage are not there.
pub(crate) struct Stages(HashMap<String, Vec<String>>);

impl SecretCalls {
    /// Adds a version to a secret, not yet to be handed out.
    pub(crate) async fn put(&self, version: Version<'_>, text: &str) -> Result<(), CallError> {
        self.call("PutSecretValue", |config| {
            let request = self.client.put_secret_value().secret_id(version.secret);
            let request = request.client_request_token(version.id).version_stages(PENDING);
            request.secret_string(text).customize().config_override(config).send()
        })
        .await
        .map(drop)
    }

    /// Makes a secret with its first version, which is handed out.
    pub(crate) async fn create(
        &self,
        version: Version<'_>,
        text: &str,
        kms_key_id: Option<&str>,
    ) -> Result<(), CallError> {
        let (key, value) = MANAGED_BY;
        self.call("CreateSecret", |config| {
            let request = self.client.create_secret().name(version.secret);
            let request = request.client_request_token(version.id);
            let request = request.set_kms_key_id(kms_key_id.map(str::to_owned));
            let request = request.tags(Tag::builder().key(key).value(value).build());
            request.secret_string(text).customize().config_override(config).send()
        })
        .await
        .map(drop)
    }

    /// Where the stages of a secret are.
    pub(crate) async fn stages(&self, secret: &str) -> Result<Stages, CallError> {
        let answer = self
            .call("DescribeSecret", |config| {
                let request = self.client.describe_secret().secret_id(secret);
                request.customize().config_override(config).send()
            })
            .await?;
        Ok(Stages(answer.version_ids_to_stages.unwrap_or_default()))
    }

    /// Moves a stage from one version to another, or takes it away.
    pub(crate) async fn move_stage(
        &self,
        secret: &str,
        stage: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), CallError> {
        self.call("UpdateSecretVersionStage", |config| {
            let request = self.client.update_secret_version_stage().secret_id(secret);
            let request = request.set_remove_from_version_id(from.map(str::to_owned));
            let request = request.set_move_to_version_id(to.map(str::to_owned));
            request.version_stage(stage).customize().config_override(config).send()
        })
        .await
        .map(drop)
    }

    /// What a version holds.
    pub(crate) async fn get(&self, version: Version<'_>) -> Result<Zeroizing<String>, CallError> {
        let answer = self
            .call("GetSecretValue", |config| {
                let request = self.client.get_secret_value().secret_id(version.secret);
                let request = request.version_id(version.id);
                request.customize().config_override(config).send()
            })
            .await?;
        answer.secret_string.map(Zeroizing::new).ok_or_else(|| {
            let subject = Subject { operation: "GetSecretValue", account: None };
            subject.failure(CallErrorKind::InconsistentAnswer, "it holds no text")
        })
    }

    /// `attempt` sends the request with the configuration that it is given.
    async fn call<T, E, F, A>(&self, operation: &'static str, attempt: F) -> Result<T, CallError>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Fn(Builder) -> A + Send + Sync,
        A: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let subject = Subject { operation, account: None };
        let call = Call { operation, bucket: Bucket::SecretsManager };
        let attempt = |_, credentials: Credentials| {
            let answer = attempt(Config::builder().credentials_provider(credentials));
            // Credentials that AWS does not know may have been replaced since: they are asked for once more.
            async move { answer.await.map_err(|error| subject.classify(error).of_session()) }
        };
        call_with(&self.caller, self.credentials.as_ref(), || call, attempt).await
    }
}

impl Stages {
    /// The version that has this stage.
    pub(crate) fn holder(&self, stage: &str) -> Option<&str> {
        let mut versions = self.0.iter();
        let found = versions.find(|(_, stages)| stages.iter().any(|name| name == stage));
        found.map(|(version, _)| version.as_str())
    }
}
