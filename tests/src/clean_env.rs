//! Programs started without anything of the user's own.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// Settings that would change what a program under test does: accounts, proxies, logs, places.
const FOREIGN: [&str; 10] = [
    "AWS_",
    "DIGITALEX_",
    "MOTO_",
    "XDG_",
    "PYTHON",
    "RUST_LOG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// An environment without the user's settings, and with an empty home, removed on drop.
#[derive(Debug)]
pub struct CleanEnv {
    home: TempDir,
}

impl CleanEnv {
    /// A new one.
    ///
    /// # Errors
    /// No temporary directory can be made.
    pub fn new() -> Result<Self> {
        Ok(Self { home: TempDir::new().context("cannot make a temporary home")? })
    }

    /// The home directory of the programs started.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command that runs at home. It never looks for credentials on the machine's metadata
    /// service.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for name in env::vars_os().map(|(name, _)| name).filter(|name| is_foreign(name)) {
            command.env_remove(name);
        }
        command
            .env("HOME", self.home())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(self.home());
        command
    }
}

fn is_foreign(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy().to_ascii_uppercase();
    FOREIGN.iter().any(|prefix| name.starts_with(prefix))
}
