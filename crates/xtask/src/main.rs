//! Set-up, tests and tidying of this repository: `cargo xtask --help`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person at the terminal"
)]

mod bench;
mod deny;
mod fuzz;
mod repository;
mod simulate;
mod stage;
mod test;
mod venv;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::repository::Repository;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about, disable_help_subcommand = true)]
enum Task {
    /// Runs all that must pass: format, lints, dependencies, tests
    Test {
        /// Leaves out the dependency rules and the tests against Python peers
        #[arg(long)]
        fast: bool,
    },
    /// Checks the dependencies against deny.toml
    Deny,
    /// Makes the Python environment of peer tests and benchmarks, under target/venv
    Setup,
    /// Looks up known vulnerabilities of the dependencies; downloads the advisory database
    Advisories,
    /// Measures the optimized product: against its floor, against peers, its memory, its core
    Bench(bench::BenchArgs),
    /// Looks for inputs that break a promise: policies, configurations, answers of AWS, page tokens
    Fuzz(fuzz::FuzzArgs),
    /// Runs the product in simulated universes, by seed: swarms, crash points, planted bugs
    Simulate(simulate::SimulateArgs),
}

fn main() -> ExitCode {
    match run(&Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let repository = Repository::find()?;
    match task {
        Task::Test { fast } => stage::run_all(&repository, &test::stages(*fast)),
        Task::Deny => deny::check_offline(&repository),
        Task::Setup => venv::prepare(&repository),
        Task::Advisories => deny::check(&repository, &["advisories"]),
        Task::Bench(args) => bench::run(&repository, args),
        Task::Fuzz(args) => fuzz::run(&repository, args),
        Task::Simulate(args) => simulate::run(&repository, args),
    }
}
