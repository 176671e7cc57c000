//! What the daemon does right now, as the loop's events tell it.

use std::collections::{BTreeMap, HashMap};

use digitalex_core::{AccountId, Correction, Effect, Verdict};
use digitalex_engine::{KeepEvent, PassTrigger, Resume, Visit};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What the daemon does right now.
#[derive(Debug)]
pub struct Live {
    role: Role,
    correction: Correction,
    fleet: HashMap<AccountId, FleetAccount>,
    pass: Option<RunningPass>,
    passes: u64,
    listing: Option<Listing>,
    listing_error: Option<String>,
    next_pass_at: Option<Timestamp>,
    writes_suspended: Option<Problem>,
    faults: BTreeMap<&'static str, Problem>,
}

/// Whether this daemon works, or waits for another one to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It holds the lease.
    Active,
    /// Another one holds it.
    Standby,
}

/// Why the daemon is not ready, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A stable word for machines, in `snake_case`.
    pub code: String,
    /// What is wrong; safe to print.
    pub message: String,
    /// The next step for a person.
    pub remedy: Option<String>,
}

/// What is known of one account without asking the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetAccount {
    /// What the latest visit said.
    pub verdict: Verdict,
    /// Whether it allows or trusts more than it should.
    pub widened: bool,
    /// When a look last found it as wanted.
    pub verified_at: Option<Timestamp>,
    /// The number of the pass that visited it last.
    pass: u64,
}

/// The latest listing of the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Listing {
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whether it named all accounts.
    pub complete: bool,
}

/// The pass that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningPass {
    /// When it began.
    pub started_at: Timestamp,
    /// Why.
    pub trigger: PassTrigger,
    /// Accounts that were named since it began.
    pub listed: usize,
    /// Whether the listing has ended and named all.
    pub listing_complete: bool,
    /// Accounts that were visited since it began, each once.
    pub done: usize,
    /// The accounts visited since it began, by what their latest visit said.
    pub by_verdict: BTreeMap<Verdict, usize>,
}

impl Live {
    /// A daemon that has just started and waits for the lease.
    #[must_use]
    pub fn new(correction: Correction) -> Self {
        Self {
            role: Role::Standby,
            correction,
            fleet: HashMap::new(),
            pass: None,
            passes: 0,
            listing: None,
            listing_error: None,
            next_pass_at: None,
            writes_suspended: None,
            faults: BTreeMap::new(),
        }
    }

    /// Takes over what the store remembers of the time before.
    pub fn remember(&mut self, resume: &Resume) {
        for remembered in &resume.accounts {
            let mut account = FleetAccount::new();
            if let Some(record) = &remembered.record {
                account.verdict = record.verdict;
                account.widened = record.effect == Some(Effect::Widens);
                account.verified_at = is_verified(record.verdict).then_some(record.visited_at);
            }
            self.fleet.insert(remembered.account.id, account);
        }
    }

    /// Follows the loop.
    pub fn on_event(&mut self, event: &KeepEvent) {
        match event {
            KeepEvent::PassStarted { at, trigger, .. } => self.start_pass(*at, *trigger),
            KeepEvent::Listed(account) => {
                self.fleet.entry(account.id).or_insert_with(FleetAccount::new);
                if let Some(pass) = &mut self.pass {
                    pass.listed += 1;
                }
            }
            KeepEvent::ListingEnded { at, error } => {
                self.listing = Some(Listing { at: *at, complete: error.is_none() });
                self.listing_error.clone_from(error);
                if let Some(pass) = &mut self.pass {
                    pass.listing_complete = error.is_none();
                }
            }
            KeepEvent::Left(account) => {
                self.fleet.remove(account);
            }
            KeepEvent::Visited(visit) => self.visited(visit),
            KeepEvent::PassEnded(_) => self.pass = None,
            KeepEvent::NextPass(at) => self.next_pass_at = Some(*at),
            KeepEvent::WritesSuspended(cause) => {
                self.writes_suspended = Some(Problem {
                    code: "writes_suspended".to_owned(),
                    message: format!("accounts are only read: {}", cause.message),
                    remedy: cause.remedy.clone(),
                });
            }
            KeepEvent::WritesResumed => self.writes_suspended = None,
        }
    }

    /// The lease was had, or lost.
    pub fn set_role(&mut self, role: Role) {
        self.role = role;
    }

    /// What is corrected from now on.
    pub fn set_correction(&mut self, correction: Correction) {
        self.correction = correction;
    }

    /// Something else is wrong, and the daemon is not ready until [`Live::mend`] is told of it.
    pub fn fault(&mut self, code: &'static str, message: String, remedy: Option<String>) {
        self.faults.insert(code, Problem { code: code.to_owned(), message, remedy });
    }

    /// What was wrong is right again.
    pub fn mend(&mut self, code: &str) {
        self.faults.remove(code);
    }

    /// Everything that keeps the daemon from being ready; empty where it is.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let problem = |code: &str, message: &str, remedy: Option<&str>| Problem {
            code: code.to_owned(),
            message: message.to_owned(),
            remedy: remedy.map(str::to_owned),
        };
        let mut problems = Vec::new();
        if self.role == Role::Standby {
            let message = "another daemon holds the store's lease; this one waits for it to stop";
            problems.push(problem("standby", message, None));
        } else if self.listing.is_none() {
            let message = "the accounts of the organization have not been listed yet";
            problems.push(problem("starting", message, None));
        }
        if let Some(error) = &self.listing_error {
            let remedy = "it is tried again by itself; where it stays, see what the message names";
            problems.push(problem("listing_incomplete", error, Some(remedy)));
        }
        problems.extend(self.writes_suspended.clone());
        problems.extend(self.faults.values().cloned());
        problems
    }

    /// Whether this daemon works, or waits.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// What is corrected.
    #[must_use]
    pub fn correction(&self) -> &Correction {
        &self.correction
    }

    /// The pass that runs.
    #[must_use]
    pub fn pass(&self) -> Option<&RunningPass> {
        self.pass.as_ref()
    }

    /// The latest listing.
    #[must_use]
    pub fn listing(&self) -> Option<Listing> {
        self.listing
    }

    /// When the next pass begins.
    #[must_use]
    pub fn next_pass_at(&self) -> Option<Timestamp> {
        self.next_pass_at
    }

    /// Whether nothing is written to AWS, because nothing could be journalled.
    #[must_use]
    pub fn are_writes_suspended(&self) -> bool {
        self.writes_suspended.is_some()
    }

    /// All accounts of the organization, in no order.
    pub fn fleet(&self) -> impl Iterator<Item = &FleetAccount> {
        self.fleet.values()
    }

    fn start_pass(&mut self, at: Timestamp, trigger: PassTrigger) {
        self.passes += 1;
        self.pass = Some(RunningPass {
            started_at: at,
            trigger,
            listed: 0,
            listing_complete: false,
            done: 0,
            by_verdict: BTreeMap::new(),
        });
    }

    fn visited(&mut self, visit: &Visit) {
        let record = &visit.record;
        let account = self.fleet.entry(record.id).or_insert_with(FleetAccount::new);
        if let Some(pass) = &mut self.pass {
            if account.pass == self.passes {
                // Again within this pass: the latest word counts.
                if let Some(count) = pass.by_verdict.get_mut(&account.verdict) {
                    *count = count.saturating_sub(1);
                }
            } else {
                pass.done += 1;
            }
            *pass.by_verdict.entry(record.verdict).or_default() += 1;
            account.pass = self.passes;
        }
        account.verdict = record.verdict;
        account.widened = record.effect == Some(Effect::Widens);
        if is_verified(record.verdict) && !visit.unverified {
            account.verified_at = Some(visit.at);
        }
    }
}

impl FleetAccount {
    fn new() -> Self {
        Self { verdict: Verdict::NotVisited, widened: false, verified_at: None, pass: 0 }
    }
}

impl RunningPass {
    /// How long it takes at the pace so far, in seconds; none while nobody can say, because the list
    /// is not whole or nothing was done yet. Skipped accounts cost nothing and say nothing.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "no organization has 2^52 accounts")]
    pub fn remaining_seconds(&self, now: Timestamp) -> Option<f64> {
        let skipped = self.by_verdict.get(&Verdict::Skipped).copied().unwrap_or_default();
        let worked = self.done.saturating_sub(skipped);
        if !self.listing_complete || worked == 0 {
            return None;
        }
        let elapsed = now.duration_since(self.started_at).as_secs_f64().max(0.0);
        let left = self.listed.saturating_sub(self.done);
        Some(elapsed / worked as f64 * left as f64)
    }
}

/// Whether the account was read whole and is as wanted.
fn is_verified(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::InSync | Verdict::Converged)
}
