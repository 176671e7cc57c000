//! What is left for a person to decide.

use std::fmt;

use serde::Serialize;

use crate::{
    AccessKeyId, IdentityPath, KEYS_TAG_KEY, ManagedPolicyArn, OWNERSHIP_TAG_KEY,
    OWNERSHIP_TAG_VALUE,
};

/// Why something was not planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Hold {
    /// The role carries no tag of ours and does not trust DigitalEx.
    ForeignRole,
    /// The user carries no tag of ours.
    ForeignUser,
    /// The role was made by hand, and adoption is not allowed.
    AdoptionRefused,
    /// It stands at another path; only deleting it could change that, and would break every
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
    /// Nobody recorded an access key, and it is so young that somebody may be about to.
    YoungAccessKey {
        /// The key.
        id: AccessKeyId,
    },
    /// Nobody recorded an access key, but somebody uses it, and no other one works.
    UnrecordedKeyInUse {
        /// The key.
        id: AccessKeyId,
    },
    /// Somebody deactivated the recorded access key.
    AccessKeyDeactivated {
        /// The key.
        id: AccessKeyId,
    },
    /// Nothing proves yet that the next access key is in use.
    RotationUnproved {
        /// The next key.
        next: AccessKeyId,
    },
}

impl Hold {
    /// The next step for a person.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::ForeignRole => "choose another role_name for this account".to_owned(),
            Self::ForeignUser => format!(
                "choose another user_name for this account, or tag the user \
                 {OWNERSHIP_TAG_KEY} = {OWNERSHIP_TAG_VALUE} to hand it over"
            ),
            Self::AdoptionRefused => "set adopt = true to take it over".to_owned(),
            Self::PathConflict { found, .. } => {
                format!("set path = \"{found}\" for this account, or delete it yourself")
            }
            Self::UndeclaredBoundary { found } => format!(
                "set permissions_boundary to {found} to keep it, or to \"none\" to remove it"
            ),
            Self::YoungAccessKey { .. } => {
                "run again later: a key that is still not recorded then is deleted".to_owned()
            }
            Self::UnrecordedKeyInUse { id } => format!(
                "to keep it, tag the user {KEYS_TAG_KEY} = \"current={id}\"; else delete it, and a new \
                 one is made"
            ),
            Self::AccessKeyDeactivated { id } => {
                format!("activate {id} again, or delete it: then a new one is made")
            }
            Self::RotationUnproved { next } => format!(
                "give {next} to DigitalEx (`keys export --reveal`); its use there is the proof, or \
                 your word: `keys rotate --confirm`"
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
            Self::ForeignUser => out.write_str(
                "a user of this name is there that carries no tag of ours; it is left alone",
            ),
            Self::AdoptionRefused => out.write_str(
                "the role was made by hand: it trusts DigitalEx but carries no tag of ours",
            ),
            Self::PathConflict { wanted, found } => {
                write!(out, "it stands at path {found}, not {wanted}, and a path is not changed")
            }
            Self::UndeclaredBoundary { found } => write!(
                out,
                "the role carries a permissions boundary that the configuration does not declare: {found}",
            ),
            Self::YoungAccessKey { id } => {
                write!(out, "access key {id} was made a moment ago, and nobody recorded it yet")
            }
            Self::UnrecordedKeyInUse { id } => {
                write!(out, "access key {id} is in use, but not recorded, and no other key works")
            }
            Self::AccessKeyDeactivated { id } => {
                write!(out, "somebody deactivated the recorded access key {id}")
            }
            Self::RotationUnproved { next } => write!(
                out,
                "access key {next} is to take over, and nothing proves yet that it is in use"
            ),
        }
    }
}
