//! The working tree, and how programs are started in it.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// What a user may have set for his own AWS work; no test may see it.
const FOREIGN_PREFIXES: [&str; 3] = ["AWS_", "DIGITALEX_", "MOTO_"];

/// The working tree.
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The tree that cargo runs this program from.
    ///
    /// # Errors
    /// The program was not started by cargo.
    pub(crate) fn find() -> Result<Self> {
        let package = env::var("CARGO_MANIFEST_DIR").context("start it as `cargo xtask`")?;
        let root = Path::new(&package).ancestors().nth(2).context("xtask has left crates/")?;
        Ok(Self { root: root.to_owned() })
    }

    /// A path in the tree.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A command at the root of the tree, without the user's AWS settings.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for name in env::vars_os().map(|(name, _)| name).filter(|name| is_foreign(name)) {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command line, words parted by spaces, at the root of the tree.
    ///
    /// # Errors
    /// As [`run`].
    pub(crate) fn run_line(&self, line: &str) -> Result<()> {
        let mut words = line.split(' ');
        let program = words.next().unwrap_or_default();
        run(self.command(program).args(words))
    }
}

/// Runs a command to its end, its output passed through.
///
/// # Errors
/// It cannot be started, or its exit code is not 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start `{program}`"))?;
    ensure!(status.success(), "`{program}` ended with {status}");
    Ok(())
}

fn is_foreign(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    FOREIGN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_should_pass_on_no_aws_settings() {
        let cases = [
            ("AWS_PROFILE", true),
            ("AWS_SESSION_TOKEN", true),
            ("DIGITALEX_TENANT_ID", true),
            ("MOTO_PORT", true),
            ("PATH", false),
            ("CARGO_HOME", false),
            ("MY_AWS_PROFILE", false),
        ];
        for (name, foreign) in cases {
            assert_eq!(is_foreign(OsStr::new(name)), foreign, "{name}");
        }
    }
}
