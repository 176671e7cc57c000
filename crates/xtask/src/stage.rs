//! Runs stages in order, each with a header and its duration; the first failure ends it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::repository::Repository;

/// One stage of a task.
pub(crate) struct Stage {
    /// What it is, in a word or two.
    pub(crate) title: &'static str,
    /// The command line that repeats it alone.
    pub(crate) repeat: &'static str,
    /// Does it.
    pub(crate) action: Action,
}

/// How a stage is done.
pub(crate) enum Action {
    /// By its command line, as it stands.
    Command,
    /// By a function.
    Function(fn(&Repository) -> Result<()>),
}

/// Runs the stages.
///
/// # Errors
/// That of the first stage that fails, with the command that repeats it.
pub(crate) fn run_all(repository: &Repository, stages: &[Stage]) -> Result<()> {
    let mut total = Duration::ZERO;
    for (index, stage) in stages.iter().enumerate() {
        println!("\n== {}/{} {}: {}", index + 1, stages.len(), stage.title, stage.repeat);
        let (outcome, duration) = timed(|| stage.run(repository));
        total += duration;
        outcome.with_context(|| {
            let seconds = duration.as_secs_f32();
            format!(
                "stage `{}` failed after {seconds:.1} s; repeat it with: {}",
                stage.title, stage.repeat
            )
        })?;
        println!("== {} passed in {:.1} s", stage.title, duration.as_secs_f32());
    }
    println!("\n== all {} stages passed in {:.1} s", stages.len(), total.as_secs_f32());
    Ok(())
}

impl Stage {
    fn run(&self, repository: &Repository) -> Result<()> {
        match self.action {
            Action::Command => repository.run_line(self.repeat),
            Action::Function(function) => function(repository),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "it times real programs on a real machine")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn run_all_should_stop_at_the_first_failure_and_name_the_command_that_repeats_it() {
        let stage =
            |title, repeat, function| Stage { title, repeat, action: Action::Function(function) };
        let stages = [
            stage("first", "one", |_| Ok(())),
            stage("second", "cargo two", |_| bail!("broken")),
            stage("third", "three", |_| unreachable!("a stage ran after a failure")),
        ];
        let repository = Repository::find().unwrap();
        let error = run_all(&repository, &stages).unwrap_err();
        assert_eq!(error.root_cause().to_string(), "broken");
        assert!(error.to_string().contains("repeat it with: cargo two"), "{error}");
    }
}
