//! The role or user before a change, exactly, so that it can be restored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use digitalex_core::AccountId;
use jiff::Timestamp;

/// The role or user of one account before a change.
///
/// Its documents are exact and hold the external id: for restoring only. There is no `Serialize`, and
/// `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentsBefore {
    /// The number of the intent in the history.
    pub change: i64,
    /// The account.
    pub account: AccountId,
    /// When the change was about to be made.
    pub at: Timestamp,
    /// It; none where there was none.
    pub found: Option<IdentityBefore>,
}

/// A role or user, exactly.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityBefore {
    /// Its ARN.
    pub arn: String,
    /// Its unique id.
    pub unique_id: String,
    /// Its path.
    pub path: String,
    /// What only a role has; none of a user.
    pub role: Option<RoleBefore>,
    /// The inline policies, by name.
    pub inline: BTreeMap<String, String>,
    /// The ARNs of the attached managed policies.
    pub managed: BTreeSet<String>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// All tags.
    pub tags: BTreeMap<String, String>,
}

/// What only a role has, exactly.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleBefore {
    /// Its description.
    pub description: String,
    /// `MaxSessionDuration`, in seconds.
    pub max_session_duration_s: u32,
    /// The trust policy.
    pub trust: String,
}

impl fmt::Debug for DocumentsBefore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DocumentsBefore")
            .field("change", &self.change)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IdentityBefore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("IdentityBefore").field("arn", &self.arn).finish_non_exhaustive()
    }
}
