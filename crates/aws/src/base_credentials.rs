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

/// What to do about missing credentials.
const NEXT_STEP: &str = "set AWS_PROFILE, run `aws sso login`, or set AWS_ACCESS_KEY_ID and \
                         AWS_SECRET_ACCESS_KEY";

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::UNIX_EPOCH;

    use aws_credential_types::provider::{self, future};
    use digitalex_engine::TokioClock;

    use super::*;

    /// Seconds until expiry, or a failure.
    type Script = &'static [Result<i64, fn() -> CredentialsError>];

    /// Answers with the script's next entry.
    #[derive(Debug, Clone)]
    struct Scripted {
        script: Script,
        asked: Arc<AtomicUsize>,
        now: Timestamp,
    }

    impl Scripted {
        fn next(&self) -> provider::Result {
            let at = self.asked.fetch_add(1, Ordering::Relaxed);
            let left = self.script[at].map_err(|failure| failure())?;
            let expiry = (self.now.as_second() + left).unsigned_abs();
            let expiry = UNIX_EPOCH + Duration::from_secs(expiry);
            Ok(Credentials::new(format!("AKIA{at}"), "s", None, Some(expiry), "test"))
        }
    }

    impl ProvideCredentials for Scripted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(self.next())
        }
    }

    fn base(script: Script) -> BaseCredentials {
        let clock = TokioClock::start();
        let provider = Scripted { script, asked: Arc::default(), now: clock.now() };
        BaseCredentials::new(Some(SharedCredentialsProvider::new(provider)), Arc::new(clock))
    }

    async fn key(base: &BaseCredentials) -> String {
        base.get().await.unwrap().access_key_id().to_owned()
    }

    fn fails() -> CredentialsError {
        CredentialsError::provider_error("agent down")
    }

    fn none() -> CredentialsError {
        CredentialsError::not_loaded_no_source()
    }

    #[tokio::test]
    async fn base_credentials_should_be_resolved_again_only_near_their_end() {
        let base = base(&[Ok(30), Ok(3600)]);
        assert_eq!(key(&base).await, "AKIA0");
        assert_eq!(key(&base).await, "AKIA1");
        assert_eq!(key(&base).await, "AKIA1");
    }

    #[tokio::test]
    async fn forgotten_base_credentials_should_be_resolved_again_once() {
        let base = base(&[Ok(3600), Ok(3600)]);
        let stale = base.get().await.unwrap();
        base.forget(&stale).await;
        assert_eq!(key(&base).await, "AKIA1");
        base.forget(&stale).await;
        assert_eq!(key(&base).await, "AKIA1");
    }

    #[tokio::test]
    async fn failure_of_the_provider_should_be_tried_again_and_not_kept() {
        let base = base(&[Err(fails), Ok(3600)]);
        assert_eq!(key(&base).await, "AKIA1");
        let base = self::base(&[Err(fails), Err(fails), Ok(3600)]);
        let error = base.get().await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::NoCredentials);
        assert!(error.message.contains("agent down"), "{}", error.message);
        assert_eq!(key(&base).await, "AKIA2");
    }

    #[tokio::test]
    async fn missing_credentials_should_say_what_to_do() {
        let error = base(&[Err(none)]).get().await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::NoCredentials);
        assert!(error.message.contains("AWS_PROFILE"), "{}", error.message);
    }
}
