//! From the world's errors to the engine's.

use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_engine::error_code::{kind_of, printable};
use digitalex_engine::{CallError, CallErrorKind};

use crate::AwsError;
use crate::faults::WireFault;

/// The engine's error for the world's.
pub(super) fn call_error(
    operation: &'static str,
    account: Option<AccountId>,
    error: &AwsError,
    retry_after: Option<Duration>,
) -> CallError {
    let AwsError { code, message, http_status } = error;
    let kind = kind_of(operation, code, *http_status, message);
    let message = format!("{code}: {}", printable(message));
    CallError { retry_after, ..failure(operation, account, kind, message) }
}

/// The engine's error for a connection that failed.
pub(super) fn broken(
    operation: &'static str,
    account: Option<AccountId>,
    how: WireFault,
) -> CallError {
    let kind = match how {
        WireFault::Unreachable => CallErrorKind::EndpointUnreachable,
        _ => CallErrorKind::Transient,
    };
    failure(operation, account, kind, format!("no answer: {how:?}"))
}

/// An answer that the ports cannot hold.
pub(super) fn inconsistent(
    operation: &'static str,
    account: Option<AccountId>,
    why: impl ToString,
) -> CallError {
    failure(operation, account, CallErrorKind::InconsistentAnswer, why.to_string())
}

fn failure(
    operation: &'static str,
    account: Option<AccountId>,
    kind: CallErrorKind,
    message: String,
) -> CallError {
    CallError { operation, account, kind, message, retry_after: None, source: None }
}
