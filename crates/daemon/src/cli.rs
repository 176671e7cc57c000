//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    accounts, apply, audit, config, daemon, drift, export, history, keys, manual, plan, policy,
    report, sandbox, status,
};

const EXIT_CODES: &str = "\
Exit codes:
  0    in sync, or converged
  1    an error; nothing was done. report verify: the file is not as it was signed
  2    audit and plan: drift was found. drift: some is open. policy compare: the policies differ.
       report diff: something changed
  3    incomplete: an account could not be read or not be visited, or the list of accounts is not
       whole (this outranks 2); apply: an account could not be converged
  130  stopped at once by a second Ctrl-C";

const EXAMPLES: &str = "\
Examples:
  digitalex-rollout apply --sandbox 500 --yes        Try it out: no AWS is needed
  DIGITALEX_TENANT_ID=… digitalex-rollout audit      What differs in your organization
  DIGITALEX_TENANT_ID=… digitalex-rollout apply      Show it, ask, and put it right
  digitalex-rollout config template > digitalex-rollout.toml

Ctrl-C finishes the accounts in flight and reports the rest as not visited; a second one stops at
once. Use `digitalex-rollout COMMAND --help` for more.";

/// Puts the DigitalEx role into every account of an AWS organization.
#[derive(Debug, Parser)]
#[command(name = "digitalex-rollout", version, about, after_help = format!("{EXIT_CODES}\n\n{EXAMPLES}"))]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalFlags,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global")]
pub struct GlobalFlags {
    /// The configuration file [default: DIGITALEX_CONFIG, ./digitalex-rollout.toml,
    /// $XDG_CONFIG_HOME/digitalex-rollout/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,
    /// What is logged to standard error [default: warn, of the daemon info]
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub log_level: Option<LogLevel>,
    /// Log more: -v info, -vv debug, -vvv trace
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with_all = ["quiet", "log_level"])]
    pub verbose: u8,
    /// Log errors only, and show no progress
    #[arg(short, long, global = true, conflicts_with = "log_level")]
    pub quiet: bool,
    /// Colours; NO_COLOR switches them off too
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Human,
    /// For programs; `report schema` prints the schema.
    Json,
    /// One file to open in a browser (audit, plan, apply).
    Html,
    /// For a ticket (audit, plan, apply).
    Markdown,
    /// For a sheet (audit, plan, apply).
    Csv,
    /// For a pipeline (audit, plan, apply).
    Junit,
    /// For a pipeline (audit, plan, apply).
    Sarif,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what differs from the wanted role, account by account; writes nothing
    Audit(Box<audit::AuditArgs>),
    /// Write what would be done to a plan file, to look at and to apply later; writes nothing to AWS
    Plan(Box<plan::PlanArgs>),
    /// Put the role right: as a plan file says, or after showing what will be done and asking
    Apply(Box<apply::ApplyArgs>),
    /// Keep the organization right, day and night; serves a status page, an API and metrics
    Daemon(Box<daemon::DaemonArgs>),
    /// Say what the daemon or the last apply left: accounts, drift, the last pass
    Status(status::StatusArgs),
    /// List the changes that were made, of one account or of all
    History(history::HistoryArgs),
    /// List the drift that is open, or was
    Drift(drift::DriftArgs),
    /// List what is handed over to DigitalEx: every account that is in sync, with its role or key
    Export(Box<export::ExportArgs>),
    /// Rotate access keys, hand them over, or give them up
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// List every account, whether it takes part, and why
    Accounts(Box<accounts::AccountsArgs>),
    /// Serve a simulated AWS organization on this machine, for any AWS client
    Sandbox(sandbox::SandboxArgs),
    /// Compare and check policy documents
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Check the configuration, print its template or its schema
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Verify, compare and convert reports; what helps the accounts in them
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Print the completions of a shell
    Completions(manual::CompletionsArgs),
    /// Write the man pages
    Man(manual::ManArgs),
}

impl Command {
    /// Whether it writes a report of a run, which has formats of its own.
    #[must_use]
    pub fn reports(&self) -> bool {
        matches!(
            self,
            Self::Audit(_)
                | Self::Plan(_)
                | Self::Apply(_)
                | Self::Keys(keys::KeysCommand::Rotate(_) | keys::KeysCommand::Retire(_))
                | Self::Report(report::ReportCommand::Convert(_))
        )
    }
}

impl GlobalFlags {
    /// What is to be logged; `default` where no flag says.
    #[must_use]
    pub fn log_level(&self, default: LogLevel) -> LogLevel {
        match (self.log_level, self.quiet, self.verbose) {
            (Some(level), _, _) => level,
            (None, true, _) => LogLevel::Error,
            (None, false, 0) => default,
            (None, false, 1) => LogLevel::Info,
            (None, false, 2) => LogLevel::Debug,
            (None, false, _) => LogLevel::Trace,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn command_line_should_be_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_should_show_an_example_in_its_help() {
        fn visit(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            if !command.has_subcommands() {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("Examples:\n  "), "{path} has no examples");
            }
            command.get_subcommands().for_each(|command| visit(command, &path));
        }
        let command = Cli::command();
        command.get_subcommands().for_each(|command| visit(command, "digitalex-rollout"));
    }
}
