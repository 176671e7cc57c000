//! The product, and one run of it over a sandbox of its own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::process::{Usage, measured};
use super::sandbox::{Fleet, Sandbox, Service, TENANT, Traffic};
use crate::repository::Repository;

/// What the product is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Audits a fleet that is in sync.
    Audit,
    /// Rolls out over a fleet that has nothing yet.
    Apply,
}

/// A run that did all that it was run for.
pub(crate) struct Run {
    /// What the product took.
    pub(crate) usage: Usage,
    /// The calls that reached the sandbox.
    pub(crate) traffic: Traffic,
    /// The least seconds that the rate limits allow for these calls, as the product says.
    pub(crate) floor_seconds: f64,
    /// What the sandbox took beside.
    pub(crate) sandbox_cpu: Duration,
}

/// What is read of the product's report.
#[derive(Debug, Deserialize)]
struct RunReport {
    listing_complete: bool,
    summary: Summary,
    pace: Pace,
}

#[derive(Debug, Deserialize)]
struct Summary {
    total: usize,
    verdicts: BTreeMap<String, usize>,
}

#[derive(Debug, Deserialize)]
struct Pace {
    floor_seconds: f64,
}

/// The product, optimized.
pub(crate) fn command(repository: &Repository) -> Command {
    repository.command(repository.path("target/release/digitalex-rollout"))
}

/// Builds the product, optimized.
///
/// # Errors
/// It does not build.
pub(crate) fn build(repository: &Repository) -> Result<()> {
    repository.run_line("cargo build --release --package digitalex-rollout")
}

/// Runs the product over a fresh sandbox that answers as AWS does. A `state` folder that an earlier
/// run was given makes a warm start.
///
/// # Errors
/// The run failed, or did not leave every account in sync.
pub(crate) fn run(
    repository: &Repository,
    task: Task,
    accounts: usize,
    state: &Path,
) -> Result<Run> {
    let sandbox = Sandbox::start(command(repository), accounts, task.fleet(), Service::LikeAws)?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let output = folder.path().join("report.json");
    let mut command = command(repository);
    command.args(task.arguments()).args(["--output", "json", "--quiet"]);
    command.envs(sandbox.environment()).env("DIGITALEX_TENANT_ID", TENANT);
    // Nobody's own configuration counts, be it at home or where the benchmark was started.
    command.current_dir(folder.path());
    command.env("XDG_CONFIG_HOME", folder.path()).env("XDG_STATE_HOME", state);
    let usage = measured(&mut command, &output)?;
    let report = File::open(&output).context("the report is gone")?;
    let report = RunReport::read(BufReader::new(report))?;
    report.expect_all_done(task, accounts)?;
    let (traffic, floor_seconds) = (sandbox.traffic()?, report.pace.floor_seconds);
    Ok(Run { usage, traffic, floor_seconds, sandbox_cpu: sandbox.stop()? })
}

impl Task {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Audit => &["audit"],
            Self::Apply => &["apply", "--yes"],
        }
    }

    fn fleet(self) -> Fleet {
        match self {
            Self::Audit => Fleet::InSync,
            Self::Apply => Fleet::Untouched,
        }
    }

    fn verdict(self) -> &'static str {
        match self {
            Self::Audit => "in_sync",
            Self::Apply => "converged",
        }
    }
}

impl RunReport {
    /// The accounts are passed over, so that this program stays small.
    fn read(report: impl Read) -> Result<Self> {
        serde_json::from_reader(report)
            .context("the report on standard output is not what the benchmark needs")
    }

    /// All member accounts must be done; the management account is left out by default.
    fn expect_all_done(&self, task: Task, accounts: usize) -> Result<()> {
        let wanted = [(task.verdict().to_owned(), accounts - 1), ("skipped".to_owned(), 1)];
        ensure!(
            self.listing_complete
                && self.summary.total == accounts
                && self.summary.verdicts == BTreeMap::from(wanted),
            "the run did not do its job over {accounts} accounts: {self:?}"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(verdict: &str, total: usize, complete: bool, done: usize) -> String {
        format!(
            r#"{{"command": "audit", "listing_complete": {complete},
                "accounts": [{{"id": "158249537485", "differences": []}}],
                "summary": {{"total": {total}, "verdicts": {{"{verdict}": {done}, "skipped": 1}}}},
                "pace": {{"floor_seconds": 6.25, "elapsed_seconds": 6.5, "throttled": {{}}}}}}"#
        )
    }

    #[test]
    fn report_should_count_only_where_every_member_account_is_done() {
        let cases = [
            ("in_sync", 1000, true, 999, true),
            ("drifted", 1000, true, 999, false),
            ("converged", 1000, true, 999, false),
            ("in_sync", 1000, true, 998, false),
            ("in_sync", 999, true, 999, false),
            ("in_sync", 1000, false, 999, false),
        ];
        for (verdict, total, complete, done, counts) in cases {
            let text = report(verdict, total, complete, done);
            let report = RunReport::read(text.as_bytes()).unwrap();
            assert_eq!(report.expect_all_done(Task::Audit, 1000).is_ok(), counts, "{text}");
        }
    }

    #[test]
    fn report_should_give_the_floor_or_be_an_error() {
        let text = report("in_sync", 10, true, 9);
        let read = RunReport::read(text.as_bytes()).unwrap();
        assert!((read.pace.floor_seconds - 6.25).abs() < f64::EPSILON);
        let error = RunReport::read(text.replace("pace", "face").as_bytes()).unwrap_err();
        assert!(format!("{error:#}").contains("missing field `pace`"), "{error:#}");
    }
}
