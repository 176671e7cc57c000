//! How a sink writes a key down: one JSON object, the same in every sink.

use std::mem;

use digitalex_core::{AccessKeyId, AccountId, IdentityName};
use secrecy::{ExposeSecret, SecretString};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::{KeyOwner, NewAccessKey};

/// A key that was read back from a sink. `Debug` does not show the secret.
#[derive(Debug)]
pub struct StoredKey {
    /// Whose it is.
    pub owner: KeyOwner,
    /// The key.
    pub key: NewAccessKey,
}

/// What was read back is not the key that was asked for. It quotes nothing of what was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredKeyError {
    /// It is no key that was written by this program.
    #[error("it is not a key as this program writes it (line {line}, column {column})")]
    Unreadable {
        /// The line where it ceases to be one.
        line: usize,
        /// The column there.
        column: usize,
    },
    /// It is another key.
    #[error("it is the key {id} of {} in account {}", owner.user, owner.account)]
    Another {
        /// Whose it is.
        owner: KeyOwner,
        /// Its id.
        id: AccessKeyId,
    },
}

/// Room for all but the secret, so that the text is never moved, which would leave a copy behind.
const LENGTH_MAX: usize = 512;
/// The most that JSON makes of one byte.
const ESCAPED_MAX: usize = 6;

#[derive(Serialize)]
struct Written<'a> {
    account_id: AccountId,
    user_name: &'a IdentityName,
    access_key_id: &'a AccessKeyId,
    secret_access_key: &'a str,
}

#[derive(Deserialize)]
struct Read {
    account_id: AccountId,
    user_name: IdentityName,
    access_key_id: AccessKeyId,
    #[serde(deserialize_with = "secret")]
    secret_access_key: SecretString,
}

impl StoredKey {
    /// What is written down of a key: the same text whenever it is the same key.
    ///
    /// # Errors
    /// It cannot be put as JSON, which does not happen to what AWS makes.
    pub fn to_json(
        owner: &KeyOwner,
        key: &NewAccessKey,
    ) -> Result<Zeroizing<String>, serde_json::Error> {
        let secret = key.secret.expose_secret();
        let length = LENGTH_MAX + ESCAPED_MAX * secret.len();
        let mut json = Zeroizing::new(Vec::with_capacity(length));
        let written = Written {
            account_id: owner.account,
            user_name: &owner.user,
            access_key_id: &key.id,
            secret_access_key: secret,
        };
        serde_json::to_writer_pretty(&mut *json, &written)?;
        let text = String::from_utf8(mem::take(&mut *json));
        text.map(Zeroizing::new).map_err(|_| serde_json::Error::custom("it is not UTF-8"))
    }

    /// Reads back what [`StoredKey::to_json`] made of this key.
    ///
    /// # Errors
    /// It is not that, or another key.
    pub fn parse(json: &[u8], owner: &KeyOwner, id: &AccessKeyId) -> Result<Self, StoredKeyError> {
        // Not the error itself: it may quote the secret.
        let read: Read = serde_json::from_slice(json).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            StoredKeyError::Unreadable { line, column }
        })?;
        let found = KeyOwner { account: read.account_id, user: read.user_name };
        if found != *owner || read.access_key_id != *id {
            return Err(StoredKeyError::Another { owner: found, id: read.access_key_id });
        }
        let key = NewAccessKey { id: read.access_key_id, secret: read.secret_access_key };
        Ok(Self { owner: found, key })
    }
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
    String::deserialize(from).map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn owner() -> KeyOwner {
        let user = IdentityName::new("digitalex-finops").unwrap();
        KeyOwner { account: "111122223333".parse().unwrap(), user }
    }

    fn key(id: &str, secret: &str) -> NewAccessKey {
        NewAccessKey { id: id.parse().unwrap(), secret: secret.into() }
    }

    #[test]
    fn key_should_be_written_as_these_members_and_read_back() {
        let key = key("AKIAIOSFODNN7EXAMPLE", SECRET);
        let json = StoredKey::to_json(&owner(), &key).unwrap();
        let expected = format!(
            "{{\n  \"account_id\": \"111122223333\",\n  \"user_name\": \"digitalex-finops\",\n  \
             \"access_key_id\": \"AKIAIOSFODNN7EXAMPLE\",\n  \"secret_access_key\": \"{SECRET}\"\n}}"
        );
        assert_eq!(*json, expected);
        let read = StoredKey::parse(json.as_bytes(), &owner(), &key.id).unwrap();
        assert_eq!((read.owner, read.key.id), (owner(), key.id));
        assert_eq!(read.key.secret.expose_secret(), SECRET);
    }

    #[test]
    fn text_should_never_outgrow_the_room_that_is_made_for_it() {
        let worst = "\u{1}".repeat(500);
        let id = "A".repeat(128);
        let user = IdentityName::new(format!("digitalex-{}", "a".repeat(54))).unwrap();
        let owner = KeyOwner { user, ..owner() };
        let json = StoredKey::to_json(&owner, &key(&id, &worst)).unwrap();
        assert!(json.len() <= LENGTH_MAX + ESCAPED_MAX * worst.len());
    }

    #[test]
    fn what_is_not_this_key_should_be_told_without_a_word_of_it() {
        let (owner, key) = (owner(), key("AKIAIOSFODNN7EXAMPLE", SECRET));
        let json = StoredKey::to_json(&owner, &key).unwrap();
        let other = "AKIAIOSFODNN7ANOTHER".parse().unwrap();
        let error = StoredKey::parse(json.as_bytes(), &owner, &other).unwrap_err();
        assert!(error.to_string().contains("the key AKIAIOSFODNN7EXAMPLE"), "{error}");
        for json in [
            format!("\"{SECRET}\""),
            json.replace("secret_access_key", "secret"),
            json[..90].into(),
        ] {
            let error = StoredKey::parse(json.as_bytes(), &owner, &key.id).unwrap_err();
            assert!(matches!(error, StoredKeyError::Unreadable { .. }));
            assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
        }
    }
}
