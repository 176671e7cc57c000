//! What was done, and what became of it.

use digitalex_core::{AccountId, Verdict};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Whose history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// This account's only.
    pub account: Option<AccountId>,
}

/// One entry of the history, in the order in which it was written.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// Its number: later entries have greater ones.
    pub seq: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// By which run.
    pub run: String,
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// Its name; none where the account was never listed.
    pub account_name: Option<String>,
    /// What it says.
    pub kind: HistoryKind,
    /// What the account came to; none of an intent.
    #[schema(value_type = Option<String>)]
    pub verdict: Option<Verdict>,
    /// The API calls that were about to be made, in order, each with what it is about; only of an
    /// intent.
    pub calls: Vec<String>,
    /// The digest of the observation that the change rested on.
    pub observation: String,
}

/// What an entry of the history says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// A change was about to be made.
    Intent,
    /// A change came to its end.
    Outcome,
    /// A change was begun, its end was not written down, and the account was read again since.
    Interrupted,
}
