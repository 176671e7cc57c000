//! The command line program `digitalex-rollout`: reads the configuration, wires the parts together,
//! and shows what they say.

pub mod cli;
pub mod commands;
pub mod config;
mod exit;
mod logging;
pub mod output;

use std::process::ExitCode;

use clap::Parser;
use indicatif::MultiProgress;

use crate::cli::{Cli, Color, Command, GlobalFlags, OutputFormat};
use crate::exit::Exit;

/// What every command is given.
pub struct Context {
    /// The flags of every command.
    pub global: GlobalFlags,
    /// Draws the progress bars; log lines go around them.
    pub bars: MultiProgress,
}

/// Runs the program with the command line that it was started with.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => execute(cli).into(),
        Err(error) => {
            // Help and version come as errors too. clap's own code for a usage error is 2, which
            // means drift here.
            let _ = error.print();
            if error.use_stderr() { Exit::Error.into() } else { Exit::Done.into() }
        }
    }
}

fn execute(cli: Cli) -> Exit {
    match cli.global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let context = Context { global: cli.global, bars: MultiProgress::new() };
    logging::start(context.global.log_level(), &context.bars);
    let done = match cli.command {
        Command::Policy(command) => commands::policy::run(&context, &command),
        Command::Config(command) => commands::config::run(&context, &command),
        Command::Report(command) => commands::report::run(&command),
    };
    done.unwrap_or_else(|error| {
        exit::show(&error);
        Exit::Error
    })
}

impl Context {
    /// Whether results are to be written as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.global.output == OutputFormat::Json
    }
}
