//! Runs the real binary in a folder of its own, with nothing of the tester's environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The tenant id of all tests; it must never be shown.
pub(crate) const TENANT: &str = "tenant-7f3a-never-shown";

/// A run of the binary.
pub(crate) struct Run {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What a run gave.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), environment: Vec::new() }
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).expect("a file");
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The store that a run with `--sandbox` leaves.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder().join(".local/state/digitalex-rollout/store.sandbox.sqlite")
    }

    /// Runs a command on that store.
    pub(crate) fn on_store(&self, arguments: &[&str]) -> Outcome {
        let store = self.store();
        self.run(&[arguments, &["--store", store.to_str().expect("UTF-8")]].concat())
    }

    /// The whole history in that store.
    pub(crate) fn history(&self) -> Vec<serde_json::Value> {
        let history = self.on_store(&["history", "--limit", "500", "--output", "json"]).json();
        assert!(history["next"].is_null(), "there is more");
        history["items"].as_array().expect("items").clone()
    }

    /// Runs the binary. Whatever it says, it neither panics nor shows the tenant id.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_into(arguments, Stdio::piped())
    }

    /// Runs the binary with this as its standard output.
    pub(crate) fn run_into(&self, arguments: &[&str], stdout: Stdio) -> Outcome {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_digitalex-rollout"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .output()
            .expect("the binary runs");
        let outcome = Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        };
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!said.contains("panicked"), "{arguments:?} panicked: {said}");
        assert!(!said.contains("stack backtrace"), "{arguments:?}: {said}");
        assert!(!said.contains(TENANT), "{arguments:?} showed the tenant id: {said}");
        outcome
    }
}

impl Outcome {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}
