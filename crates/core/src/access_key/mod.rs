//! The access keys of the DigitalEx user: which of them is recorded, and what differs.

mod check;
mod diff;
mod id;
mod record;
mod spec;

pub use diff::{AccessKeyDifference, DesiredKeys, ExtraKey, KeyRemedy, KeyTimes};
pub use id::{AccessKeyId, InvalidAccessKeyId};
pub use record::{KEYS_TAG_KEY, KeyRecord, OtherKey};
pub use spec::{KeyOrder, KeySpec};

pub(crate) use check::check_keys;
pub(crate) use diff::diff_keys;

use serde::Serialize;

/// IAM quota: access keys of a user.
pub(crate) const KEYS_MAX: usize = 2;

/// An access key of a user, as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedAccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// Whether requests may be signed with it.
    pub active: bool,
    /// When it was made, in seconds of Unix time.
    pub created_s: i64,
    /// When it was used last.
    pub last_use: LastUse,
}

/// When a key was used last, as far as IAM tells: it may take hours until a use shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LastUse {
    /// It was not asked for: nothing depends on it.
    NotAsked,
    /// Never, as far as is known.
    Never,
    /// Then, in seconds of Unix time.
    At(i64),
}
