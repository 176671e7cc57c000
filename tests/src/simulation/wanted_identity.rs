//! The role or user of one account as it should be, and in what the one that is there agrees with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use digitalex_core::{AccountId, DesiredBoundary, DesiredForm, DesiredIdentity};
use serde_json::Value;

use super::found::Found;
use super::normal_text::normal_text;
use crate::memory_key_sink::MemoryKeySink;

/// What of a role or user is compared.
pub const ASPECTS: [&str; 9] =
    ["path", "description", "session", "trust", "inline", "managed", "boundary", "tags", "keys"];

/// The role or user of one account as it should be.
pub struct WantedIdentity {
    pub(super) path: String,
    role: Option<WantedRole>,
    pub(super) inline: BTreeMap<String, Arc<Value>>,
    pub(super) managed: BTreeSet<String>,
    pub(super) boundary: DesiredBoundary,
    tags: BTreeMap<String, String>,
}

/// What only a role has.
struct WantedRole {
    description: String,
    max_session_duration_s: u32,
    trust: Arc<Value>,
}

impl WantedIdentity {
    /// Without how it is written.
    pub(super) fn of(desired: &DesiredIdentity) -> Self {
        let inline = desired.inline.iter();
        let role = match &desired.form {
            DesiredForm::Role { description, max_session_duration, trust } => Some(WantedRole {
                description: description.to_string(),
                max_session_duration_s: max_session_duration.seconds(),
                trust: normal_text(&trust.to_json()),
            }),
            DesiredForm::User { .. } => None,
        };
        Self {
            path: desired.path.to_string(),
            role,
            inline: inline
                .map(|(name, it)| (name.to_string(), normal_text(&it.to_json())))
                .collect(),
            managed: desired.managed.iter().map(ToString::to_string).collect(),
            boundary: desired.boundary.clone(),
            tags: desired.tags.iter().map(|(key, it)| (key.to_string(), it.to_string())).collect(),
        }
    }

    /// Whether it is a role.
    pub(super) const fn is_role(&self) -> bool {
        self.role.is_some()
    }

    /// In which of [`ASPECTS`] it is as it should be.
    pub(super) fn agreement(
        &self,
        found: &Found<'_>,
        account: AccountId,
        sink: &MemoryKeySink,
    ) -> [bool; ASPECTS.len()] {
        let identity = found.identity;
        let inline: BTreeMap<_, _> =
            identity.inline.iter().map(|(name, it)| (name.clone(), normal_text(it))).collect();
        let both = found.role.zip(self.role.as_ref());
        [
            identity.path == self.path,
            both.is_none_or(|(found, wanted)| {
                found.description.as_deref().unwrap_or_default() == wanted.description
            }),
            both.is_none_or(|(found, wanted)| {
                found.max_session_duration_s == wanted.max_session_duration_s
            }),
            self.has_trust(found),
            inline == self.inline,
            identity.attached == self.managed,
            self.has_boundary(identity.boundary.as_deref()),
            self.tags.iter().all(|(key, value)| identity.tags.get(key) == Some(value)),
            found.has_right_keys(account, sink),
        ]
    }

    /// Whether this is the boundary that it should have.
    #[must_use]
    pub fn has_boundary(&self, found: Option<&str>) -> bool {
        match &self.boundary {
            DesiredBoundary::Required(arn) => found == Some(arn.to_string().as_str()),
            DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => found.is_none(),
        }
    }

    /// Whether a boundary is wanted, and this is not it.
    #[must_use]
    pub fn lacks_boundary(&self, found: Option<&str>) -> bool {
        matches!(self.boundary, DesiredBoundary::Required(_)) && !self.has_boundary(found)
    }

    /// How many policies it has that it should not have.
    #[must_use]
    pub fn extras(&self, found: &Found<'_>) -> usize {
        let identity = found.identity;
        let inline = identity.inline.keys().filter(|name| !self.inline.contains_key(*name));
        let attached = identity.attached.iter().filter(|arn| !self.managed.contains(*arn));
        inline.count() + attached.count()
    }

    /// Whether it trusts whom it should, where it is a role.
    #[must_use]
    pub fn has_trust(&self, found: &Found<'_>) -> bool {
        let both = found.role.zip(self.role.as_ref());
        both.is_none_or(|(found, wanted)| normal_text(&found.trust) == wanted.trust)
    }

    /// Whether it stands where it should.
    #[must_use]
    pub fn is_at_path(&self, found: &Found<'_>) -> bool {
        found.identity.path == self.path
    }

    /// Whether it carries our tag.
    #[must_use]
    pub fn is_tagged(&self, found: &Found<'_>) -> bool {
        let tag = found.identity.tags.get(digitalex_core::OWNERSHIP_TAG_KEY);
        tag.map(String::as_str) == Some(digitalex_core::OWNERSHIP_TAG_VALUE)
    }
}
