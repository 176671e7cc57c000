//! What a benchmark was run on.

use std::fs;
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde::Serialize;

use crate::repository::Repository;

/// The machine, the compiler and the source.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    /// The processor's model.
    pub(crate) cpu: String,
    /// How many of its cores this process may use.
    pub(crate) cores: usize,
    /// The kernel's release.
    pub(crate) kernel: String,
    /// The compiler, as `rustc --version` says.
    pub(crate) rustc: String,
    /// The commit that was built, `-dirty` where the tree has changes beside it.
    pub(crate) commit: String,
    /// When the benchmark began.
    pub(crate) started_at: Timestamp,
}

impl Machine {
    /// Looks around.
    ///
    /// # Errors
    /// Not Linux, or git or rustc do not answer.
    pub(crate) fn read(repository: &Repository) -> Result<Self> {
        let cpu = fs::read_to_string("/proc/cpuinfo").context("cannot read /proc/cpuinfo")?;
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")
            .context("cannot read the kernel's release")?;
        Ok(Self {
            cpu: cpu_model(&cpu).context("/proc/cpuinfo names no model")?,
            cores: available_parallelism().context("cannot count the cores")?.get(),
            kernel: kernel.trim().to_owned(),
            rustc: answer(repository, "rustc --version")?,
            commit: answer(repository, "git describe --always --dirty --abbrev=40 --exclude=*")?,
            started_at: now(),
        })
    }
}

fn cpu_model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn answer(repository: &Repository, line: &str) -> Result<String> {
    let mut words = line.split(' ');
    let program = words.next().unwrap_or_default();
    let output = repository.command(program).args(words).output();
    let output = output.with_context(|| format!("cannot start `{program}`"))?;
    ensure!(output.status.success(), "`{line}` ended with {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[allow(clippy::disallowed_methods, reason = "it says when a real program ran")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_model_should_be_that_of_the_first_core() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nprocessor\t: 1\n";
        assert_eq!(cpu_model(text).as_deref(), Some("Some CPU @ 2.00GHz"));
        assert_eq!(cpu_model("processor\t: 0\n"), None);
    }
}
