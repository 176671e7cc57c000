//! Passes over the organization.

use std::collections::BTreeMap;

use digitalex_core::Verdict;
use digitalex_engine::PassTrigger;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One pass over the organization.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PassLine {
    /// Its number: later ones have greater ones.
    pub id: i64,
    /// Why it began.
    #[schema(value_type = String)]
    pub trigger: PassTrigger,
    /// When it was to begin.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it ended; none while it runs, or where the daemon was killed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Whether it ended before every account's turn came.
    pub interrupted: bool,
    /// Whether it ended only after the next one was to begin.
    pub fell_behind: bool,
    /// Why the list of accounts was not whole.
    pub listing_incomplete: Option<String>,
    /// How many accounts were visited.
    pub visited: u64,
    /// Every listed account once, by its latest verdict.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub by_verdict: BTreeMap<Verdict, u64>,
    /// The calls made, by operation.
    pub calls: BTreeMap<String, u64>,
    /// Those of them that AWS throttled.
    pub throttled: BTreeMap<String, u64>,
}
