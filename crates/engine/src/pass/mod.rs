//! One pass over the organization: lists, selects, and has every selected account visited, many at
//! once, while later pages are still being listed.

mod early;
mod work;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use digitalex_core::{AccountId, Cause, ExternalId, FleetStatus};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::work::Work;

pub(crate) use self::work::places;
use crate::disposition::{Disposition, Intent, disposition};
use crate::listing::{Heard, Listing};
use crate::{Account, Assignment, CallError, Caller, Clock, Organization, Scope, Visit, cause};

/// What a pass needs to know.
pub struct Pass {
    /// The run's id, as in the session names.
    pub run: String,
    /// Which accounts take part, and as what.
    pub scope: Scope,
    /// The customer's external id, which the plan check looks for.
    pub external_id: ExternalId,
    /// Most accounts visited at once. One that AWS throttles lends its place to another, so that it
    /// holds up none.
    pub concurrency: usize,
    /// Cancelled to finish what is in flight and leave the rest.
    pub stop: CancellationToken,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Makes the calls; told when an account is done.
    pub caller: Caller,
    halted: OnceLock<Cause>,
}

/// What happens in a pass.
#[derive(Debug)]
pub enum PassEvent {
    /// The listing named an account.
    Listed(Account),
    /// The listing is over.
    ListingEnded {
        /// Whether it named all accounts.
        complete: bool,
    },
    /// An account is done.
    Done(Box<Visit>),
}

/// The accounts of the last listing. Those that the fresh one does not name are asked for one by one
/// before they are dropped.
pub(crate) enum Known {
    /// They are visited at once, while the fresh listing runs, and recorded when it has named them.
    ToVisit(Vec<Account>),
    /// They are visited only when the fresh listing, or `DescribeAccount`, has named them.
    ToConfirm(Vec<AccountId>),
}

/// What is done in one account.
#[async_trait]
pub(crate) trait Visitor: Send + Sync + 'static {
    async fn visit(&self, account: &Account, assignment: &Assignment) -> Visit;
}

impl Pass {
    /// A pass that nobody has stopped yet.
    #[must_use]
    pub fn new(
        run: String,
        scope: Scope,
        external_id: ExternalId,
        concurrency: usize,
        stop: CancellationToken,
        caller: Caller,
    ) -> Self {
        let clock = Arc::clone(caller.clock());
        Self { run, scope, external_id, concurrency, stop, clock, caller, halted: OnceLock::new() }
    }

    /// Stops the pass for a reason that every account would meet.
    pub(crate) fn halt(&self, cause: Cause) {
        // The first reason stays.
        let _ = self.halted.set(cause);
        self.stop.cancel();
    }

    /// Why the listing was left.
    fn unlisted_reason(&self) -> String {
        self.halted.get().map_or_else(
            || "the run was stopped before all accounts were listed".to_owned(),
            |by| cause::halted(by).message,
        )
    }

    fn not_visited_cause(&self) -> Cause {
        self.halted.get().map_or_else(cause::interrupted, cause::halted)
    }
}

/// Halts the pass where the error would meet every account.
pub(crate) fn halt_on(pass: &Pass, error: &CallError) {
    if disposition(error, Intent::Write) == Disposition::Fatal {
        pass.halt(cause::of_call(error));
    }
}

/// Runs the pass. Every account of the organization ends in exactly one record.
pub(crate) async fn run(
    pass: &Arc<Pass>,
    organization: &dyn Organization,
    visitor: Arc<dyn Visitor>,
    known: Known,
    on_event: &mut (dyn FnMut(PassEvent) + Send),
) -> FleetStatus {
    let span = tracing::info_span!("pass", run = pass.run);
    visit_all(pass, organization, visitor, known, on_event).instrument(span).await
}

async fn visit_all(
    pass: &Arc<Pass>,
    organization: &dyn Organization,
    visitor: Arc<dyn Visitor>,
    known: Known,
    on_event: &mut (dyn FnMut(PassEvent) + Send),
) -> FleetStatus {
    let detail = pass.scope.detail();
    let mut work = Work::new(Arc::clone(pass), visitor, on_event);
    work.remember(known);
    let mut listing = Listing::begin(organization, detail);
    let mut slowed = pass.caller.slowed();
    while !pass.stop.is_cancelled() {
        let slowed_now = *slowed.borrow_and_update();
        work.start_waiting(slowed_now);
        if listing.is_over() {
            work.end_listing();
            if work.is_idle() {
                break;
            }
        }
        tokio::select! {
            biased;
            () = pass.stop.cancelled() => {}
            Some(done) = work.next_visited() => work.visited(done),
            Some(heard) = listing.next() => match heard {
                Heard::Named(account) => work.listed(account),
                Heard::Whole => listing.ask(work.unlisted()),
                Heard::BrokenOff(error) => work.listing_failed(&error),
                Heard::Described(id, described) => work.confirmed(id, described),
            },
            Ok(()) = slowed.changed() => {}
        }
    }
    work.finish_in_flight().await
}
