//! The visits: which begin, and what becomes of the account after one.

use std::sync::Arc;
use std::time::Duration;

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{AccountId, Cause, Verdict};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tracing::Instrument;

use super::backoff::{after, ceiling, delay};
use super::fleet::{Latest, Tracked};
use super::inflight::{Ended, Flight};
use super::state::State;
use super::visiting::{Corrector, Observer, Site, Visited, grace};
use super::{KeepEvent, Visit};
use crate::change::Reach;
use crate::denying_policy::DenialSearch;
use crate::ledger::Ledger;
use crate::{Caller, Journal, JournalError, Means, ReadAccess, cause};

/// How long after a failure the journal is tried again.
const JOURNAL_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// The ways into accounts.
pub(super) struct Accesses {
    observer: Observer,
    corrector: Corrector,
    journal: Arc<dyn Journal>,
}

/// What the journal says of itself; none where it was not asked.
pub(super) async fn next_check(
    checking: &mut Option<BoxFuture<'static, Result<(), JournalError>>>,
) -> Option<Result<(), JournalError>> {
    let checked = checking.as_mut()?.await;
    *checking = None;
    Some(checked)
}

impl Accesses {
    pub(super) fn new(
        run: String,
        read: Arc<dyn ReadAccess>,
        means: Means,
        caller: &Caller,
    ) -> Self {
        let Means { access, journal, key_sink, policies } = means;
        let clock = Arc::clone(caller.clock());
        let denials = Arc::new(DenialSearch::new(policies, Arc::clone(&clock)));
        let ledger = Arc::new(Ledger { run, journal: Arc::clone(&journal), clock });
        let observer = Observer { access: read, ledger: Arc::clone(&ledger) };
        Self { observer, corrector: Corrector { access, key_sink, denials, ledger }, journal }
    }
}

impl State<'_> {
    /// Begins the visits that are due, as far as there are places.
    pub(super) fn start_visits(&mut self, now: Timestamp, places: usize) {
        if self.paused_until.is_some() || self.is_given_up() {
            return;
        }
        while self.flights.len() < places {
            let Some(id) = self.schedule.take_due(now) else { return };
            if !self.start_visit(id, now) {
                self.schedule.remove(id);
                self.schedule.done(id);
            }
        }
    }

    /// Begins the visit of an account; not where it takes no part.
    fn start_visit(&mut self, id: AccountId, now: Timestamp) -> bool {
        let Some(tracked) = self.fleet.get_mut(id) else { return false };
        let Some(assignment) = tracked.standing.assignment() else { return false };
        let site = Site {
            account: tracked.account.clone(),
            assignment: Arc::clone(assignment),
            settings: Arc::clone(&self.settings),
        };
        let corrects = !self.settings.correction.is_empty();
        let may_write = tracked.confirmed
            && self.suspended_until.is_none()
            && tracked.quiet_until.is_none_or(|until| until <= now);
        let first_in_pass = tracked.visited_in != self.pass_number;
        (tracked.visited_in, tracked.in_flight) = (self.pass_number, true);
        let flight =
            Flight { account: id, pass: self.pass_number, withheld: corrects && !may_write };
        if let Some(pass) = self.pass.as_mut().filter(|_| first_in_pass) {
            pass.visited += 1;
        }
        let pending = tracked.pending.take();
        let visit: BoxFuture<'static, Visited> = if let Some(pending) = pending {
            let observer = self.accesses.observer.clone();
            async move { observer.verify(&site, pending).await }.boxed()
        } else if corrects && may_write {
            let corrector = self.accesses.corrector.clone();
            async move { corrector.correct(&site).await }.boxed()
        } else {
            let observer = self.accesses.observer.clone();
            async move { observer.observe(&site).await }.boxed()
        };
        let span = tracing::info_span!("visit", account = %id, pass = flight.pass);
        self.flights.start(flight, visit.instrument(span));
        true
    }

    /// A visit has ended.
    pub(super) fn visited(&mut self, ended: Ended) {
        let Ended { flight, visited } = ended;
        let (id, now) = (flight.account, self.clock.now());
        self.schedule.done(id);
        self.caller.forget(id);
        let Some(tracked) = self.fleet.get_mut(id) else { return };
        tracked.in_flight = false;
        if tracked.standing.assignment().is_none() {
            return;
        }
        let visited = visited.unwrap_or_else(|| Visited::crashed(&tracked.account));
        let Visited { mut record, seen, corrected, pending, wrote, stopped } = visited;
        record.name.clone_from(&tracked.account.name);
        tracked.latest = Some(Latest::of(&record));
        if wrote {
            tracked.quiet_until = Some(after(now, grace()));
        } else if matches!(record.verdict, Verdict::InSync | Verdict::Converged) {
            tracked.quiet_until = None;
        }
        let reach = stopped.as_ref().map(|(reach, _)| *reach);
        let unverified = pending.is_some();
        tracked.pending = pending;
        tracked.owed = !unverified
            && (flight.withheld && record.verdict == Verdict::Drifted
                || reach == Some(Reach::Journal) && record.verdict == Verdict::Failed);
        match stopped {
            Some((Reach::Aws, cause)) => self.pause(&cause),
            Some((Reach::Journal, cause)) => self.suspend_writes(cause),
            Some((Reach::Account, _)) | None => {}
        }
        if let Some(at) = self.next_visit(id, record.verdict, reach, now) {
            self.schedule.schedule(id, at);
        }
        self.await_until_visited(flight, unverified, now);
        let by_pass = Some(self.next_pass_at).filter(|_| !self.rests(id));
        let next_at = self.schedule.due(id).into_iter().chain(by_pass).min();
        let visit = Visit { at: now, record, seen, corrected, next_at, unverified };
        self.emit(KeepEvent::Visited(Box::new(visit)));
    }

    /// When the account is visited again, if not by the next pass; keeps count of its failures.
    fn next_visit(
        &mut self,
        id: AccountId,
        verdict: Verdict,
        reach: Option<Reach>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let timing = self.settings.timing;
        let tracked = self.fleet.get_mut(id)?;
        tracked.rests_until = None;
        if let Some(pending) = &tracked.pending {
            return Some(pending.next_look(now));
        }
        // What every account meets says nothing of this one.
        if reach == Some(Reach::Aws) {
            return self.paused_until;
        }
        let max = match verdict {
            Verdict::Unreachable => timing.unreachable_max,
            Verdict::Drifted | Verdict::Failed => timing.interval,
            Verdict::InSync
            | Verdict::Converged
            | Verdict::Held
            | Verdict::Skipped
            | Verdict::NotVisited => {
                (tracked.failures, tracked.unreachable) = (0, false);
                return None;
            }
        };
        count_failure(tracked, verdict);
        if is_planted(PlantedBug::NeverVisitFailedAgain) && verdict == Verdict::Failed {
            tracked.rests_until = Some(Timestamp::MAX);
            return None;
        }
        let wait = delay(timing.recheck_base, tracked.failures, max, &mut self.rng);
        let longest = ceiling(timing.recheck_base, tracked.failures, max);
        let at = after(now, wait);
        if longest > timing.interval {
            tracked.rests_until = Some(at);
        }
        let writable = tracked.confirmed && self.suspended_until.is_none();
        if tracked.owed && writable && tracked.quiet_until.is_none_or(|until| until <= now) {
            return Some(now);
        }
        // A drift that was only looked at for a while is corrected when the while is over.
        let quiet = tracked.quiet_until.filter(|until| tracked.owed && *until > now);
        Some(quiet.map_or(at, |until| until.min(at)))
    }

    /// The pass waits for an account until a visit that began in it has ended and is confirmed.
    fn await_until_visited(&mut self, flight: Flight, unverified: bool, now: Timestamp) {
        let due_at_once = self.schedule.due(flight.account).is_some_and(|due| due <= now);
        if flight.pass != self.pass_number || unverified || due_at_once {
            return;
        }
        let Some(tracked) = self.fleet.get_mut(flight.account) else { return };
        let awaited = std::mem::take(&mut tracked.awaited);
        self.await_no_more(awaited);
    }

    fn rests(&mut self, id: AccountId) -> bool {
        self.fleet.get_mut(id).is_some_and(|tracked| tracked.rests_until.is_some())
    }

    fn suspend_writes(&mut self, cause: Cause) {
        let first = self.suspended_until.is_none();
        if self.checking.is_none() {
            self.suspended_until = Some(after(self.clock.now(), JOURNAL_CHECK_INTERVAL));
        }
        if first {
            tracing::error!(code = cause.code, message = %cause.message, "nothing is written until the journal can be");
            self.emit(KeepEvent::WritesSuspended(cause));
        }
    }

    pub(super) fn check_journal_if_due(&mut self, now: Timestamp) {
        if self.checking.is_none() && self.suspended_until.is_some_and(|at| at <= now) {
            let journal = Arc::clone(&self.accesses.journal);
            self.checking = Some(async move { journal.check().await }.boxed());
        }
    }

    pub(super) fn journal_checked(&mut self, checked: Result<(), JournalError>) {
        let now = self.clock.now();
        if let Err(error) = checked {
            tracing::debug!(cause = %cause::of_journal(&error).message, "the journal still fails");
            self.suspended_until = Some(after(now, JOURNAL_CHECK_INTERVAL));
            return;
        }
        tracing::info!("the journal can be written again");
        self.suspended_until = None;
        self.emit(KeepEvent::WritesResumed);
        for id in self.fleet.owed() {
            self.schedule.schedule(id, now);
        }
    }
}

/// An account that cannot be read and one that is not as wanted are two kinds of failure: each is
/// counted from its first.
fn count_failure(tracked: &mut Tracked, verdict: Verdict) {
    let unreachable = verdict == Verdict::Unreachable;
    if std::mem::replace(&mut tracked.unreachable, unreachable) != unreachable {
        tracked.failures = 0;
    }
    tracked.failures = tracked.failures.saturating_add(1);
}
