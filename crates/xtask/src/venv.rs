//! The Python environment of peer tests, benchmarks and browser tests: moto, boto3, botocove, the AWS
//! CLI, pytest and selenium, pinned.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::repository::{Repository, run};

const REQUIREMENTS: &str = "tests/peers/requirements.txt";
const VENV: &str = "target/venv";

/// Makes the environment, or makes it anew where it was made from other pins.
///
/// # Errors
/// Python or its venv module is missing, or a package cannot be installed.
pub(crate) fn prepare(repository: &Repository) -> Result<()> {
    let venv = repository.path(VENV);
    let requirements = fs::read_to_string(repository.path(REQUIREMENTS))
        .with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let stamp = stamp(&venv, &requirements);
    if is_current(&venv, &stamp) {
        println!("{VENV} is up to date");
        return Ok(());
    }
    println!("installing the packages of {REQUIREMENTS} under {VENV}");
    run(repository.command("python3").args(["-m", "venv", "--clear", VENV])).context(
        "python3 cannot make a virtual environment; on Debian: `apt install python3-venv`",
    )?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    run(repository.command(venv.join("bin/python")).args(pip).args(["-r", REQUIREMENTS]))
        .with_context(|| {
            format!("pip cannot install {REQUIREMENTS} (python3 must be 3.11 or newer)")
        })?;
    fs::write(venv.join("stamp"), stamp).with_context(|| format!("cannot write in {VENV}"))
}

/// What an environment was made from; its place counts, for its scripts name it.
fn stamp(venv: &Path, requirements: &str) -> String {
    format!("{}\n{requirements}", venv.display())
}

/// The stamp is written last, so that half an environment is never current; a Python that the
/// system has since removed leaves a dangling link.
fn is_current(venv: &Path, stamp: &str) -> bool {
    venv.join("bin/python").exists()
        && fs::read_to_string(venv.join("stamp")).is_ok_and(|found| found == stamp)
}
