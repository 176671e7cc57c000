//! What the daemon does right now, as the loop's events tell it.

use std::collections::{BTreeMap, HashMap};

use digitalex_core::{AccountId, Correction, Verdict};
use digitalex_engine::{KeepEvent, PassTrigger};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What the daemon does right now.
#[derive(Debug)]
pub struct Live {
    role: Role,
    correction: Correction,
    pass: Option<RunningPass>,
    listing: Option<Listing>,
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

/// The latest listing of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// When it ended.
    pub at: Timestamp,
    /// Why it did not name all accounts; none where it did.
    pub error: Option<String>,
}

/// The pass that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningPass {
    /// When it began.
    pub started_at: Timestamp,
    /// Why.
    pub trigger: PassTrigger,
    /// Whether the listing has ended and named all.
    pub listing_complete: bool,
    /// The accounts named since it began, and what the latest visit since then said.
    accounts: HashMap<AccountId, Option<Verdict>>,
}

impl Live {
    /// A daemon that has just started and waits for the lease.
    #[must_use]
    pub fn new(correction: Correction) -> Self {
        Self {
            role: Role::Standby,
            correction,
            pass: None,
            listing: None,
            next_pass_at: None,
            writes_suspended: None,
            faults: BTreeMap::new(),
        }
    }

    /// Follows the loop.
    pub fn on_event(&mut self, event: &KeepEvent) {
        match event {
            KeepEvent::PassStarted { at, trigger, .. } => {
                self.pass = Some(RunningPass::new(*at, *trigger));
            }
            KeepEvent::Listed(account) => {
                if let Some(pass) = &mut self.pass {
                    pass.accounts.entry(account.id).or_default();
                }
            }
            KeepEvent::ListingEnded { at, error } => {
                self.listing = Some(Listing { at: *at, error: error.clone() });
                if let Some(pass) = &mut self.pass {
                    pass.listing_complete = error.is_none();
                }
            }
            KeepEvent::Left(account) => {
                if let Some(pass) = &mut self.pass {
                    pass.accounts.remove(account);
                }
            }
            KeepEvent::Visited(visit) => {
                if let Some(pass) = &mut self.pass {
                    pass.accounts.insert(visit.record.id, Some(visit.record.verdict));
                }
            }
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
            let message = "the accounts of the organization have not all been listed yet";
            problems.push(problem("starting", message, None));
        }
        if let Some(error) = self.listing.as_ref().and_then(|listing| listing.error.as_ref()) {
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
    pub fn listing(&self) -> Option<&Listing> {
        self.listing.as_ref()
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
}

impl RunningPass {
    fn new(started_at: Timestamp, trigger: PassTrigger) -> Self {
        Self { started_at, trigger, listing_complete: false, accounts: HashMap::new() }
    }

    /// How many accounts were named since it began.
    #[must_use]
    pub fn listed(&self) -> usize {
        self.accounts.len()
    }

    /// The accounts visited since it began, each once, by what the latest visit said.
    #[must_use]
    pub fn by_verdict(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for verdict in self.accounts.values().flatten() {
            *counts.entry(*verdict).or_default() += 1;
        }
        counts
    }

    /// How long it still takes at the pace so far, in seconds; none while nobody can say, because
    /// the list is not whole or nothing was done yet. Skipped accounts take no time.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "no organization has 2^52 accounts")]
    pub fn remaining_seconds(&self, now: Timestamp) -> Option<f64> {
        let counts = self.by_verdict();
        let done: usize = counts.values().sum();
        let worked = done - counts.get(&Verdict::Skipped).copied().unwrap_or_default();
        if !self.listing_complete || worked == 0 {
            return None;
        }
        let elapsed = now.duration_since(self.started_at).as_secs_f64().max(0.0);
        Some(elapsed / worked as f64 * (self.listed() - done) as f64)
    }
}
