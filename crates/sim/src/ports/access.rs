//! The engine's `ReadAccess` and `WriteAccess` over the world.

use async_trait::async_trait;
use digitalex_engine::{
    AccountReader, AccountWriter, CallError, Caller, Purpose, ReadAccess, Target, WriteAccess,
};

use super::connection::Connection;
use super::reader::IdentityReader;
use super::session::TargetSession;
use super::writer::IdentityWriter;
use crate::{Credentials, Sandbox};

/// Opens accounts for reading: the session policy allows nothing else.
pub struct SimReadAccess(Connection);

/// Opens accounts for writing to DigitalEx roles and users: the session policy allows no other.
pub struct SimWriteAccess(Connection);

impl SimReadAccess {
    /// Access as these credentials have it.
    #[must_use]
    pub fn new(sandbox: Sandbox, caller: Caller, credentials: Credentials) -> Self {
        Self(Connection { sandbox, caller, credentials })
    }
}

impl SimWriteAccess {
    /// Access as these credentials have it.
    #[must_use]
    pub fn new(sandbox: Sandbox, caller: Caller, credentials: Credentials) -> Self {
        Self(Connection { sandbox, caller, credentials })
    }
}

#[async_trait]
impl ReadAccess for SimReadAccess {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountReader>, CallError> {
        let session = TargetSession::open(self.0.clone(), target, Purpose::Audit).await?;
        Ok(Box::new(IdentityReader(session)))
    }
}

#[async_trait]
impl WriteAccess for SimWriteAccess {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountWriter>, CallError> {
        let session = TargetSession::open(self.0.clone(), target, Purpose::Apply).await?;
        Ok(Box::new(IdentityWriter(IdentityReader(session))))
    }
}
