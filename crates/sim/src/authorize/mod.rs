//! Whether a request is allowed. Placeholder until the evaluator stands: allows everything.

use std::collections::BTreeMap;

use digitalex_core::AccountId;

/// A request to be decided on.
pub(crate) struct Request<'a> {
    /// Who asks: root, user, or the `assumed-role` ARN of a session.
    pub(crate) principal_arn: &'a str,
    /// The account of who asks.
    pub(crate) principal_account: AccountId,
    /// The action, such as `iam:CreateRole`.
    pub(crate) action: &'a str,
    /// The ARN of what it is to be done to, or `*`.
    pub(crate) resource: &'a str,
    /// Condition keys in lower case (`aws:principalarn` is the role's ARN for a session).
    pub(crate) context: &'a BTreeMap<String, Vec<String>>,
}

/// The policies that bear on the request.
pub(crate) struct Policies<'a> {
    pub(crate) identity: &'a [Document],
    pub(crate) boundary: Option<&'a Document>,
    pub(crate) session: &'a [Document],
    pub(crate) service_control: &'a [Vec<Document>],
    pub(crate) is_root: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    Denied(DeniedBy),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeniedBy {
    ServiceControlPolicy { explicit: bool },
    PermissionsBoundary { explicit: bool },
    SessionPolicy { explicit: bool },
    IdentityPolicy { explicit: bool },
    TrustPolicy,
}

pub(crate) fn authorize(_request: &Request<'_>, _policies: &Policies<'_>) -> Decision {
    Decision::Allowed
}

pub(crate) fn authorize_assume_role(
    _request: &Request<'_>,
    _trust: &Document,
    _policies: &Policies<'_>,
) -> Decision {
    Decision::Allowed
}

pub(crate) struct Document(());

impl Document {
    pub(crate) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<serde_json::Value>(text).map(|_| Self(()))
    }

    /// The document without a statement, which allows nothing.
    pub(crate) fn nothing() -> Self {
        Self(())
    }
}
