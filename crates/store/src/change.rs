//! What the store is told.

use digitalex_core::AccountId;
use digitalex_engine::{Account, KeepEvent, OrganizationalUnit, PassSummary, PassTrigger, Visit};
use jiff::Timestamp;

/// One thing that happened, for the store to remember.
#[derive(Debug, Clone)]
pub enum Change {
    /// A listing named an account.
    Listed(Account, Timestamp),
    /// A listing is over.
    ListingEnded {
        /// When.
        at: Timestamp,
        /// Whether it named all accounts.
        complete: bool,
    },
    /// An account is no longer in the organization: its drift ends, its history stays.
    Left(AccountId, Timestamp),
    /// An account was visited.
    Visited(Box<Visit>),
    /// A pass has begun. One that did not end before was interrupted.
    PassStarted {
        /// When.
        at: Timestamp,
        /// Why.
        trigger: PassTrigger,
        /// When it was to begin.
        due_at: Timestamp,
    },
    /// A pass is over.
    PassEnded(Box<PassSummary>),
    /// The organization's tree, whole: it takes the place of the one before.
    OrganizationalUnits(Vec<OrganizationalUnit>),
}

impl Change {
    /// What the store is to remember of what happened in the loop at `now`; none where that is nothing.
    #[must_use]
    pub fn of_event(event: KeepEvent, now: Timestamp) -> Option<Self> {
        Some(match event {
            KeepEvent::PassStarted { at, trigger, due_at } => {
                Self::PassStarted { at, trigger, due_at }
            }
            KeepEvent::Listed(account) => Self::Listed(account, now),
            KeepEvent::ListingEnded { at, error } => {
                Self::ListingEnded { at, complete: error.is_none() }
            }
            KeepEvent::Left(account) => Self::Left(account, now),
            KeepEvent::Visited(visit) => Self::Visited(visit),
            KeepEvent::PassEnded(summary) => Self::PassEnded(summary),
            KeepEvent::NextPass(_) | KeepEvent::WritesSuspended(_) | KeepEvent::WritesResumed => {
                return None;
            }
        })
    }
}
