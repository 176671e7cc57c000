//! Where the secrets of access keys lie, as the configuration says: to keep them, and to read them back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use digitalex_aws::SecretsManagerSink;
use digitalex_core::AccessKeyId;
use digitalex_engine::{KeyOwner, KeySink, KeySinkError, NoKeySink, StoredKey};
use miette::Report;

use crate::config::KeySinkSettings;
use crate::connection::Connection;
use crate::exit::Failure;
use crate::key_sinks::AgeFolder;

/// A sink that secrets are read back from.
pub(crate) enum KeyVault {
    AgeFolder { folder: AgeFolder, identity: PathBuf },
    SecretsManager(SecretsManagerSink),
}

impl Connection {
    /// Where the secrets of access keys go.
    pub(crate) fn key_sink(&self) -> Arc<dyn KeySink> {
        match &self.settings.key_sink {
            None => Arc::new(NoKeySink),
            Some(KeySinkSettings::AgeFolder { folder, recipients }) => {
                Arc::new(AgeFolder::new(recipients.clone(), folder.clone(), &self.run))
            }
            Some(KeySinkSettings::SecretsManager(options)) => {
                Arc::new(self.aws.secrets_manager_sink(options.clone(), &self.run))
            }
        }
    }
}

impl KeyVault {
    /// The configured one; `identity` is the file that decrypts age files.
    pub(crate) fn open(connection: &Connection, identity: Option<&Path>) -> Result<Self, Report> {
        match (&connection.settings.key_sink, identity) {
            (None, _) => Err(Failure::new(
                "no place for the secrets of access keys is configured",
                "set age_folder or secrets_manager under [access_keys]",
            )
            .into()),
            (Some(KeySinkSettings::AgeFolder { .. }), None) => Err(Failure::new(
                "the secrets lie in age files, and there is nothing to decrypt them with",
                "give the identity file of one of the recipients: --identity FILE",
            )
            .into()),
            (Some(KeySinkSettings::AgeFolder { folder, recipients }), Some(identity)) => {
                let folder = AgeFolder::new(recipients.clone(), folder.clone(), &connection.run);
                Ok(Self::AgeFolder { folder, identity: identity.to_owned() })
            }
            (Some(KeySinkSettings::SecretsManager(options)), _) => {
                let sink = connection.aws.secrets_manager_sink(options.clone(), &connection.run);
                Ok(Self::SecretsManager(sink))
            }
        }
    }

    /// Reads a secret back.
    pub(crate) async fn reveal(
        &self,
        owner: &KeyOwner,
        id: &AccessKeyId,
    ) -> Result<StoredKey, KeySinkError> {
        match self {
            Self::AgeFolder { folder, identity } => folder.reveal(identity, owner, id).await,
            Self::SecretsManager(sink) => sink.reveal(owner, id).await,
        }
    }
}
