//! A key sink over Secrets Manager: one secret for each user, one version for each of its keys.

use async_trait::async_trait;
use digitalex_core::AccessKeyId;
use digitalex_engine::{
    CallError, CallErrorKind, KeyOwner, KeySink, KeySinkError, NewAccessKey, StoredKey,
};
use sha2::{Digest, Sha256};

use super::calls::{CURRENT, PENDING, SecretCalls, Version};
use super::options::SecretsManagerOptions;

/// Keeps each new key as the pending version of its user's secret, and makes it the current one when it
/// is promoted. The first key of a user is current at once. It deletes no secret.
pub struct SecretsManagerSink {
    calls: SecretCalls,
    region: String,
    options: SecretsManagerOptions,
}

impl SecretsManagerSink {
    pub(crate) fn new(calls: SecretCalls, region: String, options: SecretsManagerOptions) -> Self {
        Self { calls, region, options }
    }

    /// Reads a kept key back.
    ///
    /// # Errors
    /// It is not there, may not be read, or is something else.
    pub async fn reveal(
        &self,
        owner: &KeyOwner,
        id: &AccessKeyId,
    ) -> Result<StoredKey, KeySinkError> {
        let (secret, version) = (self.name(owner), version_id(id));
        let text = self.calls.get(Version { secret: &secret, id: &version }).await;
        let text = text.map_err(|error| self.failed(owner, error))?;
        StoredKey::parse(text.as_bytes(), owner, id).map_err(|error| KeySinkError {
            place: self.place_of(owner),
            what: format!("holds something else in version {version}: look at who wrote it"),
            source: Some(error.into()),
        })
    }

    /// `<prefix><account>/<user>`. A comma, which the name of a user may hold and that of a secret may
    /// not, becomes a slash, which the name of a user does not hold.
    fn name(&self, owner: &KeyOwner) -> String {
        let user = owner.user.as_str().replace(',', "/");
        format!("{}{}/{user}", self.options.prefix, owner.account)
    }

    fn place_of(&self, owner: &KeyOwner) -> String {
        format!("secretsmanager:{}:{}", self.region, self.name(owner))
    }

    async fn try_keep(&self, version: Version<'_>, text: &str) -> Result<(), CallError> {
        match self.calls.put(version, text).await {
            Err(error) if error.kind == CallErrorKind::NotFound => {}
            result => return result,
        }
        let kms_key_id = self.options.kms_key_id.as_deref();
        match self.calls.create(version, text, kms_key_id).await {
            // It came to be in between, maybe by an attempt whose answer was lost.
            Err(error) if error.kind == CallErrorKind::AlreadyExists => {
                self.calls.put(version, text).await
            }
            result => result,
        }
    }

    async fn try_promote(&self, Version { secret, id }: Version<'_>) -> Result<(), CallError> {
        let stages = self.calls.stages(secret).await?;
        let current = stages.holder(CURRENT);
        if current == Some(id) {
            return Ok(());
        }
        let moved = self.calls.move_stage(secret, CURRENT, current, Some(id)).await;
        let Err(error) = moved else { return Ok(()) };
        // Where an answer was lost, the next attempt is refused for the stage is not there any more.
        match self.calls.stages(secret).await {
            Ok(stages) if stages.holder(CURRENT) == Some(id) => Ok(()),
            _ => Err(error),
        }
    }

    async fn try_forget(&self, Version { secret, id }: Version<'_>) -> Result<(), CallError> {
        match self.calls.stages(secret).await {
            Ok(stages) if stages.holder(PENDING) == Some(id) => {
                self.calls.move_stage(secret, PENDING, Some(id), None).await
            }
            Err(error) if error.kind != CallErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn failed(&self, owner: &KeyOwner, error: CallError) -> KeySinkError {
        let next_step = self.next_step(owner, &error);
        let what = format!("did not do what was asked ({}): {next_step}", error.operation);
        KeySinkError { place: self.place_of(owner), what, source: Some(error.into()) }
    }

    fn next_step(&self, owner: &KeyOwner, error: &CallError) -> String {
        let name = self.name(owner);
        match (&error.kind, error.operation) {
            (CallErrorKind::Denied(_), "AssumeRole") => {
                let role = self.options.role_arn.as_deref().unwrap_or_default();
                format!("let {role} be assumed by whom the program runs as")
            }
            (CallErrorKind::Denied(_), operation) => {
                format!("allow secretsmanager:{operation} on it, and the use of its KMS key")
            }
            (CallErrorKind::InvalidRequest, _) => format!(
                "where it is scheduled for deletion, run `aws secretsmanager restore-secret \
                 --region {} --secret-id {name}`",
                self.region
            ),
            (CallErrorKind::NotFound, _) => {
                "the key was not kept there, or was deleted since: have a new one made".to_owned()
            }
            (CallErrorKind::AlreadyExists, _) => {
                "its version of this key holds something else: look at who wrote it".to_owned()
            }
            _ => "see to the cause, and try again".to_owned(),
        }
    }
}

#[async_trait]
impl KeySink for SecretsManagerSink {
    async fn keep(&self, owner: &KeyOwner, key: &NewAccessKey) -> Result<(), KeySinkError> {
        let text = StoredKey::to_json(owner, key).map_err(|error| KeySinkError {
            place: self.place_of(owner),
            what: "cannot be given this key: have a new one made".to_owned(),
            source: Some(error.into()),
        })?;
        let (secret, id) = (self.name(owner), version_id(&key.id));
        let kept = self.try_keep(Version { secret: &secret, id: &id }, &text).await;
        kept.map_err(|error| self.failed(owner, error))
    }

    async fn promote(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError> {
        let (secret, id) = (self.name(owner), version_id(id));
        let promoted = self.try_promote(Version { secret: &secret, id: &id }).await;
        promoted.map_err(|error| self.failed(owner, error))
    }

    async fn forget(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError> {
        let (secret, id) = (self.name(owner), version_id(id));
        let forgotten = self.try_forget(Version { secret: &secret, id: &id }).await;
        forgotten.map_err(|error| self.failed(owner, error))
    }

    fn place(&self, owner: &KeyOwner, _: &AccessKeyId) -> String {
        self.place_of(owner)
    }
}

/// The version of a key: a UUID made of the key's id, so that it is known without asking, and what is
/// written twice is one version.
fn version_id(id: &AccessKeyId) -> String {
    let hash = Sha256::digest(id.as_str());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_should_be_a_uuid_that_is_known_from_the_key_alone() {
        let id = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        // The first half of `printf AKIAIOSFODNN7EXAMPLE | sha256sum`.
        assert_eq!(version_id(&id), "1a5d44a2-dca1-9669-d72e-df4c4f1c27c4");
    }
}
