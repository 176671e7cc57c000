//! What is told to those who listen: gathered as it happens, and sent on once a second by `publisher`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use digitalex_core::AccountId;
use digitalex_store::{DriftChange, DriftEvent};
use tokio::sync::{Notify, broadcast};

/// Accounts told of at once; others show themselves when they are looked at.
const ACCOUNTS_MAX: usize = 20;
const DRIFT_MAX: usize = 100;
/// A listener this far behind misses what came first.
const BEHIND_MAX: usize = 256;

/// What is told to those who listen. Telling never waits.
#[derive(Debug)]
pub struct News {
    listeners: broadcast::Sender<ServerEvent>,
    waiting: Mutex<Waiting>,
    changed: Notify,
}

/// One server-sent event.
#[derive(Debug, Clone)]
pub(super) struct ServerEvent {
    pub(super) name: &'static str,
    /// JSON in one line.
    pub(super) data: Arc<str>,
}

/// What happened since it was last told.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) accounts: Vec<AccountId>,
    pub(super) drift: Vec<DriftEvent>,
    pub(super) pass_ended: bool,
}

impl News {
    /// Nobody listens yet.
    #[must_use]
    pub fn new() -> Self {
        let (listeners, _) = broadcast::channel(BEHIND_MAX);
        Self { listeners, waiting: Mutex::default(), changed: Notify::new() }
    }

    /// The account was visited, and the store knows of it.
    pub fn visited(&self, account: AccountId) {
        let mut waiting = self.waiting();
        if waiting.accounts.len() < ACCOUNTS_MAX && !waiting.accounts.contains(&account) {
            waiting.accounts.push(account);
        }
        drop(waiting);
        self.changed();
    }

    /// Drift came, grew or went.
    pub fn drift(&self, change: &DriftChange) {
        let (DriftChange::Opened(event) | DriftChange::Widened(event) | DriftChange::Ended(event)) =
            change;
        let mut waiting = self.waiting();
        if waiting.drift.len() < DRIFT_MAX {
            waiting.drift.push(event.clone());
        }
        drop(waiting);
        self.changed();
    }

    /// A pass is over, and the store knows of it.
    pub fn pass_ended(&self) {
        self.waiting().pass_ended = true;
        self.changed();
    }

    /// Something else in the status is another.
    pub fn changed(&self) {
        self.changed.notify_one();
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<ServerEvent> {
        self.listeners.subscribe()
    }

    /// Ends when something has changed since it ended last.
    pub(super) async fn wait(&self) {
        self.changed.notified().await;
    }

    /// What happened since; nothing of it where nobody listens.
    pub(super) fn take(&self) -> Option<Waiting> {
        let waiting = std::mem::take(&mut *self.waiting());
        (self.listeners.receiver_count() > 0).then_some(waiting)
    }

    pub(super) fn tell(&self, event: ServerEvent) {
        // The last listener may just have gone.
        let _ = self.listeners.send(event);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for News {
    fn default() -> Self {
        Self::new()
    }
}
