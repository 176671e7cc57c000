//! Notifications: what happened becomes announcements, each lies in the outbox of the store once for
//! every target that wants it, and is delivered from there.

mod announcement;
mod backoff;
mod deliver;
mod notifier;
mod outbox;
mod post;
mod sign;
mod slack;
mod target;
#[cfg(test)]
mod tests;

pub use announcement::{Announcement, DriftLine, DriftList, PassLine, of_drift, of_pass};
pub use deliver::{Delivered, Delivery, OnDelivered, Unmarked};
pub use notifier::Notifier;
pub use outbox::{Outbox, OutboxError, Queued};
pub use post::client;
pub use sign::signature;
pub use target::{
    EventKind, Format, HmacSecret, InvalidWebhookUrl, NotifyTarget, SecretFileError,
    SecretTooShort, WebhookUrl,
};
