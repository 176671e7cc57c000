//! The same audit by the product and by what people use today, over the same kind of sandbox.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::process::{Usage, measured};
use super::product::{self, Task};
use super::sandbox::{Fleet, Sandbox, Service, Traffic};
use super::table::{Table, mebibytes, seconds, thousands};
use crate::repository::Repository;
use crate::venv;

const ACCOUNTS: usize = 1_000;

/// The peers: how people call them, and their scripts in tests/peers.
const SCRIPTS: [(&str, &str); 2] =
    [("boto3, 32 threads", "bench_boto3.py"), ("botocove", "bench_botocove.py")];

/// The audit of all accounts by one program.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PeerRow {
    program: &'static str,
    accounts: usize,
    wall_seconds: f64,
    /// User and system.
    cpu_seconds: f64,
    memory_peak_bytes: u64,
    calls: u64,
    throttled: u64,
    /// Accounts that it could say nothing about.
    failures: usize,
}

/// The line that a script of tests/peers prints.
#[derive(Debug, Deserialize)]
struct Summary {
    accounts: usize,
    in_sync: usize,
    different: usize,
    failures: usize,
}

/// Audits with the product, then with each peer.
///
/// # Errors
/// The product failed, or a peer looked at other accounts or for another role.
pub(crate) fn measure(repository: &Repository) -> Result<Vec<PeerRow>> {
    venv::prepare(repository)?;
    println!("== digitalex-rollout, {} accounts", thousands(ACCOUNTS as u64));
    let state = tempfile::tempdir().context("cannot make a temporary folder")?;
    let run = product::run(repository, Task::Audit, ACCOUNTS, state.path())?;
    let mut rows = vec![PeerRow::new("digitalex-rollout", run.usage, &run.traffic, 0)];
    for (program, script) in SCRIPTS {
        println!("== {program}, {} accounts", thousands(ACCOUNTS as u64));
        rows.push(peer(repository, program, script).context(program)?);
    }
    Ok(rows)
}

/// The rows, for people.
pub(crate) fn render(rows: &[PeerRow]) -> String {
    let mut table = Table::new(&[
        "program",
        "time",
        "CPU",
        "CPU, times ours",
        "peak memory",
        "calls",
        "throttled",
        "failures",
    ]);
    let ours = rows.first().map_or(f64::NAN, |row| row.cpu_seconds);
    for row in rows {
        table.row([
            row.program.to_owned(),
            seconds(row.wall_seconds),
            seconds(row.cpu_seconds),
            format!("{:.0}", row.cpu_seconds / ours),
            mebibytes(row.memory_peak_bytes),
            thousands(row.calls),
            thousands(row.throttled),
            thousands(row.failures as u64),
        ]);
    }
    table.render()
}

fn peer(repository: &Repository, program: &'static str, script: &str) -> Result<PeerRow> {
    let product = product::command(repository);
    let sandbox = Sandbox::start(product, ACCOUNTS, Fleet::InSync, Service::LikeAws)?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let output = folder.path().join("summary.json");
    let mut python = repository.command(repository.path("target/venv/bin/python"));
    python.arg(repository.path("tests/peers").join(script));
    python.envs(sandbox.environment()).env("AWS_DEFAULT_REGION", "us-east-1");
    // Nobody's own configuration counts.
    python.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    let usage = measured(&mut python, &output)?;
    let summary = fs::read_to_string(&output).context("the summary is gone")?;
    let summary = Summary::read(&summary)?;
    Ok(PeerRow::new(program, usage, &sandbox.traffic()?, summary.failures))
}

impl Summary {
    /// All accounts are in sync, so that a different one is the script's mistake.
    fn read(text: &str) -> Result<Self> {
        let summary: Self = serde_json::from_str(text)
            .with_context(|| format!("not the summary of a peer: {text}"))?;
        let Self { accounts, in_sync, different, failures } = summary;
        ensure!(
            accounts == ACCOUNTS - 1 && different == 0 && in_sync + failures == accounts,
            "it did another job; see tests/peers/bench_wanted.json: {summary:?}"
        );
        Ok(summary)
    }
}

impl PeerRow {
    fn new(program: &'static str, usage: Usage, traffic: &Traffic, failures: usize) -> Self {
        Self {
            program,
            accounts: ACCOUNTS,
            wall_seconds: usage.wall.as_secs_f64(),
            cpu_seconds: usage.cpu.as_secs_f64(),
            memory_peak_bytes: usage.memory_peak_bytes,
            calls: traffic.calls(),
            throttled: traffic.throttled(),
            failures,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn summary_should_count_only_where_the_peer_did_the_same_job() {
        let cases = [
            ((999, 999, 0, 0), true),
            ((999, 900, 0, 99), true),
            ((999, 998, 1, 0), false),
            ((999, 999, 1, 0), false),
            ((999, 998, 0, 0), false),
            ((980, 980, 0, 0), false),
        ];
        for ((accounts, in_sync, different, failures), counts) in cases {
            let text = format!(
                r#"{{"accounts": {accounts}, "in_sync": {in_sync}, "different": {different}, "failures": {failures}}}"#
            );
            assert_eq!(Summary::read(&text).is_ok(), counts, "{text}");
        }
        assert!(Summary::read("Traceback (most recent call last):").is_err());
    }

    #[test]
    fn table_should_relate_cpu_to_ours() {
        let traffic = r#"{"arrived": {"GetRole": 5054}, "throttled": {"ListAccounts": 4}}"#;
        let traffic = serde_json::from_str(traffic).unwrap();
        let usage = |cpu| Usage {
            wall: Duration::from_secs(33),
            cpu: Duration::from_millis(cpu),
            memory_peak_bytes: 77 << 20,
        };
        let rows = [
            PeerRow::new("digitalex-rollout", usage(1_000), &traffic, 0),
            PeerRow::new("boto3, 32 threads", usage(26_800), &traffic, 7),
        ];
        let rendered = render(&rows);
        let row = rendered.lines().last().unwrap();
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let wanted = ["boto3, 32 threads", "33.0 s", "26.8 s", "27", "77 MiB", "5,054", "4", "7"];
        assert_eq!(cells, wanted);
    }
}
