//! Principals, in the one spelling in which IAM's equal ones are equal.

use super::coverage::Extent;
use crate::{AccountId, Arn};

/// One principal of a statement.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Principal {
    /// `"*"` or `{"AWS": "*"}`.
    Anyone,
    /// An account: its id or the ARN of its root.
    ///
    /// The partition is left out. IAM reads a bare id in the partition of the role, and refuses
    /// the ARN of a principal of any other, so that no two spellings of one id that stand in the
    /// same account can mean two accounts; and a bare id that equalled the root of each partition
    /// while those differed would make equality no equivalence.
    Account(AccountId),
    /// Any other principal of type `AWS`: an ARN, or the unique id of a deleted one.
    Aws(String),
    Service(String),
    Federated(String),
    CanonicalUser(String),
}

impl Principal {
    /// The principal of this type (`AWS`, `Service`, …) and value; `None` for an unknown type.
    pub(super) fn new(kind: &str, value: &str) -> Option<Self> {
        Some(match kind {
            "AWS" if value == "*" => Self::Anyone,
            "AWS" => account(value).map_or_else(|| Self::Aws(value.to_owned()), Self::Account),
            "Service" => Self::Service(value.to_owned()),
            "Federated" => Self::Federated(value.to_owned()),
            "CanonicalUser" => Self::CanonicalUser(value.to_owned()),
            _ => return None,
        })
    }

    /// The value, as a policy holds it.
    pub(super) fn value(&self) -> String {
        match self {
            Self::Anyone => "*".to_owned(),
            Self::Account(id) => id.to_string(),
            Self::Aws(value)
            | Self::Service(value)
            | Self::Federated(value)
            | Self::CanonicalUser(value) => value.clone(),
        }
    }

    /// Whether it is the unique id that IAM shows in place of a user or role that was deleted.
    pub(super) fn is_deleted(&self) -> bool {
        matches!(self, Self::Aws(id) if id.starts_with("AROA") || id.starts_with("AIDA"))
    }
}

impl Extent for Principal {
    /// An account is not taken to cover its users and roles: a principal that a trust policy of
    /// its own account names needs no identity policy, one of a trusted account does.
    fn covers(&self, other: &Self) -> bool {
        self == other || matches!((self, other), (Self::Anyone, Self::Account(_) | Self::Aws(_)))
    }

    /// No two are provably apart: a role may be part of an account, a session of a role.
    fn overlaps(&self, _other: &Self) -> bool {
        true
    }

    /// `*` is not known to hold service and federated principals.
    fn is_everything(&self) -> bool {
        false
    }
}

fn account(value: &str) -> Option<AccountId> {
    if let Ok(id) = value.parse() {
        return Some(id);
    }
    let arn: Arn = value.parse().ok()?;
    let root = arn.service == "iam" && arn.region.is_empty() && arn.resource == "root";
    if root { arn.account_id() } else { None }
}
