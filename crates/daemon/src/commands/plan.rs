//! `plan`.

use std::path::PathBuf;

use clap::Args;
use miette::Report;

use crate::Context;
use crate::connection::{Connection, PassFlags};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::output::files::ReportFlags;
use crate::output::{ReportOutput, tell};
use crate::plan_file::PlanWriter;
use crate::run_report::Action;

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file holds no secret: external ids are hidden. `apply FILE` reads every account again and does
only what stands in the file; an account that has changed since is left alone.

Exit codes: 0 nothing to do, 2 drift found, 3 incomplete, 1 error.

Examples:
  digitalex-rollout plan --out plan.json
  digitalex-rollout apply plan.json")]
pub struct PlanArgs {
    /// Where to write the plan
    #[arg(long, value_name = "FILE", default_value = "plan.json")]
    out: PathBuf,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    pass: PassFlags,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &PlanArgs, stop: &Stop) -> Result<Exit, Report> {
    args.report.check()?;
    let connection = Connection::open_for_passes(context, &args.pass, stop).await?;
    let connection = connection.naming_units(args.report.files.is_empty()).await;
    let head = connection.head(Action::Plan);
    let mut file = PlanWriter::create(&args.out, &head, &connection)?;
    let mut output = ReportOutput::start(context, &head, &args.report)?;
    let report = connection.audit(context, Action::Plan, &mut [&mut file, &mut output]).await?;
    let written = file.end(&report);
    output.end(&report)?;
    let (count, path) = (written?, args.out.display());
    tell(&format!("plan of {count} accounts written; next: digitalex-rollout apply {path}"));
    Ok(report.exit)
}
