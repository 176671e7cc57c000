//! AWS's error codes: which kind of failure each one is, and what of its message may be shown.
//!
//! Sources: IAM and STS "Common errors", the errors of each operation in the IAM, STS, Organizations
//! and Secrets Manager API References, and the SDK's lists of throttling and transient codes.

use crate::{CallErrorKind, Denial};

/// The kind of failure behind an error code, with the HTTP status where the code is unknown.
#[must_use]
pub fn kind_of(operation: &str, code: &str, status: u16, message: &str) -> CallErrorKind {
    use CallErrorKind as Kind;
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottledException"
        | "RequestThrottled"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "TransactionInProgressException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "EC2ThrottledException" => Kind::Throttled,
        "ConcurrentModification"
        | "ConcurrentModificationException"
        | "EntityTemporarilyUnmodifiable" => Kind::Conflict,
        "ServiceFailure"
        | "ServiceException"
        | "InternalFailure"
        | "InternalError"
        | "InternalServiceError"
        | "ServiceUnavailable"
        | "RequestTimeout"
        | "RequestTimeoutException" => Kind::Transient,
        "NoSuchEntity"
        | "AccountNotFoundException"
        | "ParentNotFoundException"
        | "ChildNotFoundException"
        | "RootNotFoundException"
        | "OrganizationalUnitNotFoundException"
        | "TargetNotFoundException"
        | "ResourceNotFoundException" => Kind::NotFound,
        "EntityAlreadyExists" | "ResourceExistsException" => Kind::AlreadyExists,
        // The SDK lists `LimitExceededException` as a throttle; in these services it is a quota.
        "LimitExceeded" | "LimitExceededException" => Kind::QuotaReached,
        "MalformedPolicyDocument" => Kind::MalformedPolicy,
        "ValidationError"
        | "ValidationException"
        | "InvalidInput"
        | "InvalidInputException"
        | "InvalidParameterValue"
        | "InvalidParameterException"
        | "InvalidRequestException"
        | "InvalidParameterCombination"
        | "MissingParameter"
        | "MissingAction"
        | "InvalidAction"
        | "PolicyNotAttachable"
        | "UnmodifiableEntity"
        | "DeleteConflict"
        | "PackedPolicyTooLarge"
        | "RegionDisabledException"
        | "ConstraintViolationException" => Kind::InvalidRequest,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" => {
            Kind::Denied(denial(operation, message))
        }
        "AccountSuspended" | "AccountProblem" | "InactiveAccount" => Kind::AccountSuspended,
        "OptInRequired"
        | "SubscriptionRequiredException"
        | "PendingVerification"
        | "FinalizingOrganizationException" => Kind::AccountNotReady,
        "AWSOrganizationsNotInUseException" => Kind::NotInOrganization,
        "ExpiredToken" | "ExpiredTokenException" => Kind::ExpiredCredentials,
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => Kind::ClockSkew,
        // One code for a wrong clock and for a wrong secret: only the message tells them apart.
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            if message.contains("Signature expired")
                || message.contains("Signature not yet current")
            {
                Kind::ClockSkew
            } else {
                Kind::NoCredentials
            }
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "AuthFailure" => Kind::NoCredentials,
        _ => kind_of_status(status),
    }
}

/// What an HTTP status says where there is no error code that says more.
#[must_use]
pub fn kind_of_status(status: u16) -> CallErrorKind {
    match status {
        429 => CallErrorKind::Throttled,
        // A success that could not be parsed is an answer cut short.
        200..=299 | 500..=599 => CallErrorKind::Transient,
        _ => CallErrorKind::Other,
    }
}

/// What denied access. There is no code for it; these are the phrases of "Troubleshoot access
/// denied error messages" in the IAM User Guide.
fn denial(operation: &str, message: &str) -> Denial {
    const PHRASES: [(&str, Denial); 4] = [
        ("service control polic", Denial::ServiceControlPolicy),
        ("resource control polic", Denial::ResourceControlPolicy),
        ("permissions boundary", Denial::PermissionsBoundary),
        ("session polic", Denial::SessionPolicy),
    ];
    let message = message.to_ascii_lowercase();
    match PHRASES.iter().find(|(phrase, _)| message.contains(phrase)) {
        Some((_, denial)) => *denial,
        None if operation == "AssumeRole" => Denial::AdminRole,
        None => Denial::Unspecified,
    }
}

/// AWS's message without what it quotes of the request: a validation error quotes the value
/// (which may be a trust policy with the external id in it), a signature error the canonical
/// request (which holds the session token).
#[must_use]
pub fn printable(message: &str) -> String {
    let head = message.split("The Canonical String").next().unwrap_or_default();
    let head = head.split("\n\n").next().unwrap_or_default().trim_end();
    match (head.find("Value '"), head.rfind("' at '")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}Value (hidden){}", &head[..start], &head[end + 1..])
        }
        _ => head.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_code_should_tell_what_is_to_be_done() {
        use CallErrorKind as Kind;
        let cases = [
            ("Throttling", 400, Kind::Throttled),
            ("TooManyRequestsException", 400, Kind::Throttled),
            ("SlowDown", 503, Kind::Throttled),
            ("LimitExceeded", 409, Kind::QuotaReached),
            ("LimitExceededException", 409, Kind::QuotaReached),
            ("ConcurrentModification", 409, Kind::Conflict),
            ("EntityTemporarilyUnmodifiable", 409, Kind::Conflict),
            ("ServiceFailure", 500, Kind::Transient),
            ("NoSuchEntity", 404, Kind::NotFound),
            ("EntityAlreadyExists", 409, Kind::AlreadyExists),
            ("ResourceNotFoundException", 400, Kind::NotFound),
            ("ResourceExistsException", 400, Kind::AlreadyExists),
            ("InvalidRequestException", 400, Kind::InvalidRequest),
            ("MalformedPolicyDocument", 400, Kind::MalformedPolicy),
            ("ValidationError", 400, Kind::InvalidRequest),
            ("AWSOrganizationsNotInUseException", 400, Kind::NotInOrganization),
            ("ExpiredToken", 403, Kind::ExpiredCredentials),
            ("ExpiredTokenException", 400, Kind::ExpiredCredentials),
            ("RequestExpired", 400, Kind::ClockSkew),
            ("InvalidClientTokenId", 403, Kind::NoCredentials),
            ("UnrecognizedClientException", 400, Kind::NoCredentials),
            ("OptInRequired", 403, Kind::AccountNotReady),
            ("SomethingNew", 503, Kind::Transient),
            ("SomethingNew", 429, Kind::Throttled),
            ("SomethingNew", 400, Kind::Other),
        ];
        for (code, status, kind) in cases {
            assert_eq!(kind_of("GetRole", code, status, ""), kind, "{code} {status}");
        }
    }

    #[test]
    fn access_denied_should_name_what_denied() {
        let head = "User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to perform: \
                    iam:CreateRole on resource: arn:aws:iam::111122223333:role/digitalex-finops";
        let cases = [
            (" with an explicit deny in a service control policy", Denial::ServiceControlPolicy),
            (
                " because no service control policy allows the iam:CreateRole action",
                Denial::ServiceControlPolicy,
            ),
            (" with an explicit deny in a resource control policy", Denial::ResourceControlPolicy),
            (
                " because no permissions boundary allows the iam:CreateRole action",
                Denial::PermissionsBoundary,
            ),
            (" because no session policy allows the iam:CreateRole action", Denial::SessionPolicy),
            (" because no identity-based policy allows it", Denial::Unspecified),
        ];
        for (tail, denial) in cases {
            let kind = kind_of("CreateRole", "AccessDenied", 403, &format!("{head}{tail}"));
            assert_eq!(kind, CallErrorKind::Denied(denial), "{tail}");
        }
        let kind = kind_of("AssumeRole", "AccessDenied", 403, "not authorized");
        assert_eq!(kind, CallErrorKind::Denied(Denial::AdminRole));
    }

    #[test]
    fn signature_mismatch_should_be_a_wrong_clock_only_where_the_time_is_named() {
        let kind = |message| kind_of("GetRole", "SignatureDoesNotMatch", 403, message);
        assert_eq!(
            kind("Signature expired: 20261123T000000Z is now earlier than 20261123T010000Z"),
            CallErrorKind::ClockSkew
        );
        assert_eq!(kind("The request signature we calculated"), CallErrorKind::NoCredentials);
    }

    #[test]
    fn message_should_not_quote_the_request() {
        let quoted = "1 validation error detected: Value '{\"sts:ExternalId\":\"tenant' at 'x\"}' \
                      at 'assumeRolePolicyDocument' failed to satisfy constraint";
        assert_eq!(
            printable(quoted),
            "1 validation error detected: Value (hidden) at 'assumeRolePolicyDocument' failed to \
             satisfy constraint"
        );
        let signature = "The signature does not match.\n\nThe Canonical String for this request \
                         should have been\n'POST\nx-amz-security-token:SECRET'";
        assert_eq!(printable(signature), "The signature does not match.");
    }
}
