//! Who is given the secrets of access keys: an age identity.

use std::fs;
use std::path::Path;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use anyhow::{Context, Result};
use serde_json::Value;

/// An age identity, for which the product encrypts secrets.
pub struct KeyHolder(Identity);

impl Default for KeyHolder {
    fn default() -> Self {
        Self(Identity::generate())
    }
}

impl KeyHolder {
    /// The configuration of access keys whose secrets go into this folder.
    #[must_use]
    pub fn configuration(&self, folder: &str) -> String {
        let recipient = self.0.to_public();
        format!(
            "auth = \"access_key\"\n\n[access_keys]\nage_folder = \"{folder}\"\nage_recipients = \
             [\"{recipient}\"]\n"
        )
    }

    /// Writes the identity file, as `age-keygen` does.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_identity(&self, path: &Path) -> Result<()> {
        let (public, identity) = (self.0.to_public(), self.0.to_string());
        let text = format!("# public key: {public}\n{}\n", identity.expose_secret());
        fs::write(path, text).context("the identity file cannot be written")
    }

    /// What the files of a folder hold, in the order of their names.
    ///
    /// # Errors
    /// One is not for this identity.
    pub fn read(&self, folder: &Path) -> Result<Vec<Value>> {
        let mut files =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        files.sort();
        let read = |file: &std::path::PathBuf| {
            let text = age::decrypt(&self.0, &fs::read(file)?);
            let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
            Ok(serde_json::from_slice(&text)?)
        };
        files.iter().map(read).collect()
    }
}
