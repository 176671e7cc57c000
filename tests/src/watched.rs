//! Access to accounts that is watched, and goes wrong where a test wants it to, over access that
//! works.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use digitalex_core::{AccountId, Identity, ObservedIdentity, Step};
use digitalex_engine::{
    AccountReader, AccountWriter, CallError, CallErrorKind, Clock, NewAccessKey, ReadAccess,
    Target, WriteAccess,
};

/// What happened in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When, since the clock began.
    pub at: Duration,
    /// The account.
    pub account: AccountId,
    /// `open to read`, `open to write`, or the operation of a write.
    pub what: &'static str,
}

/// Access that is watched.
#[derive(Clone)]
pub struct Watched(Arc<Inner>);

struct Inner {
    read: Arc<dyn ReadAccess>,
    write: Arc<dyn WriteAccess>,
    clock: Arc<dyn Clock>,
    script: Mutex<Script>,
}

/// What goes wrong, and what happened.
#[derive(Default)]
pub struct Script {
    /// Opening these fails.
    pub closed: HashMap<AccountId, CallErrorKind>,
    /// Opening any account fails.
    pub all_closed: Option<CallErrorKind>,
    /// Every write fails.
    pub writes_fail: Option<CallErrorKind>,
    /// This program panics in these.
    pub panics_in: HashSet<AccountId>,
    /// How long each read takes.
    pub latency: Duration,
    /// How many reads after the first write of an account show what was before.
    pub stale_reads: usize,
    /// What happened, in order.
    pub log: Vec<Happened>,
    /// Accounts that were open twice at once.
    pub twice_at_once: Vec<AccountId>,
    open: HashSet<AccountId>,
    stale: HashMap<AccountId, (Option<ObservedIdentity>, usize)>,
}

struct OpenAccount<A: ?Sized> {
    watched: Watched,
    account: AccountId,
    inner: Box<A>,
}

impl Watched {
    /// Watches these.
    #[must_use]
    pub fn new(
        read: Arc<dyn ReadAccess>,
        write: Arc<dyn WriteAccess>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner { read, write, clock, script: Mutex::default() }))
    }

    /// What goes wrong, and what happened.
    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.0.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writes of an account, in order.
    #[must_use]
    pub fn writes(&self, account: AccountId) -> Vec<&'static str> {
        let script = self.script();
        let writes = script.log.iter().filter(|it| it.account == account);
        writes.map(|it| it.what).filter(|what| !what.starts_with("open")).collect()
    }

    /// The writes of all accounts.
    #[must_use]
    pub fn writes_of_all(&self) -> usize {
        self.script().log.iter().filter(|it| !it.what.starts_with("open")).count()
    }

    /// When the account was opened.
    #[must_use]
    pub fn opened(&self, account: AccountId) -> Vec<Duration> {
        let script = self.script();
        let opened = script.log.iter().filter(|it| it.account == account);
        opened.filter(|it| it.what.starts_with("open")).map(|it| it.at).collect()
    }

    fn enter(&self, account: AccountId, what: &'static str) -> Result<(), CallError> {
        let at = self.0.clock.monotonic();
        let mut script = self.script();
        script.log.push(Happened { at, account, what });
        assert!(!script.panics_in.contains(&account), "as scripted");
        let closed = script.all_closed.clone().or_else(|| script.closed.get(&account).cloned());
        if let Some(kind) = closed {
            return Err(failure("AssumeRole", account, kind));
        }
        if !script.open.insert(account) {
            script.twice_at_once.push(account);
        }
        Ok(())
    }

    fn stale(&self, account: AccountId) -> Option<Option<ObservedIdentity>> {
        let mut script = self.script();
        let (before, left) = script.stale.get_mut(&account)?;
        *left = left.checked_sub(1)?;
        Some(before.clone())
    }
}

fn failure(operation: &'static str, account: AccountId, kind: CallErrorKind) -> CallError {
    let message = "as scripted".to_owned();
    CallError { operation, account: Some(account), kind, message, retry_after: None, source: None }
}

#[async_trait]
impl ReadAccess for Watched {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountReader>, CallError> {
        self.enter(target.account, "open to read")?;
        let (watched, account) = (self.clone(), target.account);
        Ok(Box::new(OpenAccount { watched, account, inner: self.0.read.open(target).await? }))
    }
}

#[async_trait]
impl WriteAccess for Watched {
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountWriter>, CallError> {
        self.enter(target.account, "open to write")?;
        let (watched, account) = (self.clone(), target.account);
        Ok(Box::new(OpenAccount { watched, account, inner: self.0.write.open(target).await? }))
    }
}

impl<A: ?Sized> Drop for OpenAccount<A> {
    fn drop(&mut self) {
        self.watched.script().open.remove(&self.account);
    }
}

#[async_trait]
impl<A: AccountReader + ?Sized> AccountReader for OpenAccount<A> {
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError> {
        let latency = self.watched.script().latency;
        if !latency.is_zero() {
            self.watched.0.clock.sleep(latency).await;
        }
        match self.watched.stale(self.account) {
            Some(before) => Ok(before),
            None => self.inner.observe(identity).await,
        }
    }
}

#[async_trait]
impl AccountWriter for OpenAccount<dyn AccountWriter> {
    async fn execute(
        &self,
        identity: &Identity,
        step: &Step,
    ) -> Result<Option<NewAccessKey>, CallError> {
        let (account, what) = (self.account, step.operation());
        let before = self.inner.observe(identity).await?;
        let failing = {
            let at = self.watched.0.clock.monotonic();
            let mut script = self.watched.script();
            script.log.push(Happened { at, account, what });
            let reads = script.stale_reads;
            script.stale.entry(account).or_insert((before, reads));
            script.writes_fail.clone()
        };
        match failing {
            Some(kind) => Err(failure(what, account, kind)),
            None => self.inner.execute(identity, step).await,
        }
    }
}
