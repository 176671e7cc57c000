//! The listings: who is in the organization, and who takes part.

use digitalex_core::{AccountId, Cause, IdentityDiff, Verdict};
use jiff::Timestamp;

use super::backoff::{after, delay};
use super::fleet::{Latest, Standing};
use super::state::State;
use super::{KeepEvent, Visit};
use crate::change::Reach;
use crate::examine::blank_record;
use crate::listing::{Heard, Listing};
use crate::{Account, CallError, cause};

/// What the listing says next; none where none is under way.
pub(super) async fn next_heard(listing: &mut Option<Listing<'_>>) -> Option<Heard> {
    listing.as_mut()?.next().await
}

impl State<'_> {
    pub(super) fn begin_listing_if_due(&mut self, now: Timestamp) {
        if self.listing.is_none() && self.next_listing_at <= now {
            self.begin_listing(now);
        }
    }

    pub(super) fn begin_listing(&mut self, now: Timestamp) {
        self.listing_number += 1;
        self.listing_error = None;
        self.listing = Some(Listing::begin(self.organization, self.settings.scope.detail()));
        self.next_listing_at = after(now, self.settings.timing.listing_interval);
    }

    pub(super) fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Named(account) => self.named(account),
            Heard::Whole => {
                let unnamed = self.fleet.unnamed(self.listing_number);
                if let Some(listing) = &mut self.listing {
                    listing.ask(unnamed);
                }
            }
            Heard::BrokenOff(error) => {
                for id in self.fleet.unnamed(self.listing_number) {
                    self.unconfirmed(id);
                }
                self.listing_failed(&error);
            }
            Heard::Described(_, Ok(Some(account))) => self.named(account),
            Heard::Described(id, Ok(None)) => self.left(id),
            Heard::Described(id, Err(error)) => {
                // Whether it still belongs here is not known.
                self.unconfirmed(id);
                self.listing_failed(&error);
            }
        }
    }

    pub(super) fn end_listing_if_over(&mut self, now: Timestamp) {
        if self.listing.as_ref().is_some_and(Listing::is_over) {
            self.end_listing(now);
        }
    }

    /// Leaves the running listing, if there is one.
    pub(super) fn abandon_listing(&mut self, now: Timestamp, why: &str) {
        if self.listing.is_some() {
            self.listing_error.get_or_insert_with(|| why.to_owned());
            self.close_listing(now);
        }
    }

    /// Leaves the running listing for one that begins at once: that one tells.
    pub(super) fn replace_listing(&mut self, why: &str) {
        if self.listing.take().is_some() {
            let error = self.listing_error.take().unwrap_or_else(|| why.to_owned());
            self.note_in_pass(Some(&error));
        }
    }

    fn end_listing(&mut self, now: Timestamp) {
        if self.listing_error.is_some() {
            let timing = self.settings.timing;
            self.listing_failures = self.listing_failures.saturating_add(1);
            let (failures, max) = (self.listing_failures, timing.listing_interval);
            let wait = delay(timing.recheck_base, failures, max, &mut self.rng);
            self.next_listing_at = after(now, wait);
        } else {
            self.listing_failures = 0;
        }
        self.close_listing(now);
    }

    fn close_listing(&mut self, now: Timestamp) {
        self.listing = None;
        let error = self.listing_error.take();
        self.note_in_pass(error.as_ref());
        self.emit(KeepEvent::ListingEnded { at: now, error });
    }

    fn note_in_pass(&mut self, error: Option<&String>) {
        if let Some(pass) = self.pass.as_mut().filter(|pass| !pass.listed) {
            pass.listed = true;
            pass.listing_incomplete = error.cloned();
        }
    }

    fn listing_failed(&mut self, error: &CallError) {
        self.listing_error.get_or_insert_with(|| error.to_string());
        if Reach::of(error) == Reach::Aws {
            self.pause(&cause::of_call(error));
        }
    }

    /// The organization says that it has the account.
    fn named(&mut self, account: Account) {
        let (id, now) = (account.id, self.clock.now());
        self.emit(KeepEvent::Listed(account.clone()));
        let (in_pass, pass_number) = (self.pass.is_some(), self.pass_number);
        let spares = self.spares_resting();
        let (tracked, changed) =
            self.fleet.named(account, &self.settings.scope, self.listing_number);
        let out = match &tracked.standing {
            Standing::Out(verdict, cause) => Some((*verdict, cause.clone())),
            Standing::Selected(_) | Standing::Unknown => None,
        };
        if let Some((verdict, cause)) = out {
            if changed || in_pass {
                self.left_out(id, now, verdict, cause);
            }
            return;
        }
        if changed {
            tracked.rests_until = None;
        }
        let rests = spares && tracked.rests_until.is_some_and(|until| until > now);
        let seen_in_pass = tracked.visited_in == pass_number;
        let in_flight = tracked.in_flight;
        if tracked.standing.assignment().is_none() {
            return;
        }
        if changed || in_pass && !seen_in_pass && !rests {
            self.await_account(id);
            self.schedule.schedule(id, now);
        } else if in_pass && in_flight {
            self.await_account(id);
        }
    }

    /// The account is there, but does not take part.
    fn left_out(&mut self, id: AccountId, now: Timestamp, verdict: Verdict, cause: Cause) {
        self.schedule.remove(id);
        let Some(tracked) = self.fleet.get_mut(id) else { return };
        let record = blank_record(&tracked.account, verdict, Some(cause));
        tracked.latest = Some(Latest::of(&record));
        (tracked.pending, tracked.owed, tracked.failures) = (None, false, 0);
        let awaited = std::mem::take(&mut tracked.awaited);
        self.await_no_more(awaited);
        let visit = Visit {
            at: now,
            record,
            seen: None,
            corrected: IdentityDiff::default(),
            next_at: None,
            unverified: false,
        };
        self.emit(KeepEvent::Visited(Box::new(visit)));
    }

    /// Nobody can say whether the account is still there: it is looked at, and never written to.
    fn unconfirmed(&mut self, id: AccountId) {
        let now = self.clock.now();
        let (in_pass, pass_number) = (self.pass.is_some(), self.pass_number);
        let spares = self.spares_resting();
        let Some(tracked) = self.fleet.get_mut(id) else { return };
        tracked.confirmed = false;
        let rests = spares && tracked.rests_until.is_some_and(|until| until > now);
        let takes_part = tracked.standing.assignment().is_some();
        if in_pass && takes_part && !rests && tracked.visited_in != pass_number {
            self.await_account(id);
            self.schedule.schedule(id, now);
        }
    }

    /// The account is no longer in the organization.
    fn left(&mut self, id: AccountId) {
        tracing::info!(account = %id, "it has left the organization");
        self.schedule.remove(id);
        if let Some(tracked) = self.fleet.remove(id) {
            self.await_no_more(tracked.awaited);
            self.emit(KeepEvent::Left(id));
        }
    }
}
