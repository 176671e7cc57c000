//! The role or user as it was found in one account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    AccessKeyId, Arn, IdentityPath, KeyRecord, ManagedPolicyArn, ObservedAccessKey, PolicyDocument,
    PolicyName, TagKey, TagValue,
};

/// What a look at the role or user gave. Unreadable is never absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// It is there, read completely.
    Present(Box<ObservedIdentity>),
    /// IAM said that there is none of its name.
    Absent,
    /// It could not be read, or not completely.
    Unreadable(Unreadable),
}

/// Why it could not be read: a sentence, safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// What happened, naming the operation.
    pub reason: String,
}

/// A role or a user, read completely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedIdentity {
    /// The ARN, as IAM spells it: the name's case and the path are IAM's.
    pub arn: Arn,
    /// The unique id (`AROA…`, `AIDA…`), which changes when it is deleted and created again.
    pub unique_id: String,
    /// The path.
    pub path: IdentityPath,
    /// Inline policies by name.
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// Attached managed policies.
    pub managed: BTreeSet<ManagedPolicyArn>,
    /// The permissions boundary.
    pub boundary: Option<ManagedPolicyArn>,
    /// All tags.
    pub tags: BTreeMap<TagKey, TagValue>,
    /// What only roles, or only users, have.
    #[serde(flatten)]
    pub form: ObservedForm,
}

/// What only roles, or only users, have, as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ObservedForm {
    /// A role.
    Role {
        /// The description; empty where there is none.
        description: String,
        /// `MaxSessionDuration` in seconds.
        max_session_duration_s: u32,
        /// The trust policy.
        trust: PolicyDocument,
    },
    /// A user.
    User {
        /// Its access keys.
        keys: Vec<ObservedAccessKey>,
        /// Whether it has a login profile: a password for the console.
        login_profile: bool,
        /// The groups that it is a member of, by name.
        groups: BTreeSet<String>,
    },
}

/// A digest of an observation: equal fingerprints, equal observations.
///
/// External ids are hidden before the digest is taken, so that it gives nothing away.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(String);

impl Observation {
    /// The digest of what was seen.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(digest_of(self))
    }

    /// The role or user, where it is there.
    #[must_use]
    pub fn identity(&self) -> Option<&ObservedIdentity> {
        match self {
            Self::Present(found) => Some(found),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }
}

impl ObservedIdentity {
    /// The trust policy, where it is a role.
    #[must_use]
    pub fn trust(&self) -> Option<&PolicyDocument> {
        match &self.form {
            ObservedForm::Role { trust, .. } => Some(trust),
            ObservedForm::User { .. } => None,
        }
    }

    /// The id of the recorded access key, where it is a user that has it.
    #[must_use]
    pub fn access_key(&self) -> Option<AccessKeyId> {
        let ObservedForm::User { keys, .. } = &self.form else { return None };
        let KeyRecord { current, .. } = KeyRecord::of(&self.tags)?;
        keys.iter().any(|key| key.id == current).then_some(current)
    }
}

/// The first 128 bits of the SHA-256 of `value` as JSON, in hexadecimal.
pub(crate) fn digest_of(value: &impl Serialize) -> String {
    // Serialisation of the types of this crate cannot fail: their map keys are all strings.
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
