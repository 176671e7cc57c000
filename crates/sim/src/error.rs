//! Errors as AWS words them.

use crate::world::operation::Service;

/// What AWS answers to a call that it does not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    /// The error code, such as `NoSuchEntity`.
    pub code: &'static str,
    /// The message.
    pub message: String,
    /// The HTTP status.
    pub http_status: u16,
}

impl AwsError {
    /// An error with this code, status and message.
    pub(crate) fn new(code: &'static str, http_status: u16, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), http_status }
    }

    pub(crate) fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new("NoSuchEntity", 404, message)
    }

    pub(crate) fn already_exists(message: impl Into<String>) -> Self {
        Self::new("EntityAlreadyExists", 409, message)
    }

    pub(crate) fn delete_conflict(message: impl Into<String>) -> Self {
        Self::new("DeleteConflict", 409, message)
    }

    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new("LimitExceeded", 409, message)
    }

    pub(crate) fn malformed_policy(message: impl Into<String>) -> Self {
        Self::new("MalformedPolicyDocument", 400, message)
    }

    pub(crate) fn service_failure() -> Self {
        Self::new("ServiceFailure", 500, "The request processing has failed.")
    }

    /// IAM's and STS's word for a parameter that breaks its constraint.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", 400, message)
    }

    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new("InvalidInput", 400, message)
    }

    /// The answer to a call past the service's rates.
    pub(crate) fn throttled(service: Service) -> Self {
        match service {
            Service::Organizations => Self::organizations(
                "TooManyRequestsException",
                "You have sent too many requests in too short a period of time.",
            ),
            Service::Iam | Service::Sts => Self::new("Throttling", 400, "Rate exceeded"),
            Service::CostReports => Self::new("ThrottlingException", 400, "Rate exceeded"),
        }
    }

    pub(crate) fn is_throttled(&self) -> bool {
        ["Throttling", "ThrottlingException", "TooManyRequestsException"].contains(&self.code)
    }

    /// An error of Organizations, all of which come with status 400.
    pub(crate) fn organizations(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, 400, message)
    }
}
