//! Opening accounts: for reading, and for writing.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use digitalex_engine::{AccountReader, AccountWriter, CallError, ReadAccess, Target, WriteAccess};

use crate::credentials::CredentialSource;
use crate::iam_calls::IamCalls;
use crate::iam_read::{Expectation, IdentityReader};
use crate::iam_write::IdentityWriter;
use crate::sessions::Sessions;

/// Opens accounts with sessions that AWS itself keeps from writing.
///
/// The caller's own account is the exception: it is reached with the caller's own credentials,
/// which cannot be confined; there only the type of what is opened keeps from writing.
pub struct AuditAccess(Access);

/// Opens accounts with sessions that AWS itself confines to DigitalEx roles.
pub struct ApplyAccess(Access);

/// What opening an account takes, for all accounts.
struct Access {
    iam: Client,
    sessions: Arc<Sessions>,
    expectation: Arc<Expectation>,
}

impl AuditAccess {
    pub(crate) fn new(iam: Client, sessions: Sessions) -> Self {
        Self(Access::new(iam, sessions))
    }
}

#[cfg(feature = "audit-attempts-write")]
impl AuditAccess {
    /// What a faulty build would have: the writer of an apply over the sessions of an audit.
    #[must_use]
    pub fn attempting_writes(self) -> ApplyAccess {
        ApplyAccess(self.0)
    }
}

impl ApplyAccess {
    pub(crate) fn new(iam: Client, sessions: Sessions) -> Self {
        Self(Access::new(iam, sessions))
    }
}

#[async_trait]
impl ReadAccess for AuditAccess {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountReader>, CallError> {
        Ok(Box::new(self.0.open(target).await?))
    }
}

#[async_trait]
impl WriteAccess for ApplyAccess {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountWriter>, CallError> {
        Ok(Box::new(IdentityWriter(self.0.open(target).await?)))
    }
}

impl Access {
    fn new(iam: Client, sessions: Sessions) -> Self {
        Self { iam, sessions: Arc::new(sessions), expectation: Arc::default() }
    }

    /// Assumes the role at once, so that an account that cannot be entered fails here.
    async fn open(&self, target: &Target) -> Result<IdentityReader, CallError> {
        let session = self.sessions.of(target);
        session.get().await?;
        let calls = IamCalls {
            iam: self.iam.clone(),
            caller: self.sessions.caller().clone(),
            account: target.account,
            session,
        };
        let (policies, expectation) = (&target.inline_policies, &self.expectation);
        Ok(IdentityReader::new(calls, Arc::clone(policies), Arc::clone(expectation)))
    }
}
