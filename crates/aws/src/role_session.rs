//! The session of one role that is assumed for a single purpose, such as writing where secrets lie.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sdk_sts::config::Config;
use digitalex_engine::{CallError, Caller};
use tokio::sync::Mutex;

use crate::assume::{SESSION, session_credentials};
use crate::base_credentials::BaseCredentials;
use crate::classify::Subject;
use crate::credentials::{CredentialSource, call_with, same};
use crate::sts_regions::StsRegions;

/// A session is renewed so long before it ends.
const REFRESH_AHEAD: Duration = Duration::from_secs(300);

const SUBJECT: Subject = Subject { operation: "AssumeRole", account: None };

/// Assumes its role when credentials are first asked for, and again ahead of their end.
pub(crate) struct RoleSession {
    role_arn: String,
    session_name: String,
    sts: Arc<StsRegions>,
    caller: Caller,
    base: Arc<BaseCredentials>,
    held: Mutex<Option<Held>>,
}

struct Held {
    credentials: Credentials,
    renew_at: Duration,
}

impl RoleSession {
    pub(crate) fn new(
        role_arn: String,
        session_name: String,
        sts: Arc<StsRegions>,
        caller: Caller,
        base: Arc<BaseCredentials>,
    ) -> Self {
        Self { role_arn, session_name, sts, caller, base, held: Mutex::default() }
    }

    async fn assume(&self) -> Result<Credentials, CallError> {
        let route = || self.sts.route(SUBJECT.operation);
        let attempt = |call, by: Credentials| {
            self.sts.attempt(call, move |sts| async move {
                let request = sts
                    .assume_role()
                    .role_arn(&self.role_arn)
                    .role_session_name(&self.session_name)
                    .customize()
                    .config_override(Config::builder().credentials_provider(by));
                let answer = request.send().await.map_err(|error| SUBJECT.classify(error))?;
                session_credentials(SUBJECT, answer)
            })
        };
        call_with(&self.caller, self.base.as_ref(), route, attempt).await
    }
}

#[async_trait]
impl CredentialSource for RoleSession {
    async fn get(&self) -> Result<Credentials, CallError> {
        let mut held = self.held.lock().await;
        let now = self.caller.clock().monotonic();
        if let Some(session) = held.as_ref().filter(|session| now < session.renew_at) {
            return Ok(session.credentials.clone());
        }
        let credentials = self.assume().await?;
        let renew_at = now + SESSION - REFRESH_AHEAD;
        *held = Some(Held { credentials: credentials.clone(), renew_at });
        Ok(credentials)
    }

    async fn forget(&self, stale: &Credentials) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|session| same(&session.credentials, stale)) {
            *held = None;
        }
    }
}
