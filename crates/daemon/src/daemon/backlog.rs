//! What the store is still to be told.

use std::collections::HashMap;

use digitalex_core::AccountId;
use digitalex_store::Change;

/// Changes in their order. Where the store cannot be written for long, of each account only the latest
/// is kept, so that the backlog is never larger than the organization.
#[derive(Debug, Default)]
pub(crate) struct Backlog(Vec<Change>);

/// So many passes are kept.
const PASSES_MAX: usize = 100;

/// What a later change makes superfluous.
#[derive(PartialEq, Eq, Hash)]
enum Subject {
    Listed(AccountId),
    Visited(AccountId),
    Listing,
    Tree,
    Pass(usize),
}

impl Backlog {
    pub(crate) fn push(&mut self, change: Change) {
        self.0.push(change);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is to be written, in order.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.0.clone()
    }

    /// All of it is written.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Drops what later changes have made superfluous.
    pub(crate) fn compact(&mut self) {
        let mut last = HashMap::new();
        for (index, change) in self.0.iter().enumerate() {
            last.insert(subject(change, index), index);
        }
        let mut passes: Vec<usize> =
            last.iter().filter(|(s, _)| matches!(s, Subject::Pass(_))).map(|(_, i)| *i).collect();
        passes.sort_unstable();
        let first_pass = passes.iter().rev().nth(PASSES_MAX - 1).copied().unwrap_or_default();
        let mut index = 0;
        self.0.retain(|change| {
            let subject = subject(change, index);
            let kept = last.get(&subject) == Some(&index)
                && (index >= first_pass || !matches!(subject, Subject::Pass(_)));
            index += 1;
            kept
        });
    }
}

fn subject(change: &Change, index: usize) -> Subject {
    match change {
        Change::Listed(account, _) => Subject::Listed(account.id),
        Change::Left(account, _) => Subject::Listed(*account),
        Change::Visited(visit) => Subject::Visited(visit.record.id),
        Change::ListingEnded { .. } => Subject::Listing,
        Change::OrganizationalUnits(_) => Subject::Tree,
        Change::PassStarted { .. } | Change::PassEnded(_) => Subject::Pass(index),
    }
}
