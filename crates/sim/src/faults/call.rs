//! What there is to know of a call before it is served.

use digitalex_core::AccountId;
use jiff::Timestamp;

pub use crate::world::operation::Service;

/// A call that a client makes. It holds nothing of what the call says but whom it is about.
#[derive(Debug, Clone)]
pub struct CallInfo {
    /// The service.
    pub service: Service,
    /// The operation, as AWS spells it.
    pub operation: &'static str,
    /// The account that it is about: that of the caller for IAM, that of the role for `AssumeRole`.
    pub account: AccountId,
    /// The account that the credentials belong to; none where they are not valid.
    pub caller: Option<AccountId>,
    /// Whether the credentials are those of a session.
    pub in_session: bool,
    /// The ARN that it touches, or `*`.
    pub resource: String,
    /// Whether it goes on from the page before.
    pub goes_on: bool,
    /// When it was sent.
    pub at: Timestamp,
    /// The time that it is signed with, where it is signed.
    pub signed_at: Option<Timestamp>,
    /// The number of the client: a process that is started again draws anew.
    pub client: u64,
    /// How often the client has made this call of this account before.
    pub before: u64,
}

impl CallInfo {
    /// Whether it would change something.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.service == Service::Iam && !crate::world::is_read(self.operation)
    }

    /// The name of the role that it touches; empty where it touches none.
    #[must_use]
    pub fn role(&self) -> &str {
        self.resource.rsplit_once('/').map_or("", |(_, name)| name)
    }
}
