//! What one pass says of one account.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one pass says of one account; each listed account ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Read completely, and as wanted.
    InSync,
    /// Written to, read again, and as wanted.
    Converged,
    /// Read completely, and not as wanted.
    Drifted,
    /// Not as wanted, and something was left for a person to decide.
    Held,
    /// A write failed, or its outcome could not be made sure of.
    Failed,
    /// The role could not be read.
    Unreachable,
    /// Not part of the rollout, by configuration or by its state.
    Skipped,
    /// The pass ended before its turn came.
    NotVisited,
}

impl Verdict {
    /// All verdicts, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::InSync,
        Self::Converged,
        Self::Drifted,
        Self::Held,
        Self::Failed,
        Self::Unreachable,
        Self::NotVisited,
        Self::Skipped,
    ];

    /// The name, as in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InSync => "in_sync",
            Self::Converged => "converged",
            Self::Drifted => "drifted",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
            Self::Skipped => "skipped",
            Self::NotVisited => "not_visited",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
