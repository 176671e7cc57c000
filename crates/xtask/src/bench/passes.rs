//! A loop like the daemon's: many audits in one process, which must not grow.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::product;
use super::sandbox::{Fleet, Sandbox, Service};
use super::table::{Table, thousands};
use crate::repository::Repository;

const ACCOUNTS: usize = 1_000;

/// After these passes the memory is shown; the first of them is what growth is counted from.
const SHOWN: [u32; 3] = [20, 100, 200];

/// The process after so many passes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Sample {
    pass: u32,
    /// Resident memory, in KiB.
    rss_kib: u64,
    /// API calls since the start.
    calls: u64,
}

/// Runs crates/daemon/benches/passes.rs over a sandbox that answers at once.
///
/// # Errors
/// It does not build, fails, or ends early.
pub(crate) fn measure(repository: &Repository) -> Result<Vec<Sample>> {
    println!("== {} passes over {} accounts", SHOWN[2], thousands(ACCOUNTS as u64));
    let product = product::command(repository);
    let sandbox = Sandbox::start(product, ACCOUNTS, Fleet::InSync, Service::Unbounded)?;
    let output = repository
        .command("cargo")
        .args(["bench", "--package", "digitalex-rollout", "--bench", "passes"])
        .envs(sandbox.environment())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "the passes ended with {}", output.status);
    samples(&String::from_utf8_lossy(&output.stdout))
}

/// The samples, for people.
pub(crate) fn render(samples: &[Sample]) -> String {
    let mut table = Table::new(&["after pass", "resident memory", "growth", "calls"]);
    let shown = samples.iter().filter(|sample| SHOWN.contains(&sample.pass));
    let first = samples.iter().find(|sample| sample.pass == SHOWN[0]);
    for sample in shown {
        let growth =
            first.map_or(0, |first| sample.rss_kib.cast_signed() - first.rss_kib.cast_signed());
        table.row([
            sample.pass.to_string(),
            kibibytes(sample.rss_kib.cast_signed()),
            kibibytes(growth),
            thousands(sample.calls),
        ]);
    }
    table.render()
}

fn samples(output: &str) -> Result<Vec<Sample>> {
    let lines = output.lines().filter(|line| line.starts_with('{'));
    let samples = lines
        .map(|line| serde_json::from_str(line).with_context(|| format!("not a sample: {line}")))
        .collect::<Result<Vec<Sample>>>()?;
    for pass in SHOWN {
        ensure!(samples.iter().any(|sample| sample.pass == pass), "pass {pass} was not reached");
    }
    Ok(samples)
}

fn kibibytes(kib: i64) -> String {
    format!("{:.1} MiB", kib as f64 / 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(passes: &[u32]) -> String {
        let line = |pass: &u32| {
            let rss = 10_240 + u64::from(*pass) * 8;
            format!("{{\"pass\": {pass}, \"rss_kib\": {rss}, \"calls\": {}}}\n", pass * 5_000)
        };
        passes.iter().map(line).collect()
    }

    #[test]
    fn samples_should_be_read_among_other_lines_and_show_growth_since_the_first() {
        let text = format!("running\n{}", output(&[20, 40, 100, 200]));
        let rendered = render(&samples(&text).unwrap());
        let cells = |line: &str| -> Vec<String> {
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let rows: Vec<_> = rendered.lines().skip(2).map(cells).collect();
        assert_eq!(rows[0], ["20", "10.2 MiB", "0.0 MiB", "100,000"]);
        assert_eq!(rows[2], ["200", "11.6 MiB", "1.4 MiB", "1,000,000"]);
    }

    #[test]
    fn samples_should_be_an_error_where_the_loop_ended_early() {
        let error = samples(&output(&[20, 100])).unwrap_err();
        assert!(error.to_string().contains("pass 200"), "{error}");
    }
}
