//! What can go wrong with one API call, told apart by what is to be done about it.

use std::fmt;
use std::time::Duration;

use digitalex_core::AccountId;

/// A failed API call. `Display` names the operation and the account, and holds no secret.
#[derive(Debug, thiserror::Error)]
pub struct CallError {
    /// The API operation, such as `AssumeRole`.
    pub operation: &'static str,
    /// The account that it was about, where it was about one.
    pub account: Option<AccountId>,
    /// What kind of failure.
    pub kind: CallErrorKind,
    /// What AWS, or the connection, said.
    pub message: String,
    /// How long AWS asked to wait.
    pub retry_after: Option<Duration>,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl CallError {
    /// The same error, where the call was made with a session in an account: credentials that AWS does
    /// not know then mean that the session's role was deleted, or created anew. Another session may do,
    /// and other accounts are not concerned.
    #[must_use]
    pub fn of_session(self) -> Self {
        match self.kind {
            CallErrorKind::NoCredentials => {
                Self { kind: CallErrorKind::ExpiredCredentials, ..self }
            }
            _ => self,
        }
    }
}

/// The kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallErrorKind {
    /// Too many calls; not executed.
    Throttled,
    /// Another write is under way on the same entity; not executed.
    Conflict,
    /// 5xx, a reset or truncated answer, a time-out: whether it was executed is not known.
    Transient,
    /// No connection could be made (DNS, TCP, TLS); not executed.
    EndpointUnreachable,
    /// The thing is not there.
    NotFound,
    /// The thing is there already.
    AlreadyExists,
    /// An IAM quota; retrying does not help.
    QuotaReached,
    /// IAM refuses the policy document.
    MalformedPolicy,
    /// AWS refuses the request for what it says.
    InvalidRequest,
    /// Access denied.
    Denied(Denial),
    /// The account is suspended or closed.
    AccountSuspended,
    /// The account is too new for its services.
    AccountNotReady,
    /// There is no organization, or the caller is not in it.
    NotInOrganization,
    /// The credentials that the program was started with are expired.
    ExpiredCredentials,
    /// The session in the account is expired, or AWS does not know it, although it was just renewed.
    ExpiredSession,
    /// There are no credentials, or they are not valid.
    NoCredentials,
    /// The local clock is wrong.
    ClockSkew,
    /// A page token came twice, or what came back cannot be understood.
    InconsistentAnswer,
    /// Anything else; the message holds the code.
    Other,
}

/// What denied access, as far as AWS says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// A service control policy.
    ServiceControlPolicy,
    /// A resource control policy.
    ResourceControlPolicy,
    /// A permissions boundary.
    PermissionsBoundary,
    /// The session policy: in an audit, a write.
    SessionPolicy,
    /// The admin role cannot be assumed: it is missing, or does not trust the caller.
    AdminRole,
    /// An identity policy, or AWS does not say.
    Unspecified,
}

impl fmt::Display for CallError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, account, message, .. } = self;
        match account {
            Some(account) => write!(out, "{operation} in account {account}: {message}"),
            None => write!(out, "{operation}: {message}"),
        }
    }
}
