//! `cargo xtask simulate`: the product in simulated universes, by seed.

use anyhow::Result;
use clap::Args;

use crate::repository::{Repository, run as run_command};

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Of the tests' build, which is slower and is there sooner
    #[arg(long)]
    dev: bool,
    /// What to simulate: `--help` after `--` tells
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The first seeds, each crash point once, and one seed again and again: what the tests run.
const TESTED: [&[&str]; 3] =
    [&["--seeds", "1000"], &["same", "--times", "100"], &["crash-points", "--singles"]];

/// Runs simulations.
///
/// # Errors
/// They cannot be built, or an invariant does not hold.
pub(crate) fn run(repository: &Repository, args: &SimulateArgs) -> Result<()> {
    let plants = args.arguments.first().is_some_and(|first| first == "bugs");
    let (build, folder): (&[&str], _) = match (plants, args.dev) {
        // No optimized build has a planted bug.
        (true, _) => (&["--workspace", "--features", "digitalex-tests/planted-bugs"], "debug"),
        (false, true) => (&["--workspace"], "debug"),
        (false, false) => {
            (&["--package", "digitalex-tests", "--profile", "simulation"], "simulation")
        }
    };
    build_program(repository, build)?;
    let arguments: Vec<&str> = args.arguments.iter().map(String::as_str).collect();
    start(repository, folder, &arguments)
}

/// What `cargo xtask test` runs, of the build that the tests have made.
///
/// # Errors
/// Those of [`run`].
pub(crate) fn run_tested(repository: &Repository) -> Result<()> {
    build_program(repository, &["--workspace"])?;
    TESTED.iter().try_for_each(|arguments| start(repository, "debug", arguments))
}

fn build_program(repository: &Repository, selection: &[&str]) -> Result<()> {
    let mut cargo = repository.command("cargo");
    run_command(cargo.args(["build", "--quiet", "--bin", "simulate"]).args(selection))
}

fn start(repository: &Repository, folder: &str, arguments: &[&str]) -> Result<()> {
    let program = repository.path("target").join(folder).join("simulate");
    run_command(repository.command(program).args(arguments))
}
