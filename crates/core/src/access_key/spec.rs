//! What the configuration, or a person, says of access keys.

use std::time::Duration;

use super::{DesiredKeys, KeyTimes};

/// What the configuration, or a person, says of the access keys of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySpec {
    /// A key that nobody recorded is an orphan from this age on.
    pub orphan_age: Duration,
    /// A key is replaced at this age; never where unset.
    pub max_age: Option<Duration>,
    /// A key that was taken over from is deleted once it was not used for so long.
    pub delete_after: Duration,
    /// What a person asks for beside.
    pub order: KeyOrder,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyOrder {
    /// Nothing: one key, kept right.
    #[default]
    Keep,
    /// Keys are replaced, but for those that have just taken over: a rotation is begun, or taken one step
    /// further.
    Rotate,
    /// Keys made before this moment, in seconds of Unix time, are replaced.
    Replace {
        /// The moment.
        made_before_s: i64,
    },
    /// The next keys are in use: the person vouches for it.
    Confirm,
    /// The user is given up: no key works.
    Deactivate,
    /// The user is given up: there is no key.
    Delete,
}

impl Default for KeySpec {
    /// As in the default configuration.
    fn default() -> Self {
        Self {
            orphan_age: Duration::from_secs(10 * 60),
            max_age: None,
            delete_after: Duration::from_secs(7 * 24 * 60 * 60),
            order: KeyOrder::Keep,
        }
    }
}

impl KeySpec {
    /// The keys that a user should have at the moment `now_s`, in seconds of Unix time.
    pub(crate) fn at(&self, now_s: i64) -> DesiredKeys {
        let ago = |age: Duration| now_s.saturating_sub_unsigned(age.as_secs());
        let too_old = self.max_age.map(ago);
        let replaced = match self.order {
            KeyOrder::Replace { made_before_s } => too_old.max(Some(made_before_s)),
            KeyOrder::Keep | KeyOrder::Rotate => too_old,
            // Nobody can vouch for a key that is made only now.
            KeyOrder::Confirm => None,
            KeyOrder::Deactivate => return DesiredKeys::Deactivated,
            KeyOrder::Delete => return DesiredKeys::Deleted,
        };
        DesiredKeys::One(KeyTimes {
            orphaned_before_s: ago(self.orphan_age),
            replaced_before_s: replaced,
            is_rotated: self.order == KeyOrder::Rotate,
            deleted_before_s: ago(self.delete_after),
            next_is_proved: self.order == KeyOrder::Confirm,
        })
    }
}
