//! `cargo xtask bench`: everything that README.md says about performance, measured in one run on one
//! machine.

mod fleet;
mod machine;
mod micro;
mod passes;
mod peers;
mod process;
mod product;
mod readme;
mod report;
mod sandbox;
mod table;

use std::fs;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use self::machine::Machine;
use self::report::Report;
use crate::repository::Repository;

const JSON: &str = "target/bench/bench.json";
const README: &str = "README.md";

/// Arguments of `bench`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BenchArgs {
    /// The sizes of the organizations that are audited
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1000,10000,50000",
          value_parser = accounts)]
    accounts: Vec<usize>,
    /// Only this part
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Leaves out the comparison with other programs
    #[arg(long, conflicts_with = "only")]
    skip_peers: bool,
    /// Writes the tables into README.md, which takes a whole run
    #[arg(long, conflicts_with_all = ["accounts", "only", "skip_peers"])]
    write_readme: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Audits and rollouts over organizations of several sizes
    Fleet,
    /// The same audit by botocove and by plain boto3
    Peers,
    /// Many audits in one process
    Passes,
    /// Canonicalise, diff and plan
    Micro,
}

/// Measures, prints the tables, and writes target/bench/bench.json.
///
/// # Errors
/// Something does not build, or a run failed or did not do its job: then no figure is kept.
pub(crate) fn run(repository: &Repository, args: &BenchArgs) -> Result<()> {
    if args.write_readme {
        // Known before the hour that a whole run takes.
        readme::with_figures(&read_readme(repository)?, "")?;
    }
    let machine = Machine::read(repository)?;
    product::build(repository)?;
    let mut report =
        Report { machine, fleet: vec![], peers: vec![], passes: vec![], micro: String::new() };
    // First what has to be built, and so may fail soon.
    if args.includes(Part::Micro) {
        report.micro = micro::measure(repository)?;
    }
    if args.includes(Part::Passes) {
        report.passes = passes::measure(repository)?;
    }
    if args.includes(Part::Fleet) {
        report.fleet = fleet::measure(repository, &args.accounts)?;
    }
    if args.includes(Part::Peers) {
        report.peers = peers::measure(repository)?;
    }
    write_json(repository, &report)?;
    let figures = report.render();
    println!("\n{figures}\nAll figures: {JSON}");
    if args.write_readme {
        let readme = readme::with_figures(&read_readme(repository)?, &figures)?;
        fs::write(repository.path(README), readme).context("cannot write README.md")?;
    }
    Ok(())
}

impl BenchArgs {
    fn includes(&self, part: Part) -> bool {
        let is_skipped = part == Part::Peers && self.skip_peers;
        !is_skipped && self.only.is_none_or(|only| only == part)
    }
}

fn read_readme(repository: &Repository) -> Result<String> {
    fs::read_to_string(repository.path(README)).context("cannot read README.md")
}

fn write_json(repository: &Repository, report: &Report) -> Result<()> {
    let path = repository.path(JSON);
    let folder = path.parent().context("no folder for the figures")?;
    fs::create_dir_all(folder).context("cannot make the folder of the figures")?;
    let json = serde_json::to_string_pretty(report).context("cannot write the figures as JSON")?;
    fs::write(&path, json + "\n").with_context(|| format!("cannot write {JSON}"))
}

/// The management account and one member at least.
fn accounts(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(accounts) if (2..=50_000).contains(&accounts) => Ok(accounts),
        _ => Err("an organization has 2 to 50,000 accounts".to_owned()),
    }
}
