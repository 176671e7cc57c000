//! `export`: what is handed over to DigitalEx.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use digitalex_core::{AccountRecord, Verdict};
use digitalex_engine::KeySink;
use miette::Report;

use crate::Context;
use crate::connection::{Connection, PassFlags};
use crate::exit::Exit;
use crate::hand_over::{Columns, Output, Row, Table, rows, tell_left_out};
use crate::interrupt::Stop;
use crate::payer_report::PayerReport;
use crate::run_report::{Action, RecordSink};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every account is read, and listed where it is in sync: its id, name and profile, the ARN of the role or user,
and of a user the id of its access key and where its secret lies. With the payer goes the Cost and Usage Report
that DigitalEx is to read: its bucket and report path prefix, where the credentials are those of the
management account and may ask for it (cur:DescribeReportDefinitions); standard error says which one, and
why. Nothing that it writes is secret.

Exit codes: 0 all listed, 3 some accounts are left out, 1 error.

Examples:
  digitalex-rollout export > accounts.csv
  digitalex-rollout export --format json --out accounts.json
  digitalex-rollout export --sandbox")]
pub struct ExportArgs {
    /// Where to write to; standard output where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: ExportFormat,
    #[command(flatten)]
    pass: PassFlags,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ExportFormat {
    /// For a sheet.
    #[default]
    Csv,
    /// For programs.
    Json,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &ExportArgs, stop: &Stop) -> Result<Exit, Report> {
    let connection = Connection::open_for_passes(context, &args.pass, stop).await?;
    let output = Output::create(args.out.as_deref(), &connection.run)?;
    let (gathered, report) =
        tokio::join!(gather(context, &connection), PayerReport::find(&connection, stop));
    let (rows, exit) = gathered?;
    report.tell();
    let table = Table { rows: &rows, columns: Columns::PayerReport(&report) };
    output.write(&table.text(args.format)?)?;
    Ok(exit)
}

/// Reads every account, and keeps those that are as they should be, in the order of their ids.
pub(crate) async fn gather(
    context: &Context,
    connection: &Connection,
) -> Result<(Vec<Row>, Exit), Report> {
    let mut verified = Verified { sink: connection.key_sink(), rows: Vec::new(), left_out: 0 };
    let report = connection.audit(context, Action::Audit, &mut [&mut verified]).await?;
    let Verified { mut rows, left_out, .. } = verified;
    rows.sort_by_key(Row::account);
    tell_left_out(left_out);
    let whole = report.status.listing_incomplete.is_none() && left_out == 0;
    Ok((rows, if whole { Exit::Done } else { Exit::Incomplete }))
}

struct Verified {
    sink: Arc<dyn KeySink>,
    rows: Vec<Row>,
    left_out: usize,
}

impl RecordSink for Verified {
    fn add(&mut self, record: &AccountRecord) {
        let found = rows(record, &*self.sink);
        self.left_out += usize::from(found.is_empty() && record.verdict != Verdict::Skipped);
        self.rows.extend(found);
    }
}
