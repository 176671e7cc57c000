//! The command line program `digitalex-rollout`: reads the configuration, wires the parts together,
//! and shows what they say.

pub mod cli;
pub mod commands;
pub mod config;
mod connection;
mod csv_field;
pub mod daemon;
mod exit;
mod explain_calls;
mod hand_over;
pub mod http;
mod interrupt;
pub mod key_sinks;
mod key_vault;
mod last_run;
pub mod notify;
pub mod output;
mod passes;
mod payer_report;
mod plan_file;
mod remember;
mod report;
mod run_report;
mod sandbox;
pub mod telemetry;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use indicatif::MultiProgress;
use miette::Report;

use crate::cli::{Cli, Color, Command, GlobalFlags, LogLevel, OutputFormat};
use crate::exit::{Exit, Failure};
use crate::interrupt::Stop;
use crate::telemetry::Telemetry;

/// What every command is given.
pub struct Context {
    /// The flags of every command.
    pub global: GlobalFlags,
    /// Draws the progress bars; log lines go around them.
    pub bars: MultiProgress,
    /// Switches what is logged, and how.
    pub telemetry: Telemetry,
}

/// Runs the program with the command line that it was started with.
#[must_use]
pub fn run() -> ExitCode {
    leave_no_core();
    match Cli::try_parse() {
        Ok(cli) => execute(cli).into(),
        Err(mut error) => {
            hide_stray_value(&mut error);
            // Help and version come as errors too. clap's own code for a usage error is 2, which
            // means drift here.
            let _ = error.print();
            if error.use_stderr() { Exit::Error.into() } else { Exit::Done.into() }
        }
    }
}

/// A crash must leave no core, for it would hold what secrets are in use; as ssh-agent does.
fn leave_no_core() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // The kernel knows this since 2.4; where it refuses, `LimitCORE=0` of the service is left.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// A value where none belongs could be the tenant id. A flag, or a command misspelt, is shown.
fn hide_stray_value(error: &mut clap::Error) {
    let misspelt = error.get(ContextKind::SuggestedSubcommand).is_some();
    let place = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand if !misspelt => ContextKind::InvalidSubcommand,
        _ => return,
    };
    let is_flag =
        |found: &ContextValue| matches!(found, ContextValue::String(text) if text.starts_with('-'));
    if !error.get(place).is_some_and(is_flag) {
        error.insert(place, ContextValue::String("(not shown)".to_owned()));
    }
}

fn execute(cli: Cli) -> Exit {
    match cli.global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let bars = MultiProgress::new();
    let (default, say): (_, fn(&str)) = match cli.command {
        Command::Daemon(_) => (LogLevel::Info, |text| tracing::info!("{text}")),
        _ => (LogLevel::Warn, output::tell),
    };
    let telemetry = telemetry::start(cli.global.log_level(default), &bars);
    let context = Context { global: cli.global, bars, telemetry };
    if let Err(error) = has_format(&context, &cli.command) {
        exit::show(&error);
        return Exit::Error;
    }
    let done = match cli.command {
        Command::Policy(command) => commands::policy::run(&context, &command),
        Command::Config(command) => commands::config::run(&context, &command),
        Command::Report(command) => commands::report::run(&context, &command),
        Command::Completions(args) => commands::manual::completions(&args),
        Command::Man(args) => commands::manual::man(&args),
        Command::Audit(args) => {
            in_runtime(say, async |stop| commands::audit::run(&context, &args, stop).await)
        }
        Command::Plan(args) => {
            in_runtime(say, async |stop| commands::plan::run(&context, &args, stop).await)
        }
        Command::Apply(args) => {
            in_runtime(say, async |stop| commands::apply::run(&context, &args, stop).await)
        }
        Command::Export(args) => {
            in_runtime(say, async |stop| commands::export::run(&context, &args, stop).await)
        }
        Command::Keys(command) => {
            in_runtime(say, async |stop| commands::keys::run(&context, &command, stop).await)
        }
        Command::Accounts(args) => {
            in_runtime(say, async |stop| commands::accounts::run(&context, &args, stop).await)
        }
        Command::Daemon(args) => {
            in_runtime(say, async |stop| commands::daemon::run(&context, &args, stop).await)
        }
        Command::Status(args) => {
            in_runtime(say, async |_| commands::status::run(&context, &args).await)
        }
        Command::History(args) => {
            in_runtime(say, async |_| commands::history::run(&context, &args).await)
        }
        Command::Drift(args) => {
            in_runtime(say, async |_| commands::drift::run(&context, &args).await)
        }
        Command::Sandbox(args) => {
            in_runtime(say, async |stop| commands::sandbox::run(&context, &args, stop).await)
        }
    };
    done.unwrap_or_else(|error| {
        exit::show(&error);
        Exit::Error
    })
}

/// Only reports of runs have all formats.
fn has_format(context: &Context, command: &Command) -> Result<(), Report> {
    if matches!(context.global.output, OutputFormat::Human | OutputFormat::Json)
        || command.reports()
    {
        return Ok(());
    }
    let next_step = "use --output human or json here; audit, plan and apply have the other formats";
    Err(Failure::new("this command does not write that format", next_step).into())
}

fn in_runtime(
    say: fn(&str),
    command: impl AsyncFnOnce(&Stop) -> Result<Exit, Report>,
) -> Result<Exit, Report> {
    // AWS's limits leave one thread idle most of the time, and a second one costs more in handing over
    // than it takes off. The pass itself runs on the main thread, so that whoever does not read the
    // output holds up no call.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().map_err(unstartable)?;
    let done = runtime.block_on(async {
        let stop = Stop::on_signals(say).map_err(unstartable)?;
        command(&stop).await
    });
    // A question on the terminal that nobody will answer must not keep the process.
    runtime.shutdown_background();
    done
}

fn unstartable(error: std::io::Error) -> Report {
    Failure::caused("the program cannot start", "check the limits of this machine", error).into()
}

impl Context {
    /// Whether results are to be written as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.global.output == OutputFormat::Json
    }
}
