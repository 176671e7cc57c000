//! The passes: when they begin, whom they wait for, and what they add up to.

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{AccountId, Cause};
use jiff::Timestamp;

use super::backoff::{after, delay, jittered};
use super::state::State;
use super::{KeepEvent, PassSummary, PassTrigger};
use crate::CallCounts;

/// The pass that runs.
pub(super) struct RunningPass {
    trigger: PassTrigger,
    due_at: Timestamp,
    started_at: Timestamp,
    calls_before: CallCounts,
    throttled_before: CallCounts,
    /// Accounts whose visit has begun since.
    pub(super) visited: usize,
    /// Accounts that it waits for.
    awaited: usize,
    /// Whether its own listing is over.
    pub(super) listed: bool,
    pub(super) listing_incomplete: Option<String>,
    /// Every account would fail: it ends when what is in flight has ended.
    given_up: bool,
}

impl State<'_> {
    /// Whether the running pass was given up.
    pub(super) fn is_given_up(&self) -> bool {
        self.pass.as_ref().is_some_and(|pass| pass.given_up)
    }

    /// Whether passes leave out accounts that rest: not where someone asked for the pass.
    pub(super) fn spares_resting(&self) -> bool {
        self.pass.as_ref().is_some_and(|pass| pass.trigger != PassTrigger::Request)
    }

    pub(super) fn begin_pass_if_due(&mut self, now: Timestamp) {
        if self.pass.is_some() || !(self.pass_requested || self.next_pass_at <= now) {
            return;
        }
        let requested = std::mem::take(&mut self.pass_requested);
        let (trigger, due_at) = match (requested, self.pass_number) {
            (true, _) => (PassTrigger::Request, now),
            (false, 0) if self.next_pass_at <= self.started_at => {
                (PassTrigger::Start, self.next_pass_at)
            }
            (false, _) => (PassTrigger::Schedule, self.next_pass_at),
        };
        self.replace_listing("a pass began, and lists anew");
        self.pass_number += 1;
        tracing::info!(pass = self.pass_number, ?trigger, "a pass begins");
        self.pass = Some(RunningPass {
            trigger,
            due_at,
            started_at: now,
            calls_before: self.caller.counts(),
            throttled_before: self.caller.throttled(),
            visited: 0,
            awaited: 0,
            listed: false,
            listing_incomplete: None,
            given_up: false,
        });
        self.emit(KeepEvent::PassStarted { at: now, trigger, due_at });
        let timing = self.settings.timing;
        let interval = jittered(timing.interval, timing.jitter, &mut self.rng);
        self.set_next_pass(after(now, interval));
        self.begin_listing(now);
    }

    pub(super) fn end_pass_if_over(&mut self, now: Timestamp) {
        let Some(pass) = &self.pass else { return };
        let given_up = pass.given_up;
        let awaits_none = pass.awaited == 0 || is_planted(PlantedBug::PassWaitsForNobody);
        let over = if given_up { self.flights.is_empty() } else { pass.listed && awaits_none };
        if over {
            self.end_pass(now, given_up);
        }
    }

    /// Closes the running pass, if there is one.
    pub(super) fn end_pass(&mut self, now: Timestamp, interrupted: bool) {
        let Some(pass) = self.pass.take() else { return };
        self.fleet.await_none();
        let mut status = self.fleet.status();
        status.listing_incomplete = pass.listing_incomplete;
        if !interrupted {
            self.pauses = 0;
        }
        tracing::info!(pass = self.pass_number, interrupted, "the pass is over");
        let summary = PassSummary {
            started_at: pass.started_at,
            ended_at: now,
            due_at: pass.due_at,
            trigger: pass.trigger,
            status,
            visited: pass.visited,
            calls: self.caller.counts().since(&pass.calls_before),
            throttled: self.caller.throttled().since(&pass.throttled_before),
            interrupted,
            fell_behind: now > self.next_pass_at,
        };
        self.emit(KeepEvent::PassEnded(Box::new(summary)));
        if let Some(until) = self.paused_until.filter(|_| interrupted) {
            self.set_next_pass(until);
        }
    }

    pub(super) fn set_next_pass(&mut self, at: Timestamp) {
        self.next_pass_at = at;
        self.emit(KeepEvent::NextPass(at));
    }

    /// Every account would fail: nobody is visited for a while, longer each time.
    pub(super) fn pause(&mut self, cause: &Cause) {
        if self.paused_until.is_some() {
            return;
        }
        let now = self.clock.now();
        let timing = self.settings.timing;
        self.pauses = self.pauses.saturating_add(1);
        let wait = delay(timing.recheck_base, self.pauses, timing.interval, &mut self.rng);
        self.paused_until = Some(after(now, wait));
        tracing::warn!(code = cause.code, message = %cause.message, ?wait, "every account would fail; trying again later");
        self.abandon_listing(now, &crate::cause::halted(cause).message);
        self.next_listing_at = self.next_listing_at.min(after(now, wait));
        if let Some(pass) = &mut self.pass {
            pass.given_up = true;
        }
    }

    /// The running pass, if there is one, waits for the account.
    pub(super) fn await_account(&mut self, id: AccountId) {
        let (Some(pass), Some(tracked)) = (&mut self.pass, self.fleet.get_mut(id)) else { return };
        if !std::mem::replace(&mut tracked.awaited, true) {
            pass.awaited += 1;
        }
    }

    /// The running pass no longer waits for an account that it waited for, as `awaited` says.
    pub(super) fn await_no_more(&mut self, awaited: bool) {
        if let Some(pass) = self.pass.as_mut().filter(|_| awaited) {
            pass.awaited = pass.awaited.saturating_sub(1);
        }
    }
}
