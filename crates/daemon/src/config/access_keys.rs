//! Access keys: how they are kept, and where their secrets go.

use std::path::PathBuf;

use digitalex_aws::{SecretPrefix, SecretsManagerOptions};
use digitalex_core::{IdentityKind, KeyOrder, KeySpec};
use digitalex_engine::ScopeSpec;

use super::error::ConfigError;
use super::raw_access_keys::{RawAccessKeys, RawSecretsManager};
use super::resolve::set;
use crate::key_sinks::Recipients;

/// Where the secrets of access keys go.
#[derive(Debug, Clone)]
pub enum KeySinkSettings {
    /// Into files of a folder, encrypted to age recipients.
    AgeFolder {
        /// The folder.
        folder: PathBuf,
        /// The recipients.
        recipients: Recipients,
    },
    /// Into AWS Secrets Manager.
    SecretsManager(SecretsManagerOptions),
}

pub(super) fn key_spec(raw: &RawAccessKeys) -> Result<KeySpec, ConfigError> {
    Ok(KeySpec {
        orphan_age: set(raw.orphan_age, "access_keys.orphan_age")?.get(),
        max_age: raw.max_age.map(|age| age.get()),
        delete_after: set(raw.delete_after, "access_keys.delete_after")?.get(),
        order: KeyOrder::Keep,
    })
}

/// The sink; none where none is configured.
pub(super) fn key_sink(raw: &RawAccessKeys) -> Result<Option<KeySinkSettings>, ConfigError> {
    match (&raw.age_folder, &raw.secrets_manager) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(ConfigError::TwoKeySinks),
        (Some(folder), None) => match raw.age_recipients.as_deref() {
            None | Some([]) => Err(ConfigError::Missing("access_keys.age_recipients")),
            Some(recipients) => Ok(Some(KeySinkSettings::AgeFolder {
                folder: folder.clone(),
                recipients: Recipients::parse(recipients)?,
            })),
        },
        (None, Some(raw)) => secrets_manager(raw.clone()).map(Some),
    }
}

fn secrets_manager(raw: RawSecretsManager) -> Result<KeySinkSettings, ConfigError> {
    let prefix = raw.prefix.as_deref().map(str::parse::<SecretPrefix>).transpose()?;
    Ok(KeySinkSettings::SecretsManager(SecretsManagerOptions {
        prefix: prefix.unwrap_or_default(),
        kms_key_id: raw.kms_key_id,
        region: raw.region,
        role_arn: raw.role.map(|role| role.as_str().to_owned()),
    }))
}

/// Whether some accounts are to have a user with an access key, so that there must be a sink.
pub(super) fn asks_for_keys(scope: &ScopeSpec) -> bool {
    let overridden = scope.overrides.iter().any(|(_, it)| it.kind == Some(IdentityKind::User));
    scope.settings.identity.kind == IdentityKind::User || overridden
}
