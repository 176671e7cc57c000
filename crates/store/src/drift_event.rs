//! Drift: one difference of one account, from when it was first seen until it is gone.

use std::collections::BTreeMap;

use digitalex_core::{AccountId, Aspect, Effect};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Which drift. Every part narrows the list; the default is all drift.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DriftFilter {
    /// That which is still there (`true`), or gone (`false`).
    pub open: Option<bool>,
    /// Of this aspect.
    pub aspect: Option<Aspect>,
    /// With this effect.
    pub effect: Option<Effect>,
    /// Of this account.
    pub account: Option<AccountId>,
}

/// One difference of one account, from when it was first seen until it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DriftEvent {
    /// Its number: later ones have greater ones.
    pub id: i64,
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// The aspect of the role that differs.
    #[schema(value_type = String)]
    pub aspect: Aspect,
    /// The policy's name, the ARN, or the tag's key; empty where the aspect has only one.
    pub subject: String,
    /// What it means for access.
    #[schema(value_type = String)]
    pub effect: Effect,
    /// What differs, in one line, redacted.
    pub summary: String,
    /// When it was first seen.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    /// When it was last seen.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
    /// When it was seen to be gone.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// How it went.
    pub ended_by: Option<DriftEnd>,
    /// Whether the account had been as wanted before: real drift. If not, it was never right yet.
    pub was_in_sync: bool,
}

/// How a difference went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftEnd {
    /// This program corrected it.
    Corrected,
    /// Someone else did, what is wanted changed, or the account left.
    Elsewhere,
}

/// What became of drift when visits were recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum DriftChange {
    /// It was not there before. What a visit both found and corrected is opened and ended.
    Opened(DriftEvent),
    /// It was there, and now allows or trusts more than is wanted, which it did not before.
    Widened(DriftEvent),
    /// It is gone.
    Ended(DriftEvent),
}

/// Drift at one moment, for a chart.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DriftPoint {
    /// The moment: the end of its step.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How much was there, by effect; every effect is named.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub open: BTreeMap<Effect, u64>,
    /// How much was first seen within the step.
    pub opened: u64,
    /// How much was corrected within the step.
    pub corrected: u64,
}
