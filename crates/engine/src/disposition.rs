//! The only retry policy: what is to be done about a failed call.

use std::time::Duration;

use digitalex_core::planted::{PlantedBug, is_planted};

use crate::{CallError, CallErrorKind};

/// What is to be done about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It was not executed, or only reads: make it again after a jittered wait.
    Retry,
    /// As `Retry`, but not before AWS's own word.
    RetryAfter(Duration),
    /// Whether it was executed is not known: read before anything else is written.
    ReadFirst,
    /// Trying again does not help this account.
    Hold,
    /// It would fail in every account: stop the pass.
    Fatal,
}

/// Whether the call that failed would have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// It only reads.
    Read,
    /// It writes.
    Write,
}

/// What is to be done about `error`.
#[must_use]
pub fn disposition(error: &CallError, intent: Intent) -> Disposition {
    match (&error.kind, intent) {
        (CallErrorKind::Throttled | CallErrorKind::Conflict, _) => retry(error),
        (CallErrorKind::EndpointUnreachable | CallErrorKind::AccountNotReady, _) => retry(error),
        (CallErrorKind::Transient, Intent::Read) => retry(error),
        (CallErrorKind::Transient, Intent::Write)
            if is_planted(PlantedBug::RetryUnknownOutcome) =>
        {
            retry(error)
        }
        (CallErrorKind::QuotaReached, _) if is_planted(PlantedBug::RetryLimitExceeded) => {
            retry(error)
        }
        (CallErrorKind::Transient, Intent::Write) => Disposition::ReadFirst,
        (
            CallErrorKind::NoCredentials
            | CallErrorKind::ExpiredCredentials
            | CallErrorKind::ClockSkew
            | CallErrorKind::NotInOrganization
            | CallErrorKind::MalformedPolicy,
            _,
        ) => Disposition::Fatal,
        (
            CallErrorKind::NotFound
            | CallErrorKind::AlreadyExists
            | CallErrorKind::QuotaReached
            | CallErrorKind::InvalidRequest
            | CallErrorKind::Denied(_)
            | CallErrorKind::AccountSuspended
            | CallErrorKind::ExpiredSession
            | CallErrorKind::InconsistentAnswer
            | CallErrorKind::Other,
            _,
        ) => Disposition::Hold,
    }
}

fn retry(error: &CallError) -> Disposition {
    error.retry_after.map_or(Disposition::Retry, Disposition::RetryAfter)
}
