//! The writes that were accepted, as CloudTrail would have recorded them.

use digitalex_core::AccountId;
use jiff::Timestamp;

use super::operation::Service;
use super::{Caller, Operation, Principal, World, limits};

/// An IAM write that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEvent {
    /// When.
    pub at: Timestamp,
    /// In which account.
    pub account: AccountId,
    /// The operation, as AWS spells it.
    pub operation: &'static str,
    /// The name of the session that made it; none where it was a user or the account's root.
    pub session: Option<String>,
}

impl World {
    /// Begins to record the IAM writes that are accepted.
    pub fn start_trail(&mut self) {
        self.trail.get_or_insert_default();
    }

    /// What was recorded since [`World::start_trail`], oldest first.
    #[must_use]
    pub fn trail(&self) -> &[TrailEvent] {
        self.trail.as_deref().unwrap_or_default()
    }

    pub(super) fn record<O: Operation>(&mut self, caller: &Caller) {
        if O::SERVICE != Service::Iam || limits::reads(O::NAME) {
            return;
        }
        let session = match &caller.principal {
            Principal::Session(session) => Some(session.name.clone()),
            Principal::Root | Principal::User(_) => None,
        };
        let (at, account, operation) = (self.now, caller.account, O::NAME);
        if let Some(trail) = &mut self.trail {
            trail.push(TrailEvent { at, account, operation, session });
        }
    }
}
