//! Access to accounts in which calls go wrong as scripted, over access that works.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use digitalex_core::{AccountId, Identity, ObservedIdentity, Step};
use digitalex_engine::{
    AccountReader, AccountWriter, CallError, CallErrorKind, NewAccessKey, Target, WriteAccess,
};

/// What goes wrong with one write.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is executed, but its answer is lost.
    AnswerLost,
    /// It fails, and is not executed.
    Fails(CallErrorKind),
    /// This program panics.
    Panics,
}

/// What happened in the accounts, in order: the operation, or `read`.
pub type Log = Arc<Mutex<Vec<(AccountId, &'static str)>>>;

/// Access in which the writes of every account meet the same faults.
pub struct Flaky {
    inner: Arc<dyn WriteAccess>,
    faults: Vec<Fault>,
    stale_reads: usize,
    log: Log,
}

struct FlakyAccount {
    inner: Box<dyn AccountWriter>,
    account: AccountId,
    script: Mutex<Script>,
    log: Log,
}

struct Script {
    faults: VecDeque<Fault>,
    /// How many reads still show what was before the first write.
    stale_reads: usize,
    /// What was before the first write.
    before: Option<Option<ObservedIdentity>>,
}

impl Flaky {
    /// Each account's writes meet `faults` in order, and none after that; the first `stale_reads`
    /// reads after its first write show what was before.
    #[must_use]
    pub fn new(inner: Arc<dyn WriteAccess>, faults: Vec<Fault>, stale_reads: usize) -> Self {
        Self { inner, faults, stale_reads, log: Log::default() }
    }

    /// What happened.
    #[must_use]
    pub fn log(&self) -> Log {
        Arc::clone(&self.log)
    }
}

#[async_trait]
impl WriteAccess for Flaky {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountWriter>, CallError> {
        let faults = self.faults.clone().into();
        let script = Mutex::new(Script { faults, stale_reads: self.stale_reads, before: None });
        let (inner, account) = (self.inner.open(target).await?, target.account);
        Ok(Box::new(FlakyAccount { inner, account, script, log: self.log() }))
    }
}

impl FlakyAccount {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, operation: &'static str) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push((self.account, operation));
    }

    fn stale(&self) -> Option<Option<ObservedIdentity>> {
        let mut script = self.script();
        let before = script.before.clone()?;
        script.stale_reads = script.stale_reads.checked_sub(1)?;
        Some(before)
    }
}

#[async_trait]
impl AccountReader for FlakyAccount {
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError> {
        self.note("read");
        match self.stale() {
            Some(before) => Ok(before),
            None => self.inner.observe(identity).await,
        }
    }
}

#[async_trait]
impl AccountWriter for FlakyAccount {
    async fn execute(
        &self,
        identity: &Identity,
        step: &Step,
    ) -> Result<Option<NewAccessKey>, CallError> {
        self.note(step.operation());
        let before = self.inner.observe(identity).await?;
        let fault = {
            let mut script = self.script();
            script.before.get_or_insert(before);
            script.faults.pop_front().unwrap_or(Fault::None)
        };
        match fault {
            Fault::None => self.inner.execute(identity, step).await,
            Fault::AnswerLost => {
                self.inner.execute(identity, step).await?;
                Err(self.failure(step, CallErrorKind::Transient))
            }
            Fault::Fails(kind) => Err(self.failure(step, kind)),
            Fault::Panics => panic!("as scripted"),
        }
    }
}

impl FlakyAccount {
    fn failure(&self, step: &Step, kind: CallErrorKind) -> CallError {
        CallError {
            operation: step.operation(),
            account: Some(self.account),
            kind,
            message: "as scripted".to_owned(),
            retry_after: None,
            source: None,
        }
    }
}
