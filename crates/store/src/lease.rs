//! Who may write: one daemon at a time.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Holder {
    /// The host it runs on.
    pub host: String,
    /// Its process.
    pub pid: u32,
    /// Its run.
    pub run: String,
}

/// Who holds the lease, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HolderInfo {
    /// Who.
    pub holder: Holder,
    /// Until when, if it is not renewed.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// What came of asking for the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// It was given.
    Held {
        /// A number greater than that of every holder before.
        fencing: i64,
    },
    /// Another daemon has it.
    HeldBy(HolderInfo),
}
