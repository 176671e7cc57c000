//! The access keys' part of the configuration as it is spelled.

use std::path::{Path, PathBuf};

use digitalex_core::IdentityKind;
use schemars::JsonSchema;
use serde::Deserialize;

use super::raw::replace;
use super::service_values::LengthOfTime;
use super::values::RoleArn;

/// What DigitalEx comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Auth {
    /// A role, which DigitalEx assumes.
    Role,
    /// A user, whose access key DigitalEx is given.
    AccessKey,
}

/// The access keys of users, and where their secrets go.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawAccessKeys {
    /// The folder of the files that secrets are written to, encrypted.
    pub age_folder: Option<PathBuf>,
    /// The age recipients that can decrypt them.
    pub age_recipients: Option<Vec<String>>,
    /// Secrets Manager in place of files.
    pub secrets_manager: Option<RawSecretsManager>,
    /// From which age on a key that nobody recorded is deleted.
    pub orphan_age: Option<LengthOfTime>,
    /// From which age on a key is replaced.
    pub max_age: Option<LengthOfTime>,
    /// How long a key that was replaced must not have been used before it is deleted.
    pub delete_after: Option<LengthOfTime>,
}

/// Secrets Manager.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawSecretsManager {
    /// What the secrets' names begin with.
    pub prefix: Option<String>,
    /// The Region; that of the environment where unset.
    pub region: Option<String>,
    /// A role to assume for it, in any account; the caller's own credentials where unset.
    #[schemars(with = "Option<String>")]
    pub role: Option<RoleArn>,
    /// The KMS key of new secrets; that of Secrets Manager where unset.
    pub kms_key_id: Option<String>,
}

impl Auth {
    pub(crate) const fn kind(self) -> IdentityKind {
        match self {
            Self::Role => IdentityKind::Role,
            Self::AccessKey => IdentityKind::User,
        }
    }
}

impl RawAccessKeys {
    /// A layer that names one sink replaces the other one.
    pub(super) fn overlay(&mut self, over: Self) {
        if over.age_folder.is_some() {
            self.secrets_manager = None;
        }
        if over.secrets_manager.is_some() {
            self.age_folder = None;
        }
        replace(&mut self.age_folder, over.age_folder);
        replace(&mut self.age_recipients, over.age_recipients);
        replace(&mut self.secrets_manager, over.secrets_manager);
        replace(&mut self.orphan_age, over.orphan_age);
        replace(&mut self.max_age, over.max_age);
        replace(&mut self.delete_after, over.delete_after);
    }

    pub(super) fn anchor(&mut self, folder: &Path) {
        if let Some(path) = &mut self.age_folder {
            *path = folder.join(&*path);
        }
    }
}
