//! Runs one program to its end, and measures it.

use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use wait4::Wait4;

/// How much of what a program complained about is shown.
const COMPLAINT_CHARACTERS: usize = 2_000;

/// What a program took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// In user and in kernel mode, all threads together, children that it waited for too.
    pub(crate) cpu: Duration,
    /// Peak resident memory. The kernel begins the count before `exec`, so that it is never below
    /// what this program itself holds: a few MiB.
    pub(crate) memory_peak_bytes: u64,
}

/// Runs a program, its standard output written to `output`.
///
/// # Errors
/// It cannot be started, or its exit code is not 0: then with what it wrote to standard error.
pub(crate) fn measured(command: &mut Command, output: &Path) -> Result<Usage> {
    let program = command.get_program().to_string_lossy().into_owned();
    let complaints = output.with_extension("stderr");
    let create = |path: &Path| {
        File::create(path).with_context(|| format!("cannot write {}", path.display()))
    };
    command.stdin(Stdio::null()).stdout(create(output)?).stderr(create(&complaints)?);
    let start = now();
    let child = command.spawn().with_context(|| format!("cannot start `{program}`"))?;
    let end = child.wait4().with_context(|| format!("cannot wait for `{program}`"))?;
    let wall = now() - start;
    expect_success(&program, end.status, &complaints)?;
    let cpu = end.rusage.utime + end.rusage.stime;
    Ok(Usage { wall, cpu, memory_peak_bytes: end.rusage.maxrss })
}

fn expect_success(program: &str, status: ExitStatus, complaints: &Path) -> Result<()> {
    if !status.success() {
        let complaints = fs::read(complaints).unwrap_or_default();
        let complaints = String::from_utf8_lossy(&complaints);
        let skipped = complaints.chars().count().saturating_sub(COMPLAINT_CHARACTERS);
        let tail: String = complaints.chars().skip(skipped).collect();
        ensure!(status.success(), "`{program}` ended with {status}; it said:\n{}", tail.trim_end());
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "it times real programs on a real machine")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_should_name_the_exit_code_and_the_complaint_of_a_program_that_failed() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo what was done; echo no room left >&2; exit 3"]);
        let output = folder.path().join("out");
        let error = measured(&mut command, &output).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("no room left"), "{error}");
        assert_eq!(fs::read_to_string(output).unwrap(), "what was done\n");
    }

    #[test]
    fn measured_should_count_the_memory_of_the_program_that_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("true");
        let usage = measured(&mut command, &folder.path().join("out")).unwrap();
        assert!(usage.memory_peak_bytes > 100 << 10, "{usage:?}");
    }
}
