//! The visits that are under way.

use std::collections::HashMap;
use std::future::Future;

use digitalex_core::AccountId;
use tokio::task::{Id, JoinError, JoinSet};

use super::visiting::Visited;

/// The visits that are under way.
#[derive(Default)]
pub(super) struct Flights {
    running: JoinSet<Visited>,
    flights: HashMap<Id, Flight>,
}

/// A visit that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    pub(super) account: AccountId,
    /// The number of the pass in which it began.
    pub(super) pass: u64,
    /// Whether it could have written, but for what keeps the account from being written to now.
    pub(super) withheld: bool,
}

/// A visit that is over; without a result where this program failed in it.
pub(super) struct Ended {
    pub(super) flight: Flight,
    pub(super) visited: Option<Visited>,
}

impl Flights {
    /// Starts a visit.
    pub(super) fn start(
        &mut self,
        flight: Flight,
        visit: impl Future<Output = Visited> + Send + 'static,
    ) {
        let task = self.running.spawn(visit);
        self.flights.insert(task.id(), flight);
    }

    /// How many are under way.
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether none is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The next visit that ends; none where none is under way.
    pub(super) async fn next(&mut self) -> Option<Ended> {
        loop {
            let joined = self.running.join_next_with_id().await?;
            let id = joined.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
            let Some(flight) = self.flights.remove(&id) else { continue };
            return Some(Ended { flight, visited: joined.ok().map(|(_, visited)| visited) });
        }
    }

    /// Leaves them as they are, wherever they are.
    pub(super) async fn abort(&mut self) {
        self.running.shutdown().await;
        self.flights.clear();
    }
}
