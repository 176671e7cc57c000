//! Whose role is it?

use serde::Serialize;

use crate::planted::{PlantedBug, is_planted};
use crate::{DIGITALEX_ACCOUNT, ObservedIdentity, TrustedPrincipal};

/// The key of the tag that marks a role as this product's.
pub const OWNERSHIP_TAG_KEY: &str = "digitalex:managed-by";
/// The value of the tag that marks a role as this product's.
pub const OWNERSHIP_TAG_VALUE: &str = "digitalex-rollout";

/// Whose role it is, from the role alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// It carries our tag.
    Ours,
    /// It carries no tag of ours, but trusts DigitalEx: made by hand or by another tool.
    HandMade,
    /// Someone else's role that happens to have the name.
    Foreign,
}

impl Ownership {
    /// Whose the role is.
    #[must_use]
    pub fn of(role: &ObservedIdentity) -> Self {
        let tagged = role.tags.iter().any(|(key, value)| {
            key.as_str() == OWNERSHIP_TAG_KEY && value.as_str() == OWNERSHIP_TAG_VALUE
        });
        if tagged || is_planted(PlantedBug::SkipOwnershipCheck) {
            Self::Ours
        } else if trusts_digitalex(role) {
            Self::HandMade
        } else {
            Self::Foreign
        }
    }
}

fn trusts_digitalex(role: &ObservedIdentity) -> bool {
    role.trust.trust_grants().iter().any(|grant| {
        grant.assume_role && grant.principal == TrustedPrincipal::Account(DIGITALEX_ACCOUNT)
    })
}
