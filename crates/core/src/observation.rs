//! The role as it was found in one account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Arn, IdentityPath, ManagedPolicyArn, PolicyDocument, PolicyName, TagKey, TagValue};

/// What a look at the role gave. Unreadable is never absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// The role is there, read completely.
    Present(Box<ObservedIdentity>),
    /// IAM said that there is no such role.
    Absent,
    /// It could not be read, or not completely.
    Unreadable(Unreadable),
}

/// Why the role could not be read: a sentence, safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// What happened, naming the operation.
    pub reason: String,
}

/// A role, read completely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedIdentity {
    /// The ARN, as IAM spells it: the name's case and the path are IAM's.
    pub arn: Arn,
    /// The unique id (`AROA…`), which changes when the role is deleted and created again.
    pub role_id: String,
    /// The path.
    pub path: IdentityPath,
    /// The description; empty where there is none.
    pub description: String,
    /// `MaxSessionDuration` in seconds.
    pub max_session_duration_s: u32,
    /// The trust policy.
    pub trust: PolicyDocument,
    /// Inline policies by name.
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// Attached managed policies.
    pub managed: BTreeSet<ManagedPolicyArn>,
    /// The permissions boundary.
    pub boundary: Option<ManagedPolicyArn>,
    /// All tags.
    pub tags: BTreeMap<TagKey, TagValue>,
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

    /// The role, where it is there.
    #[must_use]
    pub fn role(&self) -> Option<&ObservedIdentity> {
        match self {
            Self::Present(role) => Some(role),
            Self::Absent | Self::Unreadable(_) => None,
        }
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
