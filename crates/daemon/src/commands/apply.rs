//! `apply`.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use digitalex_core::{AccountId, AccountRecord, Verdict};
use digitalex_engine::Approval;
use miette::Report;

use crate::Context;
use crate::connection::{Connection, RunFlags, Tenant};
use crate::exit::{Exit, Failure};
use crate::interrupt::Stop;
use crate::output::{human, print, show, tell};
use crate::plan_file::PlanFile;
use crate::run_report::{Action, RunReport};

/// Arguments of `apply`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without FILE and without --yes, shows what would be done, asks on the terminal, and does what was
shown. What is about to be written stands in the journal first.

Exit codes: 0 converged, 3 incomplete (an account could not be converged, read or visited, or was
planned and is no longer listed), 1 error, nothing done.

Examples:
  digitalex-rollout apply --sandbox 500 --yes
  DIGITALEX_TENANT_ID=… digitalex-rollout apply
  digitalex-rollout apply plan.json
  digitalex-rollout apply --yes --ou ou-ab12-cdefgh34 --adopt")]
pub struct ApplyArgs {
    /// A plan file that `plan` wrote
    #[arg(value_name = "FILE", conflicts_with = "yes")]
    file: Option<PathBuf>,
    /// Do whatever is to be done, without asking
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    run: RunFlags,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &ApplyArgs, stop: &Stop) -> Result<Exit, Report> {
    let file = args.file.as_deref().map(PlanFile::read).transpose()?;
    let asks = file.is_none() && !args.yes;
    if asks && (context.is_json() || !std::io::stdin().is_terminal()) {
        return Err(Failure::new(
            "nothing was done: there is no terminal to ask on",
            "add --yes; or write a plan (`plan --out FILE`), look at it, and `apply FILE`",
        )
        .into());
    }
    let connection = Connection::open(context, &args.run, Tenant::Needed, stop).await?;
    let approval = match file {
        Some(file) => file.approval(&connection)?,
        None if args.yes => Approval::Everything,
        None => {
            let planned = connection.audit(context, Action::Apply).await?;
            print(&human::render(&planned))?;
            let writable: Vec<_> = planned.accounts.iter().filter_map(planned_writes).collect();
            if writable.is_empty() {
                tell("there is nothing to write");
                return Ok(planned.exit());
            }
            ask(&planned, writable.len(), stop).await?;
            let digests = writable.into_iter().map(|(record, plan)| (record.id, plan.digest()));
            Approval::Only(digests.collect())
        }
    };
    let approved: BTreeSet<_> = match &approval {
        Approval::Everything => BTreeSet::new(),
        Approval::Only(digests) => digests.keys().copied().collect(),
    };
    let report = connection.apply(context, approval).await?;
    show(context, &report)?;
    let unlisted = unlisted(approved, &report);
    // Where the list is not whole, that is told already, and an absence says nothing.
    if unlisted.is_empty() || report.status.listing_incomplete.is_some() {
        return Ok(report.exit());
    }
    let names: Vec<_> = unlisted.iter().map(ToString::to_string).collect();
    tell(&format!("planned, but no longer listed in the organization: {}", names.join(", ")));
    Ok(Exit::Incomplete)
}

/// The accounts that were approved and of which the report cannot speak.
fn unlisted(mut approved: BTreeSet<AccountId>, report: &RunReport) -> BTreeSet<AccountId> {
    for record in &report.accounts {
        approved.remove(&record.id);
    }
    approved
}

fn planned_writes(
    record: &AccountRecord,
) -> Option<(&AccountRecord, &digitalex_core::AccountPlan)> {
    let plan = record.plan.as_ref().filter(|plan| !plan.is_empty())?;
    (record.verdict == Verdict::Drifted).then_some((record, plan))
}

/// Goes on only where a person says yes.
async fn ask(planned: &RunReport, accounts: usize, stop: &Stop) -> Result<(), Report> {
    let organization = &planned.organization.id;
    tell(&format!("Write this to {accounts} accounts of organization {organization}? [y/N]"));
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = tokio::select! {
        answer = answer => answer.ok().and_then(Result::ok).unwrap_or_default(),
        () = stop.requested() => String::new(),
    };
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Failure::new("nothing was done, as you chose", "run it again when it is right").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_report::tests::{record, report};

    #[test]
    fn planned_accounts_that_are_listed_no_more_should_be_named() {
        let ids = [1, 2].map(|number| record(number, Verdict::Converged).id);
        let report = report(Action::Apply, vec![record(2, Verdict::Converged)]);
        assert_eq!(unlisted(ids.into(), &report), BTreeSet::from([ids[0]]));
    }
}
