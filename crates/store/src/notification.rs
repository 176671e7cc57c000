//! Notifications that wait to be sent.

use jiff::Timestamp;
use serde_json::Value;

/// A notification to send.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotification {
    /// What makes it one: a second one with this key for the same target is dropped.
    pub key: String,
    /// What it is about.
    pub kind: String,
    /// Where it goes: a name from the configuration, never a URL, which may hold a secret.
    pub target: String,
    /// What it says; holds no secret.
    pub body: Value,
}

/// A notification that waits to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedNotification {
    /// Its number.
    pub id: i64,
    /// What makes it one.
    pub key: String,
    /// What it is about.
    pub kind: String,
    /// Where it goes.
    pub target: String,
    /// What it says.
    pub body: Value,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}
