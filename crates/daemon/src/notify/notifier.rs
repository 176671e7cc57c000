//! Puts what there is to tell into the outbox.

use std::sync::Arc;

use digitalex_engine::PassSummary;
use digitalex_store::DriftChange;
use tokio::sync::watch;

use super::announcement::{Announcement, of_drift, of_pass};
use super::outbox::{Outbox, OutboxError};
use super::target::NotifyTarget;

/// Puts what there is to tell into the outbox, once for each target that wants it, and wakes the
/// delivery.
pub struct Notifier {
    organization: String,
    targets: Vec<NotifyTarget>,
    outbox: Arc<dyn Outbox>,
    news: watch::Sender<u64>,
}

impl Notifier {
    /// Tells `targets` of what happens in `organization`.
    #[must_use]
    pub fn new(organization: String, targets: Vec<NotifyTarget>, outbox: Arc<dyn Outbox>) -> Self {
        Self { organization, targets, outbox, news: watch::Sender::new(0) }
    }

    /// Changes whenever something was put into the outbox: for the delivery.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Tells of what became of drift in one batch of visits.
    ///
    /// # Errors
    /// The outbox cannot be written.
    pub async fn drift(&self, changes: &[DriftChange]) -> Result<(), OutboxError> {
        self.tell(&of_drift(&self.organization, changes)).await
    }

    /// Tells of a pass that is over.
    ///
    /// # Errors
    /// The outbox cannot be written.
    pub async fn pass(&self, pass: &PassSummary) -> Result<(), OutboxError> {
        self.tell(&of_pass(&self.organization, pass)).await
    }

    async fn tell(&self, announcements: &[Announcement]) -> Result<(), OutboxError> {
        let each = announcements.iter().flat_map(|announcement| {
            self.targets.iter().filter_map(|target| announcement.for_target(target))
        });
        let notifications: Vec<_> = each.collect();
        if notifications.is_empty() {
            return Ok(());
        }
        self.outbox.put(notifications).await?;
        self.news.send_modify(|news| *news += 1);
        Ok(())
    }
}
