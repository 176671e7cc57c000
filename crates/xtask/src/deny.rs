//! The rules of deny.toml, checked by a pinned cargo-deny that is installed under target/tools.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::repository::{Repository, run};

const VERSION: &str = "0.20.2";

/// Checks all rules that need no download of their own.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_offline(repository: &Repository) -> Result<()> {
    check(repository, &["bans", "licenses", "sources"])
}

/// Checks the named sections of deny.toml.
///
/// # Errors
/// cargo-deny cannot be installed, or a rule is broken.
pub(crate) fn check(repository: &Repository, sections: &[&str]) -> Result<()> {
    let cargo_deny = installed(repository)?;
    run(repository.command(cargo_deny).args(["check", "--hide-inclusion-graph"]).args(sections))
}

/// Unoptimized: it builds in a third of the time, and is used for a second.
fn installed(repository: &Repository) -> Result<PathBuf> {
    let program = repository.path("target/tools/bin/cargo-deny");
    let version = repository.command(&program).arg("--version").output();
    let is_current = version.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {VERSION}")
    });
    if !is_current {
        println!("installing cargo-deny {VERSION} under target/tools, which takes some minutes");
        repository
            .run_line(&format!(
                "cargo install --quiet --locked --debug --root target/tools --version {VERSION} cargo-deny"
            ))
            .context("cargo-deny cannot be installed")?;
    }
    Ok(program)
}
