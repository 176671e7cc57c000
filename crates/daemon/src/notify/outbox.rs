//! Where notifications lie until they are delivered.

use async_trait::async_trait;
use digitalex_store::{NewNotification, QueuedNotification, SqliteStore, StoreError};
use jiff::Timestamp;

/// A notification that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// Its number in the outbox.
    pub id: i64,
    /// When it was put there.
    pub queued_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// The notification.
    pub notification: NewNotification,
}

/// The outbox cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the outbox of notifications cannot be used")]
pub struct OutboxError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps notifications over restarts until they are delivered or given up.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Puts notifications in; those whose key is there already are dropped.
    async fn put(&self, notifications: Vec<NewNotification>) -> Result<(), OutboxError>;

    /// Those of one target that are due, the oldest first, at most `limit`.
    async fn due(
        &self,
        target: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Queued>, OutboxError>;

    /// It was delivered.
    async fn sent(&self, id: i64, at: Timestamp) -> Result<(), OutboxError>;

    /// An attempt failed; it is tried again at `next_at`, or never.
    async fn failed(
        &self,
        id: i64,
        error: &str,
        next_at: Option<Timestamp>,
    ) -> Result<(), OutboxError>;
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn put(&self, notifications: Vec<NewNotification>) -> Result<(), OutboxError> {
        Ok(self.enqueue(notifications).await?)
    }

    async fn due(
        &self,
        target: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Queued>, OutboxError> {
        let due = self.due_notifications(target, now, limit).await?;
        Ok(due.into_iter().map(Queued::from).collect())
    }

    async fn sent(&self, id: i64, at: Timestamp) -> Result<(), OutboxError> {
        Ok(self.mark_sent(id, at).await?)
    }

    async fn failed(
        &self,
        id: i64,
        error: &str,
        next_at: Option<Timestamp>,
    ) -> Result<(), OutboxError> {
        match next_at {
            Some(next_at) => Ok(self.mark_failed(id, error, next_at).await?),
            None => Ok(self.give_up_notification(id, error).await?),
        }
    }
}

impl From<QueuedNotification> for Queued {
    fn from(queued: QueuedNotification) -> Self {
        let QueuedNotification { id, key, kind, target, body, queued_at, attempts } = queued;
        let notification = NewNotification { key, kind, target, body };
        Self { id, queued_at, attempts, notification }
    }
}

impl From<StoreError> for OutboxError {
    fn from(error: StoreError) -> Self {
        Self(Box::new(error))
    }
}
