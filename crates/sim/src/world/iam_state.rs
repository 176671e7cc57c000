//! What the world holds of IAM, in each account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The IAM of one account. Maps are keyed by names in lower case, since IAM's names are unique
/// ignoring case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Iam {
    /// Roles.
    pub roles: BTreeMap<String, Role>,
    /// Users.
    pub users: BTreeMap<String, User>,
    /// Groups of users.
    pub groups: BTreeMap<String, Group>,
    /// Customer-managed policies.
    pub policies: BTreeMap<String, ManagedPolicy>,
    /// The account alias.
    pub alias: Option<String>,
}

/// What roles and users have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The name, in its own case.
    pub name: String,
    /// The unique id: `AROA…` or `AIDA…`.
    pub id: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// Inline policies: documents by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached managed policies.
    pub attached: BTreeSet<String>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A role. `Debug` leaves the trust policy out, for the external id in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Name, id, path, policies, tags.
    pub identity: Identity,
    /// The trust policy.
    pub trust: String,
    /// The description.
    pub description: Option<String>,
    /// `MaxSessionDuration` in seconds.
    pub max_session_duration_s: u32,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name, id, path, policies, tags.
    pub identity: Identity,
    /// Access keys by id.
    pub keys: BTreeMap<String, AccessKey>,
    /// The password for the console.
    pub login_profile: Option<LoginProfile>,
}

/// That a user has a password. Which one is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProfile {
    /// When it was created.
    pub created: Timestamp,
    /// Whether the user must set another one at the next sign-in.
    pub reset_required: bool,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name, in its own case.
    pub name: String,
    /// `AGPA…`.
    pub id: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// The keys of its users in the account's map.
    pub members: BTreeSet<String>,
    /// ARNs of attached managed policies, which each member has too.
    pub attached: BTreeSet<String>,
}

/// An access key. `Debug` leaves the secret out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The secret access key, which signatures are checked with.
    pub secret: String,
    /// Whether it may be used.
    pub active: bool,
    /// When it was created.
    pub created: Timestamp,
}

/// A customer-managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The name, in its own case.
    pub name: String,
    /// `ANPA…`.
    pub id: String,
    /// The path.
    pub path: String,
    /// The description.
    pub description: Option<String>,
    /// When it was created.
    pub created: Timestamp,
    /// When its default version was last changed.
    pub updated: Timestamp,
    /// Versions by number.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The version in force.
    pub default_version: u32,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// One version of a customer-managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The document.
    pub document: String,
    /// When it was created.
    pub created: Timestamp,
}

impl fmt::Debug for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Role({:?})", self.identity)
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AccessKey(active: {}, created: {})", self.active, self.created)
    }
}

impl Identity {
    /// A new identity without any policy.
    #[must_use]
    pub fn new(name: &str, id: String, path: &str, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            id,
            path: path.to_owned(),
            created,
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            boundary: None,
            tags: BTreeMap::new(),
        }
    }
}

impl ManagedPolicy {
    /// The document in force.
    #[must_use]
    pub fn document(&self) -> &str {
        self.versions.get(&self.default_version).map_or("", |version| &version.document)
    }
}

impl Iam {
    /// Adds a role, in place of one of the same name.
    pub fn insert_role(&mut self, role: Role) {
        self.roles.insert(role.identity.name.to_lowercase(), role);
    }

    /// The role of this name, ignoring case.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&name.to_lowercase())
    }
}
