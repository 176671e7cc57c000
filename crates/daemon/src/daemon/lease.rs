//! The lease in the store: one daemon works, another one waits until it may.

use std::sync::Arc;
use std::time::Duration;

use digitalex_engine::Clock;
use digitalex_store::{Holder, HolderInfo, Lease, SqliteStore, StoreError};
use tokio_util::sync::CancellationToken;

/// So long is a daemon that stopped answering waited for; one that was killed on this machine is not, since
/// the system frees the lock that the store has for it.
const TTL: Duration = Duration::from_secs(30);
const RENEWED_EVERY: Duration = Duration::from_secs(10);
const ASKED_EVERY: Duration = Duration::from_secs(5);

/// Takes the lease and keeps it.
pub(crate) struct LeaseKeeper {
    pub(crate) store: SqliteStore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) holder: Holder,
}

impl LeaseKeeper {
    /// Comes back with the lease's fencing number when this daemon holds it; with nothing where it is
    /// stopped first.
    pub(crate) async fn acquire(
        &self,
        stop: &CancellationToken,
        on_wait: &mut (dyn FnMut(Result<&HolderInfo, &StoreError>) + Send),
    ) -> Option<i64> {
        while !stop.is_cancelled() {
            match self.store.take_lease(&self.holder, TTL).await {
                Ok(Lease::Held { fencing }) => return Some(fencing),
                Ok(Lease::HeldBy(other)) => on_wait(Ok(&other)),
                Err(error) => on_wait(Err(&error)),
            }
            tokio::select! {
                () = self.clock.sleep(ASKED_EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
        None
    }

    /// Renews the lease until all is `recorded`, and then gives it back; where another daemon has taken
    /// it, ends the tenure and says so. A store that cannot be written lets nobody else take it, and
    /// nothing be written to AWS either.
    pub(crate) async fn hold(
        &self,
        fencing: i64,
        tenure: &CancellationToken,
        recorded: &CancellationToken,
    ) -> bool {
        loop {
            tokio::select! {
                () = self.clock.sleep(RENEWED_EVERY) => {}
                () = recorded.cancelled() => break,
            }
            match self.store.renew_lease(fencing, TTL).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!("another daemon has taken the lease: this one stops");
                    tenure.cancel();
                    return true;
                }
                Err(error) => tracing::warn!(%error, "the lease cannot be renewed"),
            }
        }
        if let Err(error) = self.store.release_lease(fencing).await {
            tracing::warn!(%error, "the lease cannot be given back: it ends by itself");
        }
        false
    }
}
