//! `cargo xtask fuzz`: libFuzzer over the targets of tests/fuzz, guided by coverage, on stable Rust.
//!
//! The crates of this workspace are built once more with coverage counters, by a wrapper around rustc;
//! all others are those of the ordinary build.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::repository::{Repository, run as run_command};

const PACKAGE: &str = "tests/fuzz";
const WRAPPER: &str = "tests/fuzz/rustc_with_coverage.sh";
/// Where what is found, and the logs, lie.
const FOUND: &str = "target/fuzz";
/// The longest that one input may take: long enough for a machine that is stopped for a while.
const INPUT_SECONDS_MAX: u32 = 120;
/// The length of the run in `cargo xtask test`.
const SHORT_SECONDS: u32 = 6;
/// How much of the log of a run that failed is shown.
const LOG_LINES: usize = 40;

#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Only this target (repeatable); else all, one after the other
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
    /// How long each target is run
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
    /// Where the mutations begin, to repeat a run; else anywhere
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
}

/// Runs the targets.
///
/// # Errors
/// There is no C++ compiler, the programs cannot be built, or an input breaks a promise; the error names
/// the file that holds it.
pub(crate) fn run(repository: &Repository, args: &FuzzArgs) -> Result<()> {
    ensure!(has_cxx(repository), "libFuzzer takes a C++ compiler; on Debian: `apt install g++`");
    let known = targets(repository)?;
    if let Some(unknown) = args.targets.iter().find(|name| !known.contains(name)) {
        bail!("there is no target {unknown}; there are {}", known.join(", "));
    }
    let chosen = if args.targets.is_empty() { &known } else { &args.targets };
    build(repository)?;
    for target in chosen {
        fuzz(repository, target, args)?;
    }
    Ok(())
}

/// A few seconds of each target, from one seed; left out where there is no C++ compiler, for then the
/// tests have run the corpus all the same.
///
/// # Errors
/// Those of [`run`].
pub(crate) fn run_shortly(repository: &Repository) -> Result<()> {
    if !has_cxx(repository) {
        println!("left out: there is no C++ compiler (c++) for libFuzzer");
        return Ok(());
    }
    run(repository, &FuzzArgs { targets: Vec::new(), seconds: SHORT_SECONDS, seed: 1 })
}

/// The compiler that cargo's `cc` takes.
fn has_cxx(repository: &Repository) -> bool {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let mut command = repository.command(compiler);
    let command = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Each target has a corpus by its name.
fn targets(repository: &Repository) -> Result<Vec<String>> {
    let corpus = repository.path(PACKAGE).join("corpus");
    let folders = fs::read_dir(&corpus).with_context(|| format!("no {}", corpus.display()))?;
    let mut names = Vec::new();
    for folder in folders {
        names.push(folder?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The targets are built as examples: cargo then chooses the features of all dependencies as for the
/// tests of the workspace, and takes those that are built already.
fn build(repository: &Repository) -> Result<()> {
    let line = "build --workspace --features digitalex-fuzz/libfuzzer --example fuzz_*";
    let mut cargo = repository.command("cargo");
    let cargo =
        cargo.args(line.split(' ')).env("RUSTC_WORKSPACE_WRAPPER", repository.path(WRAPPER));
    run_command(cargo).context("the fuzz targets cannot be built")
}

fn fuzz(repository: &Repository, target: &str, args: &FuzzArgs) -> Result<()> {
    let found = repository.path(FOUND).join(target);
    let grown = found.join("corpus");
    fs::create_dir_all(&grown).with_context(|| format!("cannot make {}", grown.display()))?;
    let log = found.join("log");
    let mut program = program(repository, target, args, &found);
    program.arg(&grown).arg(repository.path(PACKAGE).join("corpus").join(target));
    program.stdout(Stdio::null()).stderr(File::create(&log)?);
    let status = program.status().with_context(|| format!("cannot start {program:?}"))?;
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        let lines: Vec<&str> = text.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(LOG_LINES)..].join("\n"));
        bail!("{}", failure(repository, target, &text, &log));
    }
    println!("{target}: {}", Figures::of(&text).context("libFuzzer says no figures")?.in_words());
    Ok(())
}

fn program(repository: &Repository, target: &str, args: &FuzzArgs, found: &Path) -> Command {
    let path = repository.path("target/debug/examples").join(format!("fuzz_{target}"));
    let mut program = repository.command(path);
    program
        .arg(format!("-max_total_time={}", args.seconds))
        .arg(format!("-seed={}", args.seed))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg("-print_final_stats=1");
    program
}

/// What to do about an input that breaks a promise.
fn failure(repository: &Repository, target: &str, log: &str, log_file: &Path) -> String {
    let written = log.lines().find_map(|line| line.split_once("Test unit written to "));
    let Some((_, input)) = written else {
        return format!("{target} failed; see {}", log_file.display());
    };
    let corpus = repository.path(PACKAGE).join("corpus").join(target);
    format!(
        "{target} breaks a promise with the input {input}\n\
         move it to {}, and it stays a test",
        corpus.display()
    )
}

/// What libFuzzer says of a run.
#[derive(Debug, PartialEq)]
struct Figures {
    executions: u64,
    per_second: u64,
    /// Counters that were reached: by the seeds, and in the end.
    covered_first: u64,
    covered: u64,
}

impl Figures {
    fn of(log: &str) -> Option<Self> {
        let stat = |name: &str| {
            let line = log.lines().find(|line| line.starts_with(name))?;
            line.rsplit_once(' ')?.1.parse().ok()
        };
        let mut covered = log.lines().filter_map(|line| {
            let (_, after) = line.split_once(" cov: ")?;
            after.split(' ').next()?.parse().ok()
        });
        let first = covered.next()?;
        Some(Self {
            executions: stat("stat::number_of_executed_units:")?,
            per_second: stat("stat::average_exec_per_sec:")?,
            covered_first: first,
            covered: covered.next_back().unwrap_or(first),
        })
    }

    fn in_words(&self) -> String {
        let Self { executions, per_second, covered_first, covered } = self;
        format!(
            "{executions} executions, {per_second}/s; {covered} places covered, {covered_first} at first"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_should_be_those_of_the_first_and_the_last_line() {
        let log = "INFO: seed corpus: files: 6\n\
                   #7\tINITED cov: 310 ft: 900 corp: 6/2b exec/s: 0 rss: 28Mb\n\
                   #99\tREDUCE cov: 428 ft: 1557 corp: 520/13288b lim: 1110 exec/s: 44351\n\
                   stat::number_of_executed_units: 444129\n\
                   stat::average_exec_per_sec:     40375\n";
        let figures =
            Figures { executions: 444_129, per_second: 40_375, covered_first: 310, covered: 428 };
        assert_eq!(Figures::of(log), Some(figures));
        assert_eq!(Figures::of("Segmentation fault"), None);
    }
}
