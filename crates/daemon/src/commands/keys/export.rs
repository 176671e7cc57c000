//! `keys export`.

use std::path::PathBuf;

use clap::Args;
use digitalex_engine::Way;
use miette::Report;

use crate::Context;
use crate::commands::export::{ExportFormat, gather};
use crate::connection::{Connection, PassFlags};
use crate::exit::{Exit, Failure};
use crate::hand_over::{Columns, Output, Table};
use crate::interrupt::Stop;
use crate::key_vault::KeyVault;

/// Arguments of `keys export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every account with access keys is read, and listed where it is in sync or waits for a proof in a rotation;
a key that is to take over is listed beside the one that works. With --reveal the secrets are read from
where they lie, and written to --out, a file for its owner only (- is standard output).

Exit codes: 0 all listed, 3 some accounts are left out, 1 error.

Examples:
  digitalex-rollout keys export
  digitalex-rollout keys export --format json
  digitalex-rollout keys export --reveal --identity key.txt --out keys.csv
  digitalex-rollout keys export --reveal --out - --account 111122223333")]
pub struct ExportArgs {
    /// Write the secrets too
    #[arg(long, requires = "out")]
    reveal: bool,
    /// The age identity file that decrypts them, where they lie in age files
    #[arg(long, value_name = "FILE", requires = "reveal")]
    identity: Option<PathBuf>,
    /// Where to write to; - is standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: ExportFormat,
    #[command(flatten)]
    pass: PassFlags,
}

pub(super) async fn run(context: &Context, args: &ExportArgs, stop: &Stop) -> Result<Exit, Report> {
    let mut connection = Connection::open_for_passes(context, &args.pass, stop).await?;
    connection.settings.scope.way = Way::Keys;
    let vault = match args.reveal {
        true => Some(KeyVault::open(&connection, args.identity.as_deref())?),
        false => None,
    };
    let output = Output::create(args.out.as_deref(), &connection.run)?;
    let (mut rows, exit) = gather(context, &connection).await?;
    if let Some(vault) = &vault {
        for row in &mut rows {
            row.reveal(vault).await.map_err(|error| {
                Failure::caused(
                    "a secret cannot be read, and none is written",
                    "see to what the cause names; or have a new key made with `keys rotate`",
                    error,
                )
            })?;
        }
    }
    let columns = if vault.is_some() { Columns::Secrets } else { Columns::Common };
    output.write(&Table { rows: &rows, columns }.text(args.format)?)?;
    Ok(exit)
}
