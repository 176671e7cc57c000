//! `keys retire`: from access keys to the role.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;
use digitalex_core::{AccountId, AccountRecord, KeyOrder, Verdict};
use digitalex_engine::Way;
use miette::Report;

use crate::Context;
use crate::commands::apply;
use crate::connection::{Connection, PassFlags};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::output::files::ReportFlags;
use crate::output::tell;
use crate::run_report::{Action, RecordSink};

/// Arguments of `keys retire`.
#[derive(Debug, Args)]
#[command(after_help = "\
For accounts that had access keys and are to have the role now (auth = \"role\"): first `apply`, which makes
the role; then tell DigitalEx the role's ARN (`export`); then this. It looks at every role once more, and
where one is not in sync the account's keys stay. Keys are deactivated first, which can be undone, and
deleted with --delete. The user itself is left: without keys nobody can use it.

Exit codes: 0 done, 3 incomplete, 1 error.

Examples:
  digitalex-rollout keys retire --account 111122223333
  digitalex-rollout keys retire --delete --account 111122223333")]
pub struct RetireArgs {
    /// Delete the keys, in place of deactivating them
    #[arg(long)]
    delete: bool,
    /// Do it without asking
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    pass: PassFlags,
}

pub(super) async fn run(context: &Context, args: &RetireArgs, stop: &Stop) -> Result<Exit, Report> {
    apply::can_ask(context, args.yes)?;
    args.report.check()?;
    let mut connection = Connection::open_for_passes(context, &args.pass, stop).await?;
    let mut verified = Verified::default();
    connection.settings.scope.way = Way::Roles;
    let report = connection.audit(context, Action::Audit, &mut [&mut verified]).await?;
    if report.status.listing_incomplete.is_some() {
        tell("the list of accounts is not whole: accounts that it leaves out keep their keys");
    }
    tell(&format!("{} accounts have the role, verified now", verified.0.len()));
    let order = if args.delete { KeyOrder::Delete } else { KeyOrder::Deactivate };
    let scope = &mut connection.settings.scope;
    scope.way = Way::RetiredKeys { verified: Arc::new(verified.0) };
    scope.settings.identity.keys.order = order;
    let exit = apply::apply_approved(context, &connection, &args.report, args.yes, stop).await?;
    Ok(if report.status.listing_incomplete.is_some() { exit.max(Exit::Incomplete) } else { exit })
}

/// The accounts whose role was just read, and is as wanted.
#[derive(Default)]
struct Verified(BTreeSet<AccountId>);

impl RecordSink for Verified {
    fn add(&mut self, record: &AccountRecord) {
        if record.verdict == Verdict::InSync {
            self.0.insert(record.id);
        }
    }
}
