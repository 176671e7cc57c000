//! How close to the physical floor the product comes, by the size of the organization.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use super::product::{self, Run, Task};
use super::table::{Table, mebibytes, percent, seconds, thousands};
use crate::repository::Repository;

/// The largest organization that is rolled out from nothing.
const APPLY_ACCOUNTS_MAX: usize = 10_000;

/// One run over one organization.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FleetRow {
    run: &'static str,
    accounts: usize,
    wall_seconds: f64,
    floor_seconds: f64,
    /// `wall_seconds` / `floor_seconds`.
    time_over_floor: f64,
    calls: u64,
    calls_per_account: f64,
    throttled: u64,
    /// `throttled` / `calls`.
    throttled_share: f64,
    /// User and system.
    cpu_ms_per_account: f64,
    memory_peak_bytes: u64,
    /// Of the sandbox, a process of its own.
    sandbox_cpu_seconds: f64,
}

/// Audits organizations of each size, cold and warm, and rolls out over the smaller ones.
///
/// # Errors
/// A run failed, or did not do its job.
pub(crate) fn measure(repository: &Repository, sizes: &[usize]) -> Result<Vec<FleetRow>> {
    let mut rows = Vec::new();
    for &accounts in sizes {
        let state = tempfile::tempdir().context("cannot make a temporary folder")?;
        rows.push(row(repository, "audit, cold", Task::Audit, accounts, state.path())?);
        expect_listing(state.path(), accounts)?;
        rows.push(row(repository, "audit, warm", Task::Audit, accounts, state.path())?);
        if accounts <= APPLY_ACCOUNTS_MAX {
            let state = tempfile::tempdir().context("cannot make a temporary folder")?;
            rows.push(row(repository, "apply, from nothing", Task::Apply, accounts, state.path())?);
        }
    }
    Ok(rows)
}

/// The rows, for people.
pub(crate) fn render(rows: &[FleetRow]) -> String {
    let mut table = Table::new(&[
        "accounts",
        "run",
        "time",
        "floor",
        "time / floor",
        "calls per account",
        "throttled",
        "CPU per account",
        "peak memory",
        "sandbox's CPU",
    ]);
    for row in rows {
        table.row([
            thousands(row.accounts as u64),
            row.run.to_owned(),
            seconds(row.wall_seconds),
            seconds(row.floor_seconds),
            format!("{:.3}", row.time_over_floor),
            format!("{:.2}", row.calls_per_account),
            percent(row.throttled_share),
            format!("{:.2} ms", row.cpu_ms_per_account),
            mebibytes(row.memory_peak_bytes),
            seconds(row.sandbox_cpu_seconds),
        ]);
    }
    table.render()
}

fn row(
    repository: &Repository,
    name: &'static str,
    task: Task,
    accounts: usize,
    state: &Path,
) -> Result<FleetRow> {
    println!("== {name}, {} accounts", thousands(accounts as u64));
    let run = product::run(repository, task, accounts, state)
        .with_context(|| format!("{name}, {accounts} accounts"))?;
    ensure!(run.floor_seconds > 0.0, "the limits do not slow {accounts} accounts down; take more");
    let row = FleetRow::new(name, accounts, &run);
    println!("{:.1} s, {:.3} of the floor", row.wall_seconds, row.time_over_floor);
    Ok(row)
}

/// A start is warm only where the run before left the list of all accounts, one a line.
fn expect_listing(state: &Path, accounts: usize) -> Result<()> {
    let folder = state.join("digitalex-rollout");
    let entries = fs::read_dir(&folder).context("the cold run left nothing to start warm from")?;
    let mut listed = 0;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("accounts-") && !name.contains(".partial.") {
            listed = BufReader::new(File::open(&path)?).split(b'\n').count();
        }
    }
    ensure!(listed == accounts, "the cold run left a list of {listed} accounts, not of {accounts}");
    Ok(())
}

impl FleetRow {
    fn new(name: &'static str, accounts: usize, run: &Run) -> Self {
        let (count, wall_seconds) = (accounts as f64, run.usage.wall.as_secs_f64());
        let (calls, throttled) = (run.traffic.calls(), run.traffic.throttled());
        Self {
            run: name,
            accounts,
            wall_seconds,
            floor_seconds: run.floor_seconds,
            time_over_floor: wall_seconds / run.floor_seconds,
            calls,
            calls_per_account: calls as f64 / count,
            throttled,
            throttled_share: throttled as f64 / calls as f64,
            cpu_ms_per_account: run.usage.cpu.as_secs_f64() * 1_000.0 / count,
            memory_peak_bytes: run.usage.memory_peak_bytes,
            sandbox_cpu_seconds: run.sandbox_cpu.as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::process::Usage;

    #[test]
    fn row_should_relate_figures_to_the_floor_and_to_the_accounts() {
        let usage = Usage {
            wall: Duration::from_secs(66),
            cpu: Duration::from_secs(9),
            memory_peak_bytes: 50 << 20,
        };
        let traffic =
            r#"{"arrived": {"GetRole": 40000, "ListAccounts": 500}, "throttled": {"GetRole": 81}}"#;
        let traffic = serde_json::from_str(traffic).unwrap();
        let sandbox_cpu = Duration::from_secs(12);
        let run = Run { usage, traffic, floor_seconds: 60.0, sandbox_cpu };
        let rendered = render(&[FleetRow::new("audit, cold", 10_000, &run)]);
        let row = rendered.lines().last().unwrap();
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let wanted = [
            "10,000",
            "audit, cold",
            "66.0 s",
            "60.0 s",
            "1.100",
            "4.05",
            "0.20%",
            "0.90 ms",
            "50 MiB",
            "12.0 s",
        ];
        assert_eq!(cells, wanted);
    }

    #[test]
    fn warm_start_should_need_the_whole_list_of_accounts() {
        let state = tempfile::tempdir().unwrap();
        assert!(expect_listing(state.path(), 2).is_err(), "no folder");
        let folder = state.path().join("digitalex-rollout");
        fs::create_dir(&folder).unwrap();
        let cases = [
            ("learned-rates-o-x.json", "{}\n{}\n", false),
            ("accounts-o-x.partial.jsonl", "{}\n{}\n", false),
            ("accounts-o-x.jsonl", "{}\n", false),
            ("accounts-o-x.jsonl", "{}\n{}\n", true),
        ];
        for (name, text, is_whole) in cases {
            fs::write(folder.join(name), text).unwrap();
            assert_eq!(expect_listing(state.path(), 2).is_ok(), is_whole, "{name}: {text}");
        }
    }
}
