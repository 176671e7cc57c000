//! `report schema`.

use clap::Subcommand;
use miette::Report;

use crate::exit::Exit;
use crate::output::{print_json, schema};

/// About the JSON report.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Print the JSON schema of what audit, plan and apply write with --output json
    #[command(after_help = "\
Examples:
  digitalex-rollout report schema > report.schema.json")]
    Schema,
}

/// Runs the command.
pub(crate) fn run(command: &ReportCommand) -> Result<Exit, Report> {
    match command {
        ReportCommand::Schema => print_json(&schema::report_schema())?,
    }
    Ok(Exit::Done)
}
