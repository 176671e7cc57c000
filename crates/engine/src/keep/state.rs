//! What the loop knows, and what it does at each turn.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use rand::rngs::SmallRng;

use super::backoff::{after, until};
use super::fleet::Fleet;
use super::inflight::Flights;
use super::passes::RunningPass;
use super::visits::Accesses;
use super::{KeepCommand, KeepEvent, KeepSettings};
use crate::listing::Listing;
use crate::schedule::Schedule;
use crate::{Caller, Clock, JournalError, Organization};

/// The longest sleep, where nothing is to be done.
const SLEEP_MAX: Duration = Duration::from_secs(3_600);

/// The loop, between two things that happen.
pub(super) struct State<'a> {
    pub(super) organization: &'a dyn Organization,
    pub(super) caller: Caller,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) accesses: Accesses,
    pub(super) settings: Arc<KeepSettings>,
    pub(super) rng: SmallRng,
    pub(super) on_event: &'a mut (dyn FnMut(KeepEvent) + Send),
    pub(super) fleet: Fleet,
    pub(super) schedule: Schedule,
    pub(super) flights: Flights,

    /// The number of the pass that runs, or ran last.
    pub(super) pass_number: u64,
    pub(super) pass: Option<RunningPass>,
    /// When the loop was started.
    pub(super) started_at: Timestamp,
    pub(super) next_pass_at: Timestamp,
    /// A pass is to begin as soon as none runs.
    pub(super) pass_requested: bool,

    /// The number of the listing that runs, or ran last.
    pub(super) listing_number: u64,
    pub(super) listing: Option<Listing<'a>>,
    /// Why the running listing is not whole.
    pub(super) listing_error: Option<String>,
    pub(super) next_listing_at: Timestamp,
    pub(super) listing_failures: u32,

    /// Every account would fail: none is visited until then.
    pub(super) paused_until: Option<Timestamp>,
    /// How often in a row a pass was given up.
    pub(super) pauses: u32,

    /// The journal cannot be written; it is tried again then.
    pub(super) suspended_until: Option<Timestamp>,
    pub(super) checking: Option<BoxFuture<'static, Result<(), JournalError>>>,
}

impl<'a> State<'a> {
    pub(super) fn new(
        organization: &'a dyn Organization,
        caller: Caller,
        accesses: Accesses,
        settings: KeepSettings,
        rng: SmallRng,
        on_event: &'a mut (dyn FnMut(KeepEvent) + Send),
    ) -> Self {
        let clock = Arc::clone(caller.clock());
        let now = clock.now();
        Self {
            organization,
            caller,
            clock,
            accesses,
            settings: Arc::new(settings),
            rng,
            on_event,
            fleet: Fleet::default(),
            schedule: Schedule::default(),
            flights: Flights::default(),
            pass_number: 0,
            pass: None,
            started_at: now,
            next_pass_at: now,
            pass_requested: false,
            listing_number: 0,
            listing: None,
            listing_error: None,
            next_listing_at: now,
            listing_failures: 0,
            paused_until: None,
            pauses: 0,
            suspended_until: None,
            checking: None,
        }
    }

    /// Begins and ends what is to begin and end now; says how long to sleep if nothing happens.
    pub(super) fn tick(&mut self, slowed: usize) -> Duration {
        let now = self.clock.now();
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
        self.end_listing_if_over(now);
        self.end_pass_if_over(now);
        if self.paused_until.is_none() {
            self.begin_pass_if_due(now);
            self.begin_listing_if_due(now);
        }
        self.check_journal_if_due(now);
        let places = crate::pass::places(self.settings.concurrency, slowed);
        self.start_visits(now, places);
        self.sleep_until(now, places)
    }

    fn sleep_until(&self, now: Timestamp, places: usize) -> Duration {
        let check = self.suspended_until.filter(|_| self.checking.is_none());
        let work = match self.paused_until {
            Some(until) => [Some(until), None, None],
            None => [
                Some(self.next_pass_at).filter(|_| self.pass.is_none()),
                Some(self.next_listing_at).filter(|_| self.listing.is_none()),
                self.schedule
                    .next_due()
                    .filter(|_| self.flights.len() < places && !self.is_given_up()),
            ],
        };
        let next = work.into_iter().chain([check]).flatten().min();
        next.map_or(SLEEP_MAX, |at| until(now, at).min(SLEEP_MAX))
    }

    /// Does what is asked for.
    pub(super) fn commanded(&mut self, command: KeepCommand) {
        let now = self.clock.now();
        match command {
            KeepCommand::Pass => {
                self.paused_until = None;
                self.pass_requested = true;
            }
            KeepCommand::Visit(id) => match self.fleet.get_mut(id) {
                Some(tracked) if tracked.standing.assignment().is_some() => {
                    self.schedule.schedule(id, now);
                }
                _ => tracing::warn!(account = %id, "it does not take part, and is not visited"),
            },
            KeepCommand::Reconfigure(settings) => {
                const WHY: &str = "the configuration was changed before all accounts were listed";
                self.replace_listing(WHY);
                self.end_pass(now, true);
                self.settings = Arc::new(*settings);
                self.fleet.select_anew(&self.settings.scope);
                self.next_listing_at = after(now, self.settings.timing.listing_interval);
                self.paused_until = None;
                self.pass_requested = true;
            }
        }
    }

    /// Lets what is in flight end, but not for longer than the deadline, and closes the pass.
    pub(super) async fn drain(mut self) {
        let mut deadline = self.clock.sleep(self.settings.timing.drain_deadline);
        loop {
            tokio::select! {
                biased;
                ended = self.flights.next() => match ended {
                    Some(ended) => self.visited(ended),
                    None => break,
                },
                () = &mut deadline => break,
            }
        }
        if !self.flights.is_empty() {
            tracing::warn!(visits = self.flights.len(), "left unfinished at the deadline");
            self.flights.abort().await;
        }
        let now = self.clock.now();
        self.abandon_listing(now, "the run was stopped before all accounts were listed");
        self.end_pass(now, true);
    }

    pub(super) fn emit(&mut self, event: KeepEvent) {
        (self.on_event)(event);
    }
}
