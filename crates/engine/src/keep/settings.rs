//! What the loop keeps right, and how often it looks.

use std::time::Duration;

use digitalex_core::{AccountId, Correction, ExternalId};

use crate::Scope;

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// From the beginning of one pass to that of the next.
    pub interval: Duration,
    /// The share of `interval` by which a pass begins sooner or later, 0 to 1.
    pub jitter: f64,
    /// From one listing to the next, so that a new account is found between passes.
    pub listing_interval: Duration,
    /// The first wait before an account that drifted, failed or could not be read is visited again;
    /// doubled each time.
    pub recheck_base: Duration,
    /// The longest wait before an account that cannot be read is tried again.
    pub unreachable_max: Duration,
    /// How long what is in flight may take to end once the loop is stopped.
    pub drain_deadline: Duration,
}

/// What the loop keeps right.
#[derive(Debug)]
pub struct KeepSettings {
    /// Which accounts take part, and as what.
    pub scope: Scope,
    /// The customer's external id, which the plan check looks for.
    pub external_id: ExternalId,
    /// Most accounts visited at once; one that AWS throttles lends its place to another.
    pub concurrency: usize,
    /// How often and how long.
    pub timing: Timing,
    /// What is corrected.
    pub correction: Correction,
}

/// What can be asked of the running loop.
#[derive(Debug)]
pub enum KeepCommand {
    /// A pass now, or right after the one that runs.
    Pass,
    /// A visit of this account now.
    Visit(AccountId),
    /// Other settings for the visits that begin after this.
    Reconfigure(Box<KeepSettings>),
}
