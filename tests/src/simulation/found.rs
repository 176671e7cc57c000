//! The role or user of an account, as the world has it.

use digitalex_core::{AccessKeyId, AccountId, IdentityKind, IdentityName, KEYS_TAG_KEY};
use digitalex_engine::KeyOwner;
use digitalex_sim::{AccessKey, Account, Identity, Role, User};
use jiff::{SignedDuration, Timestamp};

use super::time::BEGINNING;
use super::wanted::ROLE;
use crate::memory_key_sink::MemoryKeySink;

/// What of the two there is.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// What both have.
    pub identity: &'a Identity,
    /// What only a role has.
    pub role: Option<&'a Role>,
    /// What only a user has.
    pub user: Option<&'a User>,
    /// Whether it is a member of a group.
    in_group: bool,
}

/// A key that was made before is to be replaced, where keys are.
pub fn oldest_key() -> Timestamp {
    BEGINNING - SignedDuration::from_hours(24 * 90)
}

impl<'a> Found<'a> {
    /// The role or user in the account.
    #[must_use]
    pub fn in_account(account: &'a Account, kind: IdentityKind) -> Option<Self> {
        match kind {
            IdentityKind::Role => {
                let role = account.iam.role(ROLE)?;
                Some(Self {
                    identity: &role.identity,
                    role: Some(role),
                    user: None,
                    in_group: false,
                })
            }
            IdentityKind::User => {
                let user = account.iam.users.get(ROLE)?;
                let in_group =
                    account.iam.groups.values().any(|group| group.members.contains(ROLE));
                Some(Self { identity: &user.identity, role: None, user: Some(user), in_group })
            }
        }
    }

    /// The id of the key that the tags name as the current one, or by another word.
    #[must_use]
    pub fn recorded(&self, word: &str) -> Option<&'a str> {
        let record = self.identity.tags.get(KEYS_TAG_KEY)?;
        let mut words = record.split(' ').filter_map(|part| part.split_once('='));
        words.find(|(name, _)| *name == word).map(|(_, id)| id)
    }

    /// The recorded key that works: active, and the sink has its secret.
    #[must_use]
    pub fn working_key(&self, account: AccountId, sink: &MemoryKeySink) -> Option<&'a str> {
        let id = self.recorded("current")?;
        let key = self.key(id)?;
        (key.active && has_secret(sink, account, id, key)).then_some(id)
    }

    /// The key with this id.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&'a AccessKey> {
        self.user?.keys.get(id)
    }

    /// Whether the ways in to a user are as they should be: one key that works and is handed out, and beside
    /// it at most one that it took over from; no password, no group.
    #[must_use]
    pub fn has_right_keys(&self, account: AccountId, sink: &MemoryKeySink) -> bool {
        let Some(user) = self.user else { return true };
        let Some(current) = self.working_key(account, sink) else { return false };
        let previous = self.recorded("previous");
        let is_right = |(id, key): (&String, &AccessKey)| {
            id == current && key.created >= oldest_key()
                || Some(id.as_str()) == previous && !key.active
        };
        let handed_out = sink.handed_out(&owner(account));
        user.keys.iter().all(is_right)
            && user.login_profile.is_none()
            && !self.in_group
            && handed_out.is_some_and(|id| id.as_str() == current)
    }
}

/// Whose keys they are.
///
/// # Panics
/// Never: the name is legal.
#[must_use]
pub fn owner(account: AccountId) -> KeyOwner {
    KeyOwner { account, user: IdentityName::new(ROLE).expect("legal") }
}

/// Whether the sink has the secret of the key.
#[must_use]
pub fn has_secret(sink: &MemoryKeySink, account: AccountId, id: &str, key: &AccessKey) -> bool {
    let Ok(id) = id.parse::<AccessKeyId>() else { return false };
    sink.secret(&owner(account), &id).is_some_and(|secret| secret == key.secret)
}
