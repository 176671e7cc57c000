//! What writes to the store what happens, as the daemon's recorder does.

use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_engine::KeepEvent;
use digitalex_sim::faults::Fault;
use digitalex_store::{Change, SqliteStore};
use tokio::sync::mpsc::UnboundedReceiver;

use super::life::Life;
use super::memory::Memory;
use super::universe::Universe;

/// What happens in so short a time is stored together.
const GATHERED_FOR: Duration = Duration::from_secs(5);
const STORE_RETRIED_EVERY: Duration = Duration::from_secs(2);

/// Writes what happens to the store, until nothing comes any more and all is written.
pub(super) async fn record(life: &Life, memory: &Memory, mut noted: UnboundedReceiver<KeepEvent>) {
    let clock = &life.universe.clock;
    let (mut events, mut backlog) = (Vec::new(), Vec::new());
    loop {
        let open = if backlog.is_empty() {
            noted.recv_many(&mut events, 1_000).await > 0
        } else {
            tokio::select! {
                biased;
                received = noted.recv_many(&mut events, 1_000) => received > 0,
                () = clock.sleep(STORE_RETRIED_EVERY) => true,
            }
        };
        if open {
            clock.sleep(GATHERED_FOR).await;
        }
        let now = clock.now();
        let changes = events.drain(..).filter_map(|event| Change::of_event(event, now));
        backlog.extend(changes.filter(|_| life.universe.scenario.remembers));
        if !backlog.is_empty() {
            life.pass("changes to be stored").await;
            if !life.universe.disk_is_full() {
                let changes = backlog.clone();
                let visited = backlog.iter().filter_map(visited).collect::<Vec<_>>();
                let work = |store: SqliteStore| async move { store.record(changes).await };
                if memory.with(&**clock, work).is_ok() {
                    backlog.clear();
                    let mut watching = life.universe.watching();
                    visited
                        .iter()
                        .for_each(|(account, at)| watching.checks.recorded(*account, *at));
                }
                life.pass("changes stored").await;
            }
        }
        if !open && (backlog.is_empty() || life.universe.stop.is_cancelled()) {
            return;
        }
        if !open {
            clock.sleep(STORE_RETRIED_EVERY).await;
        }
    }
}

fn visited(change: &Change) -> Option<(AccountId, jiff::Timestamp)> {
    match change {
        Change::Visited(visit) if !visit.unverified => Some((visit.record.id, visit.at)),
        _ => None,
    }
}

impl Universe {
    /// Whether no store can be written now.
    #[must_use]
    pub fn disk_is_full(&self) -> bool {
        let now = self.clock.now();
        let full = self.plan.is_on(now) && self.plan.lasts(Fault::DiskFull, 0, now, 300);
        if full {
            self.watching().fired.insert(Fault::DiskFull);
        }
        full
    }
}
