//! The Python environment under target/venv, and the scripts of tests/peers.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::CleanEnv;

/// The Python environment that `cargo xtask setup` makes: moto, boto3 and the AWS CLI.
#[derive(Debug)]
pub struct Venv {
    bin: PathBuf,
    scripts: PathBuf,
    environment: CleanEnv,
}

impl Venv {
    /// The environment of this tree.
    ///
    /// # Errors
    /// It has not been made.
    pub fn open() -> Result<Self> {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bin = tests.join("../target/venv/bin");
        ensure!(
            bin.join("python").exists() && bin.join("moto_server").exists(),
            "the Python environment is missing: run `cargo xtask setup`"
        );
        Ok(Self { bin, scripts: tests.join("peers"), environment: CleanEnv::new()? })
    }

    /// Runs `tests/peers/<script>`, and parses what it prints.
    ///
    /// # Errors
    /// It fails (its standard error is in the message), or prints something else than JSON.
    pub fn python(&self, script: &str, env: &[(&str, &str)], args: &[&str]) -> Result<Value> {
        self.run("python", script, env, args)
    }

    /// Runs `tests/peers/<script>` with bash, the environment's AWS CLI on its path, and parses
    /// what it prints.
    ///
    /// # Errors
    /// As [`Venv::python`].
    pub fn bash(&self, script: &str, env: &[(&str, &str)], args: &[&str]) -> Result<Value> {
        self.run("bash", script, env, args)
    }

    /// A command of a program of the environment, with its programs first on the path.
    ///
    /// # Errors
    /// The machine's path cannot be extended.
    pub fn command(&self, program: &str) -> Result<Command> {
        let own = self.bin.join(program);
        let mut command = self.environment.command(if own.exists() { own } else { program.into() });
        let machine = env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.bin.clone()).chain(env::split_paths(&machine));
        command
            .env("PATH", env::join_paths(path)?)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1");
        Ok(command)
    }

    fn run(
        &self,
        program: &str,
        script: &str,
        env: &[(&str, &str)],
        args: &[&str],
    ) -> Result<Value> {
        let output = self
            .command(program)?
            .arg(self.scripts.join(script))
            .args(args)
            .envs(env.iter().copied())
            .output()
            .with_context(|| format!("cannot start {program}"))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{script} {args:?} failed: {errors}");
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{script} {args:?} printed no JSON"))
    }
}
