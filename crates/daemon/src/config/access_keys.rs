//! Access keys: how they are kept, and where their secrets go.

use std::path::PathBuf;

use digitalex_core::{IdentityKind, KeyOrder, KeySpec};
use digitalex_engine::ScopeSpec;

use super::error::ConfigError;
use super::raw_access_keys::{RawAccessKeys, RawSecretsManager};
use super::resolve::set;

/// Where the secrets of access keys go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySinkSettings {
    /// Into files of a folder, encrypted to age recipients.
    AgeFolder {
        /// The folder.
        folder: PathBuf,
        /// The recipients.
        recipients: Vec<String>,
    },
    /// Into AWS Secrets Manager.
    SecretsManager {
        /// What the secrets' names begin with.
        prefix: String,
        /// The Region; that of the environment where unset.
        region: Option<String>,
        /// The ARN of a role to assume for it.
        role: Option<String>,
        /// The KMS key of new secrets.
        kms_key_id: Option<String>,
    },
}

/// What secrets' names begin with, where nothing else is said.
const SECRET_NAME_PREFIX: &str = "digitalex/";

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
                recipients: recipients.to_vec(),
            })),
        },
        (None, Some(raw)) => Ok(Some(secrets_manager(raw.clone()))),
    }
}

fn secrets_manager(raw: RawSecretsManager) -> KeySinkSettings {
    KeySinkSettings::SecretsManager {
        prefix: raw.prefix.unwrap_or_else(|| SECRET_NAME_PREFIX.to_owned()),
        region: raw.region,
        role: raw.role.map(|role| role.as_str().to_owned()),
        kms_key_id: raw.kms_key_id,
    }
}

/// Whether some accounts are to have a user with an access key, so that there must be a sink.
pub(super) fn asks_for_keys(scope: &ScopeSpec) -> bool {
    let overridden = scope.overrides.iter().any(|(_, it)| it.kind == Some(IdentityKind::User));
    scope.settings.identity.kind == IdentityKind::User || overridden
}
