//! What the loop says of what happens.

use digitalex_core::{
    AccountId, AccountRecord, Cause, Fingerprint, FleetStatus, IdentityDiff, ObservedIdentity,
    Ownership,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, CallCounts};

/// What happens in the loop.
#[derive(Debug)]
pub enum KeepEvent {
    /// A pass has begun.
    PassStarted {
        /// When.
        at: Timestamp,
        /// Why.
        trigger: PassTrigger,
        /// When it was to begin.
        due_at: Timestamp,
    },
    /// A listing, or `DescribeAccount`, named an account.
    Listed(Account),
    /// A listing is over.
    ListingEnded {
        /// When.
        at: Timestamp,
        /// Why it did not name all accounts; none where it did.
        error: Option<String>,
    },
    /// An account is no longer in the organization.
    Left(AccountId),
    /// An account was visited, or is skipped.
    Visited(Box<Visit>),
    /// A pass is over.
    PassEnded(Box<PassSummary>),
    /// The next pass begins then, if nothing happens before.
    NextPass(Timestamp),
    /// The journal cannot be written: accounts are only read from now on.
    WritesSuspended(Cause),
    /// The journal can be written again.
    WritesResumed,
}

/// Why a pass began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassTrigger {
    /// The loop was started.
    Start,
    /// Its time had come.
    Schedule,
    /// Someone asked for it, or the settings changed.
    Request,
}

/// One visit of one account: its record, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// When it ended.
    pub at: Timestamp,
    /// What there is to say of the account.
    pub record: AccountRecord,
    /// What was seen; none where nothing was read.
    pub seen: Option<Seen>,
    /// What differed before and was confirmed as corrected by a look. Where all was corrected, the
    /// record says [`digitalex_core::Verdict::Converged`] and holds the same differences; where
    /// some is left, the record holds what is left.
    pub corrected: IdentityDiff,
    /// When the account is visited next, if nothing happens before.
    pub next_at: Option<Timestamp>,
    /// A write was made that no look has confirmed yet: it is looked at again soon, and its intent
    /// stays open until then.
    pub unverified: bool,
}

impl Visit {
    /// A visit that has nothing to say but its record.
    pub(crate) fn plain(at: Timestamp, record: AccountRecord) -> Self {
        let corrected = IdentityDiff::default();
        Self { at, record, seen: None, corrected, next_at: None, unverified: false }
    }
}

/// What a visit saw of the role or user itself, beside its record: the last complete look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The digest of the observation.
    pub fingerprint: Fingerprint,
    /// The unique id of the role or user; none where there is none.
    pub unique_id: Option<String>,
    /// Whose it is; none where there is none.
    pub ownership: Option<Ownership>,
    /// The role or user, where it is there but not as wanted, for people to look at.
    pub found: Option<Box<ObservedIdentity>>,
}

/// What one pass adds up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassSummary {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When it was to begin.
    pub due_at: Timestamp,
    /// Why it began.
    pub trigger: PassTrigger,
    /// Every listed account once, by its latest record.
    pub status: FleetStatus,
    /// How many accounts were visited since it began.
    pub visited: usize,
    /// The calls made since it began, by operation.
    pub calls: CallCounts,
    /// Those of them that AWS throttled.
    pub throttled: CallCounts,
    /// It was stopped, or given up, before every account's turn came.
    pub interrupted: bool,
    /// It ended only after the next one was to begin.
    pub fell_behind: bool,
}
