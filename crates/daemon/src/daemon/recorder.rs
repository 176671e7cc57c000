//! Takes what happens in the loop to those who want to know: the view of the moment, the store, the
//! metrics, those who listen, and the webhooks.

use std::sync::Arc;
use std::time::Duration;

use digitalex_core::Correction;
use digitalex_engine::{KeepEvent, OrganizationalUnit, PassSummary};
use digitalex_store::{Change, DriftChange, StoreError};
use tokio::sync::mpsc::UnboundedReceiver;

use super::assignments::Assignments;
use super::backlog::Backlog;
use crate::http::Shared;
use crate::notify::Notifier;

/// Written to the store at once.
const BATCH_MAX: usize = 1_000;

/// From one attempt to write to a store that fails to the next.
const RETRIED_EVERY: Duration = Duration::from_secs(2);

/// Drift is gathered for so long before webhooks are told of it: where thousands of accounts drift at
/// once, they get a list, not thousands of calls.
const DRIFT_GATHERED_FOR: Duration = Duration::from_secs(10);

/// What is noted.
pub(crate) enum Noted {
    /// Something happened in the loop.
    Event(KeepEvent),
    /// The organization's tree was read.
    Units(Vec<OrganizationalUnit>),
    /// Another configuration is in force.
    Reconfigured(Correction),
    /// The loop is over: nothing comes after.
    Over,
}

/// Takes what happens to those who want to know.
pub(crate) struct Recorder {
    pub(crate) shared: Arc<Shared>,
    pub(crate) assignments: Arc<Assignments>,
    pub(crate) notifier: Arc<Notifier>,
    pub(crate) retention: Duration,
    pub(crate) backlog: Backlog,
    /// What webhooks are still to be told.
    pub(crate) gathered: Gathered,
}

/// Drift that webhooks are still to be told of, and since when there is some.
#[derive(Default)]
pub(crate) struct Gathered {
    drift: Vec<DriftChange>,
    since: Option<Duration>,
}

impl Recorder {
    /// Records until the loop is over and all is written, or cannot be.
    pub(crate) async fn run(mut self, mut events: UnboundedReceiver<Noted>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            let waits = !self.backlog.is_empty() || self.gathered.since.is_some();
            let retry = self.shared.clock.sleep(RETRIED_EVERY);
            let noted = tokio::select! {
                noted = events.recv_many(&mut batch, BATCH_MAX) => noted,
                () = retry, if waits => 1,
            };
            let over = noted == 0 || batch.iter().any(|noted| matches!(noted, Noted::Over));
            for noted in batch.drain(..) {
                self.note(noted);
            }
            self.shared.news.changed();
            self.write().await;
            self.notify_of_drift(over).await;
            if over {
                return;
            }
        }
    }

    fn note(&mut self, noted: Noted) {
        match noted {
            Noted::Event(event) => self.event(event),
            Noted::Units(units) => self.backlog.push(Change::OrganizationalUnits(units)),
            Noted::Reconfigured(correction) => self.shared.live().set_correction(correction),
            Noted::Over => {}
        }
    }

    fn event(&mut self, event: KeepEvent) {
        self.shared.live().on_event(&event);
        match &event {
            KeepEvent::Listed(account) => self.assignments.listed(account),
            KeepEvent::Left(account) => self.assignments.left(*account),
            KeepEvent::PassEnded(summary) => self.shared.metrics.on_pass_ended(summary),
            _ => {}
        }
        if let Some(change) = Change::of_event(event, self.shared.clock.now()) {
            self.backlog.push(change);
        }
    }

    async fn write(&mut self) {
        if self.backlog.is_empty() {
            return;
        }
        let changes = self.backlog.changes();
        match self.shared.store.record(changes.clone()).await {
            Ok(drift) => {
                self.backlog.clear();
                self.shared.live().mend(STORE);
                self.tell(&changes, drift).await;
            }
            Err(error) => {
                self.backlog.compact();
                self.store_fails(&error);
            }
        }
    }

    /// Webhooks are told of drift when some was gathered for long enough, or nothing comes after.
    async fn notify_of_drift(&mut self, over: bool) {
        let Some(since) = self.gathered.since else { return };
        if !over && self.shared.clock.monotonic().saturating_sub(since) < DRIFT_GATHERED_FOR {
            return;
        }
        match self.notifier.drift(&self.gathered.drift).await {
            Ok(()) => self.gathered = Gathered::default(),
            // The store's trouble is told by what is written to it; its outbox is tried again.
            Err(error) => tracing::debug!(%error, "notifications of drift wait for the store"),
        }
    }

    /// What is written is told.
    async fn tell(&mut self, changes: &[Change], drift: Vec<DriftChange>) {
        for change in &drift {
            self.shared.metrics.on_drift(change);
            self.shared.news.drift(change);
        }
        if !drift.is_empty() {
            self.gathered.since.get_or_insert_with(|| self.shared.clock.monotonic());
            self.gathered.drift.extend(drift);
        }
        for change in changes {
            match change {
                Change::Visited(visit) => self.shared.news.visited(visit.record.id),
                Change::PassEnded(summary) => self.pass_ended(summary).await,
                _ => {}
            }
        }
    }

    async fn pass_ended(&self, summary: &PassSummary) {
        let Shared { store, news, caller, .. } = &*self.shared;
        news.pass_ended();
        if let Err(error) = self.notifier.pass(summary).await {
            tracing::warn!(%error, "a notification of a pass is lost");
        }
        if let Err(error) = store.keep_learned_rates(&caller.learned()).await {
            tracing::warn!(%error, "what was learned of rates cannot be kept");
        }
        if let Err(error) = store.retire(self.retention).await {
            tracing::warn!(%error, "old history cannot be dropped");
        }
    }

    fn store_fails(&self, error: &StoreError) {
        tracing::warn!(%error, "what was seen cannot be written to the store");
        let remedy = "make room on its disk; it mends by itself";
        self.shared.live().fault(STORE, error.to_string(), Some(remedy.to_owned()));
    }
}

/// The code of the problem that the store cannot be written.
pub(crate) const STORE: &str = "store";
