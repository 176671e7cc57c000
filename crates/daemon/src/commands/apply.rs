//! `apply`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use digitalex_core::{AccountId, AccountRecord, PlanDigest};
use digitalex_engine::Approval;
use miette::Report;

use crate::Context;
use crate::cli::OutputFormat;
use crate::connection::{Connection, PassFlags};
use crate::exit::{Exit, Failure};
use crate::interrupt::Stop;
use crate::output::files::ReportFlags;
use crate::output::human::HumanReport;
use crate::output::{ReportOutput, print, tell};
use crate::plan_file::PlanFile;
use crate::run_report::{Action, RecordSink, RunHead, planned_writes};

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
    report: ReportFlags,
    #[command(flatten)]
    pass: PassFlags,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &ApplyArgs, stop: &Stop) -> Result<Exit, Report> {
    let file = args.file.as_deref().map(PlanFile::read).transpose()?;
    can_ask(context, file.is_some() || args.yes)?;
    args.report.check()?;
    let connection = Connection::open_for_passes(context, &args.pass, stop).await?;
    let connection = connection.naming_units(args.report.files.is_empty()).await;
    let approval = match file {
        Some(file) => {
            let remarks = file.remarks(&connection.info);
            let approval = file.approval(&connection)?;
            remarks.iter().for_each(|remark| tell(remark));
            approval
        }
        None => return apply_approved(context, &connection, &args.report, args.yes, stop).await,
    };
    apply(context, &connection, &args.report, approval).await
}

/// Nothing is begun where somebody is to be asked and nobody can be.
pub(crate) fn can_ask(context: &Context, approved: bool) -> Result<(), Report> {
    let is_human = context.global.output == OutputFormat::Human;
    if approved || is_human && std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(
        "nothing was done: there is no terminal to ask on",
        "add --yes; or write a plan (`plan --out FILE`), look at it, and `apply FILE`",
    )
    .into())
}

/// Applies all, where that is approved; else shows what would be done, and asks.
pub(crate) async fn apply_approved(
    context: &Context,
    connection: &Connection,
    flags: &ReportFlags,
    approved: bool,
    stop: &Stop,
) -> Result<Exit, Report> {
    let approval = match approved {
        true => Approval::Everything,
        false => {
            let (mut shown, mut planned) = (HumanReport::default(), Planned::default());
            let sinks: &mut [&mut dyn RecordSink] = &mut [&mut shown, &mut planned];
            let report = connection.audit(context, Action::Apply, sinks).await?;
            print(&shown.render(&report))?;
            if planned.0.is_empty() {
                tell("there is nothing to write");
                return Ok(report.exit);
            }
            ask(&report.head, planned.0.len(), stop).await?;
            Approval::Only(planned.0)
        }
    };
    apply(context, connection, flags, approval).await
}

async fn apply(
    context: &Context,
    connection: &Connection,
    flags: &ReportFlags,
    approval: Approval,
) -> Result<Exit, Report> {
    let mut unlisted = Unlisted::of(&approval);
    let mut output = ReportOutput::start(context, &connection.head(Action::Apply), flags)?;
    let report = connection.apply(context, approval, &mut [&mut output, &mut unlisted]).await?;
    output.end(&report)?;
    // Where the list is not whole, that is told already, and an absence says nothing.
    if unlisted.0.is_empty() || report.status.listing_incomplete.is_some() {
        return Ok(report.exit);
    }
    let names: Vec<_> = unlisted.0.iter().map(ToString::to_string).collect();
    tell(&format!("planned, but no longer listed in the organization: {}", names.join(", ")));
    Ok(Exit::Incomplete)
}

/// What was planned, by account.
#[derive(Default)]
struct Planned(BTreeMap<AccountId, PlanDigest>);

impl RecordSink for Planned {
    fn add(&mut self, record: &AccountRecord) {
        self.0.extend(planned_writes(record).map(|plan| (record.id, plan.digest())));
    }
}

/// The accounts that were approved and have not come up.
struct Unlisted(BTreeSet<AccountId>);

impl Unlisted {
    fn of(approval: &Approval) -> Self {
        match approval {
            Approval::Everything => Self(BTreeSet::new()),
            Approval::Only(digests) => Self(digests.keys().copied().collect()),
        }
    }
}

impl RecordSink for Unlisted {
    fn add(&mut self, record: &AccountRecord) {
        self.0.remove(&record.id);
    }
}

/// Goes on only where a person says yes.
async fn ask(head: &RunHead, accounts: usize, stop: &Stop) -> Result<(), Report> {
    let organization = &head.organization.id;
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
    use digitalex_core::Verdict;

    use super::*;
    use crate::run_report::tests::record;

    #[test]
    fn planned_accounts_that_are_listed_no_more_should_be_named() {
        let ids = [1, 2].map(|number| record(number, Verdict::Converged).id);
        let mut unlisted = Unlisted(ids.into());
        unlisted.add(&record(2, Verdict::Converged));
        assert_eq!(unlisted.0, BTreeSet::from([ids[0]]));
    }
}
