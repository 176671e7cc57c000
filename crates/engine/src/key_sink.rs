//! Where the secrets of access keys go: the port, and what it takes.

use std::error::Error;

use async_trait::async_trait;
use digitalex_core::{AccessKeyId, AccountId, IdentityName};
use secrecy::SecretString;

/// Takes the secret of each new access key, before anything else is done with the key. AWS shows a
/// secret once: what no sink has taken is lost, and its key is deleted.
#[async_trait]
pub trait KeySink: Send + Sync {
    /// Keeps the secret, durably, before it returns. To keep the same one again changes nothing. The
    /// secrets of the owner's other keys stay as they are.
    async fn keep(&self, owner: &KeyOwner, key: &NewAccessKey) -> Result<(), KeySinkError>;

    /// Makes this kept key the one that is handed out for its owner, where the sink knows such a one.
    async fn promote(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError>;

    /// The key is deleted: its secret opens nothing any more. One that is not there is no error.
    async fn forget(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError>;

    /// Where the secret of this key lies, for people: never the secret.
    fn place(&self, owner: &KeyOwner, id: &AccessKeyId) -> String;
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyOwner {
    /// The account.
    pub account: AccountId,
    /// The IAM user.
    pub user: IdentityName,
}

/// A key just made, with the secret that AWS shows only now. The secret is wiped from memory when this is
/// dropped, and `Debug` does not show it.
#[derive(Debug)]
pub struct NewAccessKey {
    /// Its id, which is no secret.
    pub id: AccessKeyId,
    /// The secret access key.
    pub secret: SecretString,
}

/// The sink where none is configured: it takes nothing, so that no key comes to be.
pub struct NoKeySink;

#[async_trait]
impl KeySink for NoKeySink {
    async fn keep(&self, _: &KeyOwner, _: &NewAccessKey) -> Result<(), KeySinkError> {
        Err(not_configured())
    }

    async fn promote(&self, _: &KeyOwner, _: &AccessKeyId) -> Result<(), KeySinkError> {
        Err(not_configured())
    }

    async fn forget(&self, _: &KeyOwner, _: &AccessKeyId) -> Result<(), KeySinkError> {
        Ok(())
    }

    fn place(&self, _: &KeyOwner, _: &AccessKeyId) -> String {
        "(none)".to_owned()
    }
}

fn not_configured() -> KeySinkError {
    let what = "is not configured: set age_folder or secrets_manager under [access_keys]";
    KeySinkError { place: "(none)".to_owned(), what: what.to_owned(), source: None }
}

/// A sink could not do what was asked. No part of it tells a secret.
#[derive(Debug, thiserror::Error)]
#[error("the key sink {place} {what}")]
pub struct KeySinkError {
    /// Where the secret was to lie.
    pub place: String,
    /// What did not work, and what to do about it, where that is known.
    pub what: String,
    /// Why not.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}
