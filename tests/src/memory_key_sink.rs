//! A key sink in memory, which can be told to fail.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use digitalex_core::AccessKeyId;
use digitalex_engine::{KeyOwner, KeySink, KeySinkError, NewAccessKey};
use secrecy::{ExposeSecret, SecretString};

/// What a sink was given.
#[derive(Debug, Default)]
pub struct MemoryKeySink(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    secrets: BTreeMap<(KeyOwner, AccessKeyId), SecretString>,
    handed_out: BTreeMap<KeyOwner, AccessKeyId>,
    fails: bool,
    panics: bool,
}

impl MemoryKeySink {
    /// From now on it takes nothing, or takes all again.
    pub fn fail(&self, fails: bool) {
        self.kept().fails = fails;
    }

    /// From now on it panics while it holds a secret, and tells all that it was given.
    pub fn panic(&self) {
        self.kept().panics = true;
    }

    /// Puts a key there, and hands it out.
    pub fn put(&self, owner: &KeyOwner, key: &NewAccessKey) {
        let mut kept = self.kept();
        kept.secrets.insert((owner.clone(), key.id.clone()), key.secret.clone());
        kept.handed_out.insert(owner.clone(), key.id.clone());
    }

    /// The secret of this key.
    #[must_use]
    pub fn secret(&self, owner: &KeyOwner, id: &AccessKeyId) -> Option<String> {
        let key = (owner.clone(), id.clone());
        self.kept().secrets.get(&key).map(|secret| secret.expose_secret().to_owned())
    }

    /// The key that is handed out for its owner.
    #[must_use]
    pub fn handed_out(&self, owner: &KeyOwner) -> Option<AccessKeyId> {
        self.kept().handed_out.get(owner).cloned()
    }

    /// How many secrets it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept().secrets.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ready(&self) -> Result<MutexGuard<'_, Kept>, KeySinkError> {
        let kept = self.kept();
        if kept.fails {
            let (place, what) = ("memory".to_owned(), "is told to fail".to_owned());
            return Err(KeySinkError { place, what, source: None });
        }
        Ok(kept)
    }
}

#[async_trait]
impl KeySink for MemoryKeySink {
    async fn keep(&self, owner: &KeyOwner, key: &NewAccessKey) -> Result<(), KeySinkError> {
        let mut kept = self.ready()?;
        assert!(!kept.panics, "cannot keep {key:?} of {owner:?}");
        kept.secrets.insert((owner.clone(), key.id.clone()), key.secret.clone());
        Ok(())
    }

    async fn promote(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError> {
        self.ready()?.handed_out.insert(owner.clone(), id.clone());
        Ok(())
    }

    async fn forget(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError> {
        self.ready()?.secrets.remove(&(owner.clone(), id.clone()));
        Ok(())
    }

    fn place(&self, owner: &KeyOwner, id: &AccessKeyId) -> String {
        format!("memory of {} {id}", owner.account)
    }
}
