//! What the store is told.

use digitalex_core::AccountId;
use digitalex_engine::{Account, OrganizationalUnit, PassSummary, PassTrigger, Visit};
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
