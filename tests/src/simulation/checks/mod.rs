//! The eleven invariants, each watched by a checker of its own at everything that happens.

mod ambiguity;
mod dry_run;
mod intents;
mod keys;
mod listings;
mod middle;
mod orphans;
mod ownership;
mod pace;
mod refusals;
mod removals;
mod repeats;
mod report;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use digitalex_core::AccountId;
use digitalex_engine::{JournalEntry, KeepEvent};
use digitalex_sim::faults::{CallInfo, Fault};
use digitalex_sim::{Account, AwsError, World};
use jiff::Timestamp;

use super::scenario::Scenario;
use super::wanted::Wanted;
use crate::memory_key_sink::MemoryKeySink;

/// A process of the product, numbered in the order in which they were started.
pub type ProcessId = u32;

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its number; none where the simulation itself, or the product, failed.
    pub invariant: Option<u8>,
    /// When it was seen.
    pub at: Timestamp,
    /// What was seen.
    pub what: String,
}

/// A call that was served, or refused, or lost.
pub struct ServedCall<'a> {
    /// Who made it.
    pub process: ProcessId,
    /// The call.
    pub call: &'a CallInfo,
    /// Whether it was executed, or why it was refused.
    pub outcome: Result<bool, &'a AwsError>,
    /// Whether the process learns what became of it.
    pub answered: bool,
    /// The account before.
    pub before: Option<&'a Arc<Account>>,
    /// The account that the answer shows.
    pub shown: Option<&'a Arc<Account>>,
    /// All there is, after.
    pub world: &'a World,
}

impl ServedCall<'_> {
    /// Whether it changed something, or would have.
    #[must_use]
    pub fn was_written(&self) -> bool {
        self.call.is_write() && self.outcome == Ok(true)
    }

    /// The account as it is now.
    #[must_use]
    pub fn after(&self) -> Option<&Arc<Account>> {
        self.world.state().accounts.get(&self.call.account)
    }
}

/// All checkers.
pub struct Checks {
    /// What is wanted.
    pub wanted: Wanted,
    ownership: ownership::Ownership,
    dry_run: dry_run::DryRun,
    middle: middle::SafeMiddle,
    ambiguity: ambiguity::Ambiguity,
    pace: pace::Pace,
    refusals: refusals::Refusals,
    report: report::TruthfulReport,
    orphans: orphans::Orphans,
    intents: intents::Intents,
    repeats: repeats::Repeats,
    listings: listings::Listings,
    removals: removals::Removals,
    keys: keys::Keys,
    found: Vec<Violation>,
}

/// So many violations are kept: one is enough, a few help.
const KEPT_MAX: usize = 20;

impl Checks {
    /// Checkers for a scenario over a world.
    #[must_use]
    pub fn new(scenario: &Scenario, world: &World, sink: &Arc<MemoryKeySink>) -> Self {
        let mut wanted = Wanted::of(scenario, world, sink);
        let report = report::TruthfulReport::new(scenario, world, &mut wanted);
        Self {
            wanted,
            ownership: ownership::Ownership::new(scenario.adopts),
            dry_run: dry_run::DryRun::new(scenario.mode),
            middle: middle::SafeMiddle,
            ambiguity: ambiguity::Ambiguity::default(),
            pace: pace::Pace::default(),
            refusals: refusals::Refusals::default(),
            report,
            orphans: orphans::Orphans::new(world),
            intents: intents::Intents::default(),
            repeats: repeats::Repeats::default(),
            listings: listings::Listings::default(),
            removals: removals::Removals::new(scenario.removals_max),
            keys: keys::Keys::new(sink),
            found: Vec::new(),
        }
    }

    /// A process is about to send a call.
    pub fn sent(&mut self, process: ProcessId, call: &CallInfo) {
        let found = self.pace.sent(process, call);
        self.keep(9, call.at, found);
        let found = self.ambiguity.sent(process, call);
        self.keep(7, call.at, found);
        let found = self.refusals.sent(process, call);
        self.keep(3, call.at, found);
        let found = self.repeats.sent(process, call);
        self.keep(6, call.at, found);
        let found = self.report.sent(call);
        self.keep(1, call.at, found);
        let found = self.intents.sent(process, call, |account| self.report.stays(account));
        self.keep(6, call.at, found);
        self.listings.sent(process, call);
    }

    /// A call was served, or refused, or lost.
    pub fn served(&mut self, served: &ServedCall<'_>, fault: Option<Fault>) {
        let at = served.call.at;
        self.listings.served(served, fault);
        let found = self.intents.served(served, fault);
        self.keep(6, at, found);
        let found = self.removals.served(served, &mut self.wanted);
        self.keep(1, at, found);
        let found = self.repeats.served(served, &self.wanted);
        self.keep(4, at, found);
        let found = self.ownership.served(served, &mut self.wanted);
        self.keep(1, at, found);
        let found = self.dry_run.served(served);
        self.keep(2, at, found);
        let found = self.middle.served(served, &mut self.wanted, &self.ownership);
        self.keep(5, at, found);
        let found = self.keys.served(served);
        self.keep(11, at, found);
        self.ownership.learn(served, &mut self.wanted);
        self.ambiguity.served(served);
        self.refusals.served(served);
        let found = self.orphans.served(served, &self.wanted);
        self.keep(6, at, found);
        if served.was_written() {
            self.changed(served.call.account, served.world, at);
        }
    }

    /// The answer to a call, or that none comes, has reached the process.
    pub fn answered(&mut self, process: ProcessId, call: &CallInfo, failed: bool, at: Timestamp) {
        self.pace.answered(process, call, failed, at);
    }

    /// The store has acknowledged an entry of the journal.
    pub fn stored(&mut self, process: ProcessId, entry: &JournalEntry, at: Timestamp) {
        let found = self.intents.stored(process, entry);
        self.keep(6, at, found);
    }

    /// The store has recorded that an account was visited.
    pub fn recorded(&mut self, account: AccountId, at: Timestamp) {
        self.intents.visited(account, at);
    }

    /// There is no store any more.
    pub fn forgotten(&mut self) {
        self.intents.forgotten();
    }

    /// A process works, and its store names these open intents and knows these accounts; `held` says
    /// whether another one still holds the lease.
    pub fn began(
        &mut self,
        process: ProcessId,
        open: &BTreeSet<AccountId>,
        known: &BTreeSet<AccountId>,
        held: bool,
        at: Timestamp,
    ) {
        let found = self.intents.began(process, open, held);
        self.keep(6, at, found);
        self.intents.resumes(process, open & known, at);
    }

    /// Who holds the lease.
    #[must_use]
    pub fn holder(&self) -> Option<ProcessId> {
        self.intents.holder()
    }

    /// When the product says that it visits the account next.
    #[must_use]
    pub fn next_visit(&self, account: AccountId) -> Option<Timestamp> {
        self.report.next_visit(account)
    }

    /// Somebody else has changed something in an account.
    pub fn changed_by_others(&mut self, account: AccountId, world: &World, at: Timestamp) {
        self.repeats.changed_by_others(account);
        self.removals.changed_by_others(account, at);
        self.changed(account, world, at);
    }

    /// Something changed in an account.
    pub fn changed(&mut self, account: AccountId, world: &World, at: Timestamp) {
        self.report.changed(account, world, &mut self.wanted, at);
        self.orphans.changed(account, world);
    }

    /// An entry is about to be journalled.
    pub fn journalled(&mut self, process: ProcessId, entry: &JournalEntry, at: Timestamp) {
        let found = self.ambiguity.journalled(process, entry);
        self.keep(7, at, found);
    }

    /// The daemon's loop, or a run, told something.
    pub fn told(&mut self, process: ProcessId, event: &KeepEvent, world: &World, at: Timestamp) {
        let found = self.report.told(process, event, world, &mut self.wanted, at);
        self.keep(10, at, found);
        let found = self.ambiguity.told(process, event);
        self.keep(7, at, found);
        let found = self.listings.told(process, event);
        self.keep(10, at, found);
    }

    /// A process has ended, or was killed.
    pub fn ended(&mut self, process: ProcessId) {
        self.ambiguity.ended(process);
        self.refusals.ended(process);
        self.intents.ended(process);
    }

    /// Nothing comes any more.
    pub fn over(&mut self, world: &World, at: Timestamp) {
        let found = self.pace.over();
        self.keep(9, at, found);
        let found = self.orphans.over(world);
        self.keep(6, at, found);
    }

    /// An invariant does not hold.
    pub fn violated(&mut self, invariant: impl Into<Option<u8>>, at: Timestamp, what: String) {
        if self.found.len() < KEPT_MAX {
            self.found.push(Violation { invariant: invariant.into(), at, what });
        }
    }

    /// What was found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.found
    }

    fn keep(&mut self, invariant: u8, at: Timestamp, found: Option<String>) {
        if let Some(what) = found {
            self.violated(invariant, at, what);
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.at.duration_since(super::time::BEGINNING).as_secs_f64();
        match self.invariant {
            Some(number) => write!(out, "invariant {number} at {passed:.3} s: {}", self.what),
            None => write!(out, "at {passed:.3} s: {}", self.what),
        }
    }
}
