//! The credentials that the program was started with: keys, a profile, SSO, a container's or an
//! instance's role.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use digitalex_engine::{CallError, CallErrorKind, Clock};
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::classify::{Subject, chain};
use crate::credentials::{CredentialSource, same};

/// Credentials are renewed so long before they expire.
const REFRESH_AHEAD: Duration = Duration::from_secs(60);

const SUBJECT: Subject = Subject { operation: "AWS credentials", account: None };

/// Resolves the credentials once, and again when they are about to expire. A failure is not kept.
pub(crate) struct BaseCredentials {
    provider: Option<SharedCredentialsProvider>,
    clock: Arc<dyn Clock>,
    current: Mutex<Option<Credentials>>,
}

impl BaseCredentials {
    pub(crate) fn new(provider: Option<SharedCredentialsProvider>, clock: Arc<dyn Clock>) -> Self {
        Self { provider, clock, current: Mutex::new(None) }
    }

    fn is_fresh(&self, credentials: &Credentials) -> bool {
        match credentials.expiry().map(Timestamp::try_from) {
            Some(Ok(expiry)) => self.clock.now() + REFRESH_AHEAD < expiry,
            Some(Err(_)) | None => true,
        }
    }

    async fn resolve(&self) -> Result<Credentials, CallError> {
        let Some(provider) = &self.provider else {
            return Err(SUBJECT.failure(CallErrorKind::NoCredentials, NEXT_STEP));
        };
        let result = match provider.provide_credentials().await {
            // An agent or a metadata service may fail once.
            Err(CredentialsError::ProviderError(_) | CredentialsError::ProviderTimedOut(_)) => {
                provider.provide_credentials().await
            }
            result => result,
        };
        result.map_err(|error| {
            let message = match &error {
                CredentialsError::CredentialsNotLoaded(_) => {
                    format!("none were found; {NEXT_STEP}")
                }
                error => format!("{}; {NEXT_STEP}", chain(error)),
            };
            let source = Some(error.into());
            CallError { source, ..SUBJECT.failure(CallErrorKind::NoCredentials, message) }
        })
    }
}

/// What to do about missing credentials.
const NEXT_STEP: &str = "set AWS_PROFILE, run `aws sso login`, or set AWS_ACCESS_KEY_ID and \
                         AWS_SECRET_ACCESS_KEY";

#[async_trait]
impl CredentialSource for BaseCredentials {
    async fn get(&self) -> Result<Credentials, CallError> {
        let mut current = self.current.lock().await;
        if let Some(credentials) = current.as_ref().filter(|held| self.is_fresh(held)) {
            return Ok(credentials.clone());
        }
        let credentials = self.resolve().await?;
        *current = Some(credentials.clone());
        Ok(credentials)
    }

    async fn forget(&self, stale: &Credentials) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|held| same(held, stale)) {
            *current = None;
        }
    }
}
