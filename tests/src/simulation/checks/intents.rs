//! Part of invariant 6: no write without its intent in the journal, no intent that is lost, and no entry
//! of a process that does not hold the lease.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::AccountId;
use digitalex_engine::JournalEntry;
use digitalex_sim::faults::{CallInfo, Fault};
use jiff::{SignedDuration, Timestamp};

use super::{ProcessId, ServedCall};

/// What was journalled, and has no end.
#[derive(Default)]
pub(super) struct Intents {
    open: BTreeMap<AccountId, Timestamp>,
    /// By whom: one that has lost the lease ends its change beside its successor.
    announced: BTreeSet<(AccountId, ProcessId)>,
    holder: Option<ProcessId>,
    resumed: BTreeMap<ProcessId, Resumed>,
}

/// What a process that was started again has to look at before all else.
struct Resumed {
    since: Timestamp,
    left: BTreeSet<AccountId>,
}

/// So soon it has begun to look.
const LOOKED_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// What halts all accounts for a while.
const HALTING: [Fault; 6] = [
    Fault::MalformedPolicy,
    Fault::ProviderFails,
    Fault::ClockSkew,
    Fault::StsRegionDown,
    Fault::RegionOutage,
    Fault::DnsFailure,
];

impl Intents {
    /// A call is about to be sent; `stays` says of an account whether it takes part all the time.
    pub(super) fn sent(
        &mut self,
        process: ProcessId,
        call: &CallInfo,
        stays: impl Fn(AccountId) -> bool,
    ) -> Option<String> {
        let resumed = self.resumed.get_mut(&process)?;
        resumed.left.remove(&call.account);
        if call.at.duration_since(resumed.since) < LOOKED_WITHIN {
            return None;
        }
        let resumed = self.resumed.remove(&process)?;
        let left = resumed.left.into_iter().find(|account| stays(*account))?;
        Some(format!("p{process} does not look what became of the change of {left}"))
    }

    pub(super) fn served(
        &mut self,
        served: &ServedCall<'_>,
        fault: Option<Fault>,
    ) -> Option<String> {
        let ServedCall { process, call, .. } = served;
        if fault.is_some_and(|fault| HALTING.contains(&fault)) {
            self.resumed.remove(process);
        }
        let is_announced = self.announced.contains(&(call.account, *process));
        (served.was_written() && !is_announced)
            .then(|| format!("{} in {} without an intent", call.operation, call.account))
    }

    /// The store has acknowledged the entry.
    pub(super) fn stored(&mut self, process: ProcessId, entry: &JournalEntry) -> Option<String> {
        match entry {
            JournalEntry::Intent { plan, at, .. } => {
                self.open.insert(plan.account, *at);
                self.announced.insert((plan.account, process));
            }
            JournalEntry::Outcome { account, .. } => {
                self.open.remove(account);
                self.announced.remove(&(*account, process));
            }
        }
        let holder = self.holder.filter(|holder| *holder != process)?;
        Some(format!("p{process} journals while p{holder} holds the lease"))
    }

    /// The store has recorded a visit, which ends the intents before it.
    pub(super) fn visited(&mut self, account: AccountId, at: Timestamp) {
        self.open.retain(|of, since| *of != account || *since > at);
    }

    /// The store is gone.
    pub(super) fn forgotten(&mut self) {
        self.open.clear();
        self.announced.clear();
    }

    /// A process holds the lease, and knows of these open intents; `held` says whether another one holds
    /// it that is still there.
    pub(super) fn began(
        &mut self,
        process: ProcessId,
        known: &BTreeSet<AccountId>,
        held: bool,
    ) -> Option<String> {
        let before = self.holder.replace(process);
        if let Some(before) = before.filter(|_| held) {
            return Some(format!("p{process} takes the lease that p{before} holds"));
        }
        let lost = self.open.keys().find(|account| !known.contains(account))?;
        Some(format!("the intent to change {lost} is lost"))
    }

    /// A process has these accounts, which it knows, to look at before all else.
    pub(super) fn resumes(&mut self, process: ProcessId, left: BTreeSet<AccountId>, at: Timestamp) {
        self.resumed.insert(process, Resumed { since: at, left });
    }

    /// Who holds the lease.
    pub(super) fn holder(&self) -> Option<ProcessId> {
        self.holder
    }

    pub(super) fn ended(&mut self, process: ProcessId) {
        self.resumed.remove(&process);
        self.holder = self.holder.filter(|holder| *holder != process);
    }
}
