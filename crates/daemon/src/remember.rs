//! Tells the store what an apply sees, so that `status`, `drift` and `history` know of it.

use digitalex_engine::PassEvent;
use digitalex_store::{Change, SqliteStore};
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;

/// Written at once.
const BATCH_MAX: usize = 1_000;

/// What the store is told of an event.
pub(crate) fn change(event: PassEvent, at: Timestamp) -> Change {
    match event {
        PassEvent::Listed(account) => Change::Listed(account, at),
        PassEvent::ListingEnded { complete } => Change::ListingEnded { at, complete },
        PassEvent::Done(visit) => Change::Visited(visit),
    }
}

/// Writes changes to the store until there are no more. What cannot be written is lost: AWS is the
/// truth, and the journal holds what was done.
pub(crate) async fn remember(store: &SqliteStore, mut changes: UnboundedReceiver<Change>) {
    let mut batch = Vec::new();
    while changes.recv_many(&mut batch, BATCH_MAX).await > 0 {
        if let Err(error) = store.record(std::mem::take(&mut batch)).await {
            tracing::warn!(%error, "what was seen is not remembered");
        }
    }
}
