//! What the loop starts with: the memory of the one before it. AWS is the truth; all of it is
//! optional.

use digitalex_core::{AccountId, Effect, Verdict};
use jiff::Timestamp;

use crate::Account;

/// What is known of the time before the loop was started.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resume {
    /// The accounts as last listed.
    pub accounts: Vec<Remembered>,
    /// Changes that were begun, and of which no end is known.
    pub open_intents: Vec<OpenIntent>,
    /// When the last pass began.
    pub last_pass_at: Option<Timestamp>,
}

/// An account as last listed, and what the last visit found.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// The account.
    pub account: Account,
    /// What the last visit found, where there was one.
    pub record: Option<RememberedRecord>,
}

/// What the last visit of an account found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RememberedRecord {
    /// The verdict.
    pub verdict: Verdict,
    /// The gravest effect of the differences, where there were any.
    pub effect: Option<Effect>,
    /// How many visits in a row have not ended well.
    pub failures: u32,
    /// When it was visited.
    pub visited_at: Timestamp,
}

/// A change that was begun, and of which no end is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIntent {
    /// The account.
    pub account: AccountId,
    /// When the change was about to be made.
    pub at: Timestamp,
    /// By which run.
    pub run: String,
}
