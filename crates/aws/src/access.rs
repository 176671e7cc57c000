//! Opening accounts: for reading, and for writing.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use digitalex_engine::{AccountReader, AccountWriter, CallError, ReadAccess, Target, WriteAccess};

use crate::credentials::CredentialSource;
use crate::iam_calls::IamCalls;
use crate::iam_read::RoleReader;
use crate::iam_write::RoleWriter;
use crate::sessions::Sessions;

/// Opens accounts with sessions that AWS itself keeps from writing.
///
/// The caller's own account is the exception: it is reached with the caller's own credentials,
/// which cannot be confined; there only the type of what is opened keeps from writing.
pub struct AuditAccess {
    iam: Client,
    sessions: Arc<Sessions>,
}

/// Opens accounts with sessions that AWS itself confines to DigitalEx roles.
pub struct ApplyAccess {
    iam: Client,
    sessions: Arc<Sessions>,
}

impl AuditAccess {
    pub(crate) fn new(iam: Client, sessions: Sessions) -> Self {
        Self { iam, sessions: Arc::new(sessions) }
    }
}

#[cfg(feature = "audit-attempts-write")]
impl AuditAccess {
    /// What a faulty build would have: the writer of an apply over the sessions of an audit.
    #[must_use]
    pub fn attempting_writes(self) -> ApplyAccess {
        ApplyAccess { iam: self.iam, sessions: self.sessions }
    }
}

impl ApplyAccess {
    pub(crate) fn new(iam: Client, sessions: Sessions) -> Self {
        Self { iam, sessions: Arc::new(sessions) }
    }
}

#[async_trait]
impl ReadAccess for AuditAccess {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountReader>, CallError> {
        Ok(Box::new(RoleReader(open(&self.iam, &self.sessions, target).await?)))
    }
}

#[async_trait]
impl WriteAccess for ApplyAccess {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountWriter>, CallError> {
        Ok(Box::new(RoleWriter(RoleReader(open(&self.iam, &self.sessions, target).await?))))
    }
}

/// Assumes the role at once, so that an account that cannot be entered fails here.
async fn open(
    iam: &Client,
    sessions: &Arc<Sessions>,
    target: &Target,
) -> Result<IamCalls, CallError> {
    let session = sessions.of(target);
    session.get().await?;
    Ok(IamCalls {
        iam: iam.clone(),
        caller: sessions.caller().clone(),
        account: target.account,
        session,
    })
}
