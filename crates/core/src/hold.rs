//! What is left for a person to decide.

use std::fmt;

use serde::Serialize;

use crate::{IdentityPath, ManagedPolicyArn};

/// Why something was not planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Hold {
    /// The role carries no tag of ours and does not trust DigitalEx.
    ForeignRole,
    /// The role was made by hand, and adoption is not allowed.
    AdoptionRefused,
    /// The role stands at another path; only deleting it could change that, and would break every
    /// trust in its unique id.
    PathConflict {
        /// The path it should have.
        wanted: IdentityPath,
        /// The one it has.
        found: IdentityPath,
    },
    /// A permissions boundary is there that the configuration does not speak of.
    UndeclaredBoundary {
        /// The boundary.
        found: ManagedPolicyArn,
    },
}

impl Hold {
    /// The next step for a person.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::ForeignRole => "choose another role_name for this account".to_owned(),
            Self::AdoptionRefused => "set adopt = true to take it over".to_owned(),
            Self::PathConflict { found, .. } => {
                format!("set path = \"{found}\" for this account, or delete the role yourself")
            }
            Self::UndeclaredBoundary { found } => format!(
                "set permissions_boundary to {found} to keep it, or to \"none\" to remove it"
            ),
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignRole => out.write_str(
                "a role of this name is there that carries no tag of ours and does not trust \
                 DigitalEx; it is left alone",
            ),
            Self::AdoptionRefused => out.write_str(
                "the role was made by hand: it trusts DigitalEx but carries no tag of ours",
            ),
            Self::PathConflict { wanted, found } => {
                write!(
                    out,
                    "the role stands at path {found}, not {wanted}, and a path cannot be changed"
                )
            }
            Self::UndeclaredBoundary { found } => write!(
                out,
                "the role carries a permissions boundary that the configuration does not declare: {found}",
            ),
        }
    }
}
