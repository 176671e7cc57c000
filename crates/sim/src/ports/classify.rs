//! From the world's errors to the engine's.

use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_engine::{CallError, CallErrorKind, Denial};

use crate::AwsError;

/// The engine's error for the world's.
pub(super) fn call_error(
    operation: &'static str,
    account: Option<AccountId>,
    error: &AwsError,
    retry_after: Option<Duration>,
) -> CallError {
    let kind = kind(operation, error);
    CallError { operation, account, kind, message: printable(error), retry_after, source: None }
}

/// An answer that the ports cannot hold.
pub(super) fn inconsistent(
    operation: &'static str,
    account: Option<AccountId>,
    why: impl ToString,
) -> CallError {
    let kind = CallErrorKind::InconsistentAnswer;
    CallError {
        operation,
        account,
        kind,
        message: why.to_string(),
        retry_after: None,
        source: None,
    }
}

fn kind(operation: &str, error: &AwsError) -> CallErrorKind {
    match error.code {
        "Throttling" | "TooManyRequestsException" => CallErrorKind::Throttled,
        "ServiceFailure" => CallErrorKind::Transient,
        "NoSuchEntity" => CallErrorKind::NotFound,
        code if code.ends_with("NotFoundException") => CallErrorKind::NotFound,
        "EntityAlreadyExists" => CallErrorKind::AlreadyExists,
        "LimitExceeded" => CallErrorKind::QuotaReached,
        "MalformedPolicyDocument" => CallErrorKind::MalformedPolicy,
        "AccessDenied" | "AccessDeniedException" => {
            CallErrorKind::Denied(denial(operation, &error.message))
        }
        "AWSOrganizationsNotInUseException" => CallErrorKind::NotInOrganization,
        "ExpiredToken" => CallErrorKind::ExpiredCredentials,
        "InvalidClientTokenId" => CallErrorKind::NoCredentials,
        _ if error.http_status == 400 => CallErrorKind::InvalidRequest,
        _ => CallErrorKind::Other,
    }
}

fn denial(operation: &str, message: &str) -> Denial {
    let phrases = [
        ("service control policy", Denial::ServiceControlPolicy),
        ("permissions boundary", Denial::PermissionsBoundary),
        ("session policy", Denial::SessionPolicy),
    ];
    match phrases.iter().find(|(phrase, _)| message.contains(phrase)) {
        Some((_, denial)) => *denial,
        None if operation == "AssumeRole" => Denial::AdminRole,
        None => Denial::Unspecified,
    }
}

/// A validation error quotes the value, which may be a trust policy with the external id in it.
fn printable(error: &AwsError) -> String {
    let AwsError { code, message, .. } = error;
    match (message.find("Value '"), message.rfind("' at '")) {
        (Some(start), Some(end)) if start < end => {
            format!("{code}: {}Value (hidden){}", &message[..start], &message[end + 1..])
        }
        _ => format!("{code}: {message}"),
    }
}
