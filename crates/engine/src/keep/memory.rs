//! What the loop takes up of the memory of the one before it.

use digitalex_core::{AccountId, Verdict};
use jiff::Timestamp;

use super::backoff::{after, ceiling, delay};
use super::fleet::{Latest, Tracked};
use super::state::State;
use super::visiting::grace;
use super::{OpenIntent, Remembered, RememberedRecord, Resume};

impl State<'_> {
    /// Fills the fleet with what is known, before the first listing.
    pub(super) fn remember(&mut self, resume: Resume) {
        let now = self.clock.now();
        for Remembered { account, record } in resume.accounts {
            let id = account.id;
            let tracked = self.fleet.remember(account, &self.settings.scope);
            let Some(record) = record else { continue };
            tracked.latest =
                Some(Latest { verdict: record.verdict, effect: record.effect, adopted: false });
            tracked.failures = record.failures;
            tracked.unreachable = record.verdict == Verdict::Unreachable;
            if let Some(at) = self.recheck_of(&record) {
                self.rest(id, &record, at);
                self.schedule.schedule(id, at);
            }
        }
        for OpenIntent { account, at, .. } in resume.open_intents {
            let Some(tracked) = self.fleet.get_mut(account) else { continue };
            keep_quiet(tracked, after(at, grace()), now);
            // The oldest first, and before everything else.
            self.schedule.schedule(account, at.min(now));
        }
        let interval = self.settings.timing.interval;
        let due = resume.last_pass_at.map(|at| after(at, interval)).filter(|at| *at > now);
        self.set_next_pass(due.unwrap_or(self.started_at));
    }

    /// When an account that did not end well was to be visited again.
    fn recheck_of(&mut self, record: &RememberedRecord) -> Option<Timestamp> {
        let timing = self.settings.timing;
        let max = match record.verdict {
            Verdict::Drifted | Verdict::Failed => timing.interval,
            Verdict::Unreachable => timing.unreachable_max,
            Verdict::InSync
            | Verdict::Converged
            | Verdict::Held
            | Verdict::Skipped
            | Verdict::NotVisited => return None,
        };
        let wait = delay(timing.recheck_base, record.failures, max, &mut self.rng);
        Some(after(record.visited_at, wait))
    }

    fn rest(&mut self, id: AccountId, record: &RememberedRecord, at: Timestamp) {
        let timing = self.settings.timing;
        let longest = ceiling(timing.recheck_base, record.failures, timing.unreachable_max);
        if record.verdict == Verdict::Unreachable
            && longest > timing.interval
            && let Some(tracked) = self.fleet.get_mut(id)
        {
            tracked.rests_until = Some(at);
        }
    }
}

fn keep_quiet(tracked: &mut Tracked, until: Timestamp, now: Timestamp) {
    tracked.quiet_until = Some(until).filter(|until| *until > now);
}
