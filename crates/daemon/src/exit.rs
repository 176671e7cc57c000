//! How the program ends: exit codes, and errors told once, with their causes and the next step.

use std::io::Write;
use std::process::ExitCode;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, Report};

/// The exit codes, as documented in the help and the README; the graver is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    /// In sync, or converged.
    Done = 0,
    /// An error; nothing was done.
    Error = 1,
    /// Drift was found.
    Drift = 2,
    /// Incomplete: something could not be read, visited or converged.
    Incomplete = 3,
    /// Stopped at once by a second Ctrl-C: 128 + SIGINT.
    Interrupted = 130,
}

/// An error with its next step.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(help("{next_step}"))]
pub(crate) struct Failure {
    /// What happened.
    message: String,
    /// What to do.
    next_step: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    /// An error without a cause of its own.
    pub(crate) fn new(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { message: message.into(), next_step: next_step.into(), source: None }
    }

    /// An error with its cause.
    pub(crate) fn caused(
        message: impl Into<String>,
        next_step: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { source: Some(source.into()), ..Self::new(message, next_step) }
    }
}

/// Writes the error to standard error: message, causes, the place if there is one, the next step.
pub(crate) fn show(error: &Report) {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
        .with_context_lines(1)
        .with_wrap_lines(false)
        .with_links(false);
    let mut text = String::new();
    if handler.render_report(&mut text, error.as_ref()).is_err() {
        text = error.to_string();
    }
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "{}", text.trim_end());
}
