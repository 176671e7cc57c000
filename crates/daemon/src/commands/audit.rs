//! `audit`.

use clap::Args;
use miette::Report;

use crate::Context;
use crate::connection::{Connection, PassFlags};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::output::ReportOutput;
use crate::output::files::ReportFlags;
use crate::run_report::Action;

/// Arguments of `audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 in sync, 2 drift found, 3 incomplete, 1 error.

Examples:
  digitalex-rollout audit --sandbox
  DIGITALEX_TENANT_ID=… digitalex-rollout audit
  digitalex-rollout audit --account 111122223333 --output json
  digitalex-rollout audit --report audit.html --report audit.csv --sign key.pem")]
pub struct AuditArgs {
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    pass: PassFlags,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &AuditArgs, stop: &Stop) -> Result<Exit, Report> {
    args.report.check()?;
    let connection = Connection::open_for_passes(context, &args.pass, stop).await?;
    let connection = connection.naming_units(args.report.files.is_empty()).await;
    let head = connection.head(Action::Audit);
    let mut output = ReportOutput::start(context, &head, &args.report)?;
    let report = connection.audit(context, Action::Audit, &mut [&mut output]).await?;
    output.end(&report)?;
    Ok(report.exit)
}
