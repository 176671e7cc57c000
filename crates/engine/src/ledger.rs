//! What a run writes to the journal.

use std::sync::Arc;

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{AccountId, AccountPlan, Cause, Fingerprint, ObservedIdentity, Verdict};

use crate::{Clock, Journal, JournalEntry, cause};

/// The journal of one run.
pub(crate) struct Ledger {
    pub(crate) run: String,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Ledger {
    /// Before the first write of a plan; `before` is the role as it was read.
    pub(crate) async fn intent(
        &self,
        plan: &AccountPlan,
        before: Option<&ObservedIdentity>,
    ) -> Result<(), Cause> {
        let (at, run) = (self.clock.now(), self.run.clone());
        let before = before.cloned().map(Box::new);
        let intent = JournalEntry::Intent { at, run, plan: plan.clone(), before };
        match self.append(intent).await {
            Err(_) if is_planted(PlantedBug::WriteWithoutJournal) => Ok(()),
            appended => appended,
        }
    }

    /// What became of the plan that rested on `observation`.
    pub(crate) async fn outcome(
        &self,
        account: AccountId,
        observation: Fingerprint,
        verdict: Verdict,
    ) -> Result<(), Cause> {
        let (at, run) = (self.clock.now(), self.run.clone());
        self.append(JournalEntry::Outcome { at, run, account, observation, verdict }).await
    }

    async fn append(&self, entry: JournalEntry) -> Result<(), Cause> {
        self.journal.append(&entry).await.map_err(|error| cause::of_journal(&error))
    }
}
