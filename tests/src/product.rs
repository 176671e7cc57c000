//! The built product.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};

const NAME: &str = "digitalex-rollout";

/// The path of the binary `digitalex-rollout`, built once in a test process, so that it is never
/// older than its source. Its dependencies are those of the tests, which are built already; that it
/// builds with its own features alone is for `cargo xtask test` to check.
///
/// # Errors
/// It cannot be built.
pub fn product() -> Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}"))) {
        Ok(path) => Ok(path),
        Err(message) => Err(anyhow!("{message}")),
    }
}

fn build() -> Result<PathBuf> {
    // This test is `<target>/<profile>/deps/<name>`.
    let test = env::current_exe().context("cannot find the running test")?;
    let profile = test.ancestors().nth(2).context("the test runs outside the target directory")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--bin", NAME])
        .args(profile.ends_with("release").then_some("--release"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .context("cannot start cargo")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cannot build {NAME}: {errors}");

    let path = profile.join(NAME).with_extension(env::consts::EXE_EXTENSION);
    ensure!(path.is_file(), "cargo built {NAME}, but not as {}", path.display());
    Ok(path)
}
