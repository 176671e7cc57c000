//! What all accounts add up to.

use std::collections::BTreeMap;

use digitalex_core::{Aspect, Effect, Verdict};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What all accounts add up to, as last seen.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FleetSummary {
    /// All listed accounts.
    pub accounts: u64,
    /// Those that were visited, by verdict.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub by_verdict: BTreeMap<Verdict, u64>,
    /// Those that were never visited.
    pub not_yet_visited: u64,
    /// Those that allow or trust more than they should, when last read.
    pub widened: u64,
    /// Drift that is there, by aspect and effect.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, u64>>)]
    pub drift: BTreeMap<Aspect, BTreeMap<Effect, u64>>,
    /// The last listing that ended.
    pub listing: Option<ListingLine>,
}

/// One listing of the organization's accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListingLine {
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whether it named all accounts.
    pub complete: bool,
}

/// A root or OU, and what the accounts anywhere below it add up to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnitLine {
    /// The id: `r-…` or `ou-…`.
    pub id: String,
    /// The name, where it was read.
    pub name: Option<String>,
    /// The root or OU that it stands in; none of a root.
    pub parent: Option<String>,
    /// How many accounts stand anywhere below it.
    pub accounts: u64,
    /// Those that were visited, by verdict.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub by_verdict: BTreeMap<Verdict, u64>,
    /// Those that allow or trust more than wanted.
    pub widened: u64,
}

/// How long ago accounts were last read and found as wanted. Accounts that are skipped do not count.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedAges {
    /// For each bound that was asked for: how many accounts were verified no longer ago than that.
    pub within: Vec<u64>,
    /// How many accounts there are, those never verified too.
    pub accounts: u64,
    /// The ages of those that were ever verified, added up, in seconds.
    pub sum_s: f64,
}
