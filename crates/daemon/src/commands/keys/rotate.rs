//! `keys rotate`.

use clap::Args;
use digitalex_core::KeyOrder;
use digitalex_engine::Way;
use jiff::Timestamp;
use miette::Report;

use crate::Context;
use crate::commands::apply;
use crate::connection::{Connection, PassFlags};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::output::files::ReportFlags;

/// Arguments of `keys rotate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each run takes each account one step further, and can be repeated at any time; where a key has just taken
over, a run changes nothing until the old one is deleted:
  1. a second key is made, its secret kept, and its id recorded as the next one;
  2. give it to DigitalEx (keys export --reveal). Its use there is the proof; or vouch with --confirm;
  3. the next run makes it the recorded one, and deactivates the old one;
  4. once the old one was not used for [access_keys] delete_after, it is deleted.
At no moment is there no working key, or are there more than two. What else differs is put right too.

Exit codes: 0 converged, 3 incomplete (an account waits for a proof, or could not be done), 1 error.

Examples:
  digitalex-rollout keys rotate --account 111122223333
  digitalex-rollout keys rotate --confirm --account 111122223333
  digitalex-rollout keys rotate --made-before 2026-11-27T08:00:00Z
  digitalex-rollout keys rotate --yes")]
pub struct RotateArgs {
    /// Replace every key that was made before this moment, even one that has just taken over
    #[arg(long, value_name = "TIME", conflicts_with = "confirm")]
    made_before: Option<Timestamp>,
    /// The next keys are in use: take over to them without waiting for their use to show
    #[arg(long)]
    confirm: bool,
    /// Do it without asking
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    pass: PassFlags,
}

pub(super) async fn run(context: &Context, args: &RotateArgs, stop: &Stop) -> Result<Exit, Report> {
    apply::can_ask(context, args.yes)?;
    args.report.check()?;
    let mut connection = Connection::open_for_passes(context, &args.pass, stop).await?;
    let order = match args.made_before {
        Some(made_before) => KeyOrder::Replace { made_before_s: made_before.as_second() },
        None if args.confirm => KeyOrder::Confirm,
        None => KeyOrder::Rotate,
    };
    let scope = &mut connection.settings.scope;
    scope.way = Way::Keys;
    scope.settings.identity.keys.order = order;
    apply::apply_approved(context, &connection, &args.report, args.yes, stop).await
}
