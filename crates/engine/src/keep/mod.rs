//! The loop that keeps an organization right, day and night.
//!
//! A pass lists the organization anew and visits every selected account; between passes, listings
//! find new accounts, and accounts that did not end well are visited sooner, each by its own
//! schedule.

mod backoff;
mod event;
mod fleet;
mod inflight;
mod listings;
mod memory;
mod passes;
mod resume;
mod settings;
mod state;
mod visiting;
mod visits;

use std::sync::Arc;

use rand::rngs::SmallRng;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::state::State;
use crate::{
    Caller, Journal, KeySink, Means, Organization, ReadAccess, ServiceControlPolicies, WriteAccess,
};

pub use event::{KeepEvent, PassSummary, PassTrigger, Seen, Visit};
pub use resume::{OpenIntent, Remembered, RememberedRecord, Resume};
pub use settings::{KeepCommand, KeepSettings, Timing};

/// What the loop works with.
pub struct Keep {
    /// The run's id, as in the session names.
    pub run: String,
    /// The organization.
    pub organization: Arc<dyn Organization>,
    /// Opens accounts for looks.
    pub read: Arc<dyn ReadAccess>,
    /// Opens accounts for corrections; never used where nothing is corrected.
    pub write: Arc<dyn WriteAccess>,
    /// Keeps what is about to be done.
    pub journal: Arc<dyn Journal>,
    /// Takes the secrets of new access keys.
    pub key_sink: Arc<dyn KeySink>,
    /// Says why a write was denied.
    pub policies: Arc<dyn ServiceControlPolicies>,
    /// Makes the calls, and has the clock; told when an account is done.
    pub caller: Caller,
    /// For the jitter.
    pub rng: SmallRng,
    /// Cancelled to finish what is in flight, within the drain deadline, and end.
    pub stop: CancellationToken,
}

/// Keeps the organization right until `keep.stop` is cancelled. Whatever AWS answers and whatever
/// becomes of the journal, it goes on.
///
/// Every visit is told to `on_event`, as is everything else that happens; it must not block.
pub async fn keep(
    keep: Keep,
    settings: KeepSettings,
    resume: Resume,
    mut commands: mpsc::Receiver<KeepCommand>,
    on_event: &mut (dyn FnMut(KeepEvent) + Send),
) {
    let Keep { run, organization, read, write, journal, key_sink, policies, caller, rng, stop } =
        keep;
    let means = Means { access: write, journal, key_sink, policies };
    let accesses = visits::Accesses::new(run, read, means, &caller);
    let mut slowed = caller.slowed();
    let mut state = State::new(&*organization, caller, accesses, settings, rng, on_event);
    state.remember(resume);
    while !stop.is_cancelled() {
        let slowed_now = *slowed.borrow_and_update();
        let wake = state.tick(slowed_now);
        let woken = state.clock.sleep(wake);
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(command) = commands.recv() => state.commanded(command),
            Some(ended) = state.flights.next() => state.visited(ended),
            Some(checked) = visits::next_check(&mut state.checking) => state.journal_checked(checked),
            Some(heard) = listings::next_heard(&mut state.listing) => state.heard(heard),
            Ok(()) = slowed.changed() => {}
            () = woken => {}
        }
    }
    state.drain().await;
}
