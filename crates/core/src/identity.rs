//! IAM identities: the role or the user that DigitalEx comes through.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::IdentityName;

/// Which role or user of an account is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// A role or a user.
    pub kind: IdentityKind,
    /// Its name.
    pub name: IdentityName,
}

/// What DigitalEx comes through.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A role, which DigitalEx assumes.
    #[default]
    Role,
    /// A user, whose access key DigitalEx has.
    User,
}

impl IdentityKind {
    /// The word of ARNs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
        }
    }
}

impl fmt::Display for IdentityKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.kind, self.name)
    }
}
