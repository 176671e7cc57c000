//! Whose role or user is it?

use serde::Serialize;

use crate::planted::{PlantedBug, is_planted};
use crate::{DIGITALEX_ACCOUNT, ObservedIdentity, PolicyDocument, TrustedPrincipal};

/// The key of the tag that marks a role or user as this product's.
pub const OWNERSHIP_TAG_KEY: &str = "digitalex:managed-by";
/// The value of the tag that marks a role or user as this product's.
pub const OWNERSHIP_TAG_VALUE: &str = "digitalex-rollout";

/// Whose role or user it is, from itself alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// It carries our tag.
    Ours,
    /// It carries no tag of ours, but trusts DigitalEx: made by hand or by another tool.
    HandMade,
    /// Someone else's that happens to have the name. A user has no trust policy to tell by: one without our
    /// tag is foreign.
    Foreign,
}

impl Ownership {
    /// Whose it is.
    #[must_use]
    pub fn of(found: &ObservedIdentity) -> Self {
        let tagged = found.tags.iter().any(|(key, value)| {
            key.as_str() == OWNERSHIP_TAG_KEY && value.as_str() == OWNERSHIP_TAG_VALUE
        });
        if tagged || is_planted(PlantedBug::SkipOwnershipCheck) {
            Self::Ours
        } else if trusts_digitalex(found) {
            Self::HandMade
        } else {
            Self::Foreign
        }
    }
}

fn trusts_digitalex(found: &ObservedIdentity) -> bool {
    let grants = found.trust().map(PolicyDocument::trust_grants).unwrap_or_default();
    grants.iter().any(|grant| {
        grant.assume_role && grant.principal == TrustedPrincipal::Account(DIGITALEX_ACCOUNT)
    })
}
