//! The apply: looks, writes what was planned, and looks again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use digitalex_core::{
    AccountId, AccountPlan, AccountRecord, Cause, DesiredRole, Fingerprint, FleetStatus,
    ObservedRole, PlanDigest, Step, Verdict,
};

use crate::disposition::{Disposition, Intent, disposition};
use crate::examine::{Examination, blank_record, examine, target};
use crate::pass::{Pass, PassEvent, Visitor, halt_on, run};
use crate::{
    Account, AccountWriter, Assignment, CallError, CallErrorKind, Journal, JournalEntry,
    Organization, WriteAccess, cause,
};

/// What may be written.
#[derive(Debug, Clone)]
pub enum Approval {
    /// Whatever the pass plans.
    Everything,
    /// Only the plans that a person saw.
    Only(BTreeMap<AccountId, PlanDigest>),
}

/// Waits between the looks that follow a write. IAM is eventually consistent and gives no bound;
/// what a write changed is normally seen at once, and nearly always within half a minute.
const LOOKS_AFTER_WRITE: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// Rounds of plan and write after a write whose outcome was unknown.
const ROUNDS_MAX: usize = 4;

/// Brings every account of the organization to what is wanted, as far as approved. Errors of one
/// account end in its record.
///
/// An apply has no warm start: it enters only accounts that the fresh listing has named, and since it
/// could not write before that, it would not end sooner.
pub async fn apply(
    pass: Arc<Pass>,
    organization: &dyn Organization,
    access: Arc<dyn WriteAccess>,
    journal: Arc<dyn Journal>,
    approval: Approval,
    on_event: &mut (dyn FnMut(PassEvent) + Send),
) -> FleetStatus {
    let applier = Applier { pass: Arc::clone(&pass), access, journal, approval };
    run(&pass, organization, Arc::new(applier), Vec::new(), on_event).await
}

struct Applier {
    pass: Arc<Pass>,
    access: Arc<dyn WriteAccess>,
    journal: Arc<dyn Journal>,
    approval: Approval,
}

/// Why an account is not done, and how to record it.
struct Stop(Verdict, Cause);

/// How far a plan's steps went.
#[derive(Default)]
struct Progress {
    /// Whether `CreateRole` was accepted: the role is never created again, however long it does not
    /// show.
    created: bool,
    /// Why the rest was left: an outcome is not known, or something got in between. Read again, and
    /// plan again.
    left: Option<Cause>,
    /// How often something was left: each time the next look waits longer.
    rounds_left: usize,
}

#[async_trait]
impl Visitor for Applier {
    async fn visit(&self, account: &Account, assignment: &Assignment) -> AccountRecord {
        let mut record = blank_record(account, Verdict::Failed, None);
        match self.bring_to_wanted(account, assignment, &mut record).await {
            Ok(verdict) => record.verdict = verdict,
            Err(Stop(verdict, cause)) => (record.verdict, record.cause) = (verdict, Some(cause)),
        }
        record
    }
}

impl Applier {
    async fn bring_to_wanted(
        &self,
        account: &Account,
        assignment: &Assignment,
        record: &mut AccountRecord,
    ) -> Result<Verdict, Stop> {
        let desired = assignment
            .template
            .desired(account.id)
            .map_err(|error| Stop(Verdict::Held, cause::configuration(error.to_string())))?;
        let writer = self
            .access
            .open(&target(account, assignment))
            .await
            .map_err(|error| self.unreadable(&error))?;
        let first = self.examine(&*writer, &desired, assignment).await?;
        let plan = first.plan.clone();
        let before = first.observation.role().cloned().map(Box::new);
        let verdict = first.verdict();
        first.fill(record);
        match verdict {
            (Verdict::Drifted, _) => {}
            (Verdict::Held, Some(cause)) => return Err(Stop(Verdict::Held, cause)),
            (verdict, _) => return Ok(verdict),
        }
        self.approve(&plan)?;
        self.record_intent(&plan, before).await?;
        let result = self.write_until_wanted(&*writer, &desired, assignment, &plan).await;
        let verdict = result.as_ref().map_or_else(|Stop(verdict, _)| *verdict, |verdict| *verdict);
        // What was done stands, whatever the journal says; where it fails, `append` has halted the pass.
        let _ = self.record_outcome(account.id, &plan.observation, verdict).await;
        result
    }

    /// Writes, and reads again, until the role reads as wanted. After a write whose outcome is not
    /// known, what is left is planned anew, and may only be part of what was approved.
    async fn write_until_wanted(
        &self,
        writer: &dyn AccountWriter,
        desired: &DesiredRole,
        assignment: &Assignment,
        approved: &AccountPlan,
    ) -> Result<Verdict, Stop> {
        let mut steps = approved.steps.clone();
        let mut progress = Progress::default();
        let mut last = cause::not_verified();
        for _ in 0..ROUNDS_MAX {
            self.execute(writer, desired, &steps, &mut progress).await?;
            let found = self.look_after_write(writer, desired, assignment, &progress).await?;
            match (found.verdict(), progress.left.take()) {
                ((Verdict::InSync, _), _) => return Ok(Verdict::Converged),
                ((Verdict::Held, Some(cause)), _) => return Err(Stop(Verdict::Held, cause)),
                (_, None) => return Err(Stop(Verdict::Failed, cause::not_verified())),
                (_, Some(cause)) if !is_part_of(&found.plan, approved) => {
                    return Err(Stop(Verdict::Failed, cause));
                }
                (_, Some(cause)) => (steps, last) = (found.plan.steps, cause),
            }
        }
        Err(Stop(Verdict::Failed, last))
    }

    async fn execute(
        &self,
        writer: &dyn AccountWriter,
        desired: &DesiredRole,
        steps: &[Step],
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        for step in steps {
            let Err(error) = writer.execute(&desired.name, step).await else {
                progress.created |= matches!(step, Step::CreateRole { .. });
                continue;
            };
            let raced =
                matches!(error.kind, CallErrorKind::AlreadyExists | CallErrorKind::NotFound);
            progress.left = Some(match disposition(&error, Intent::Write) {
                Disposition::ReadFirst => cause::outcome_unknown(&error),
                Disposition::Hold if raced => cause::of_call(&error),
                _ => {
                    halt_on(&self.pass, &error);
                    return Err(Stop(Verdict::Failed, cause::of_call(&error)));
                }
            });
            progress.rounds_left += 1;
            return Ok(());
        }
        Ok(())
    }

    /// Reads until the role is as wanted, or the grace for stale reads is over; never writes. Where
    /// steps are left, the first complete look ends it, but for a role that was just created and
    /// does not show yet.
    async fn look_after_write(
        &self,
        writer: &dyn AccountWriter,
        desired: &DesiredRole,
        assignment: &Assignment,
        progress: &Progress,
    ) -> Result<Examination, Stop> {
        let mut waits = LOOKS_AFTER_WRITE.iter().skip(progress.rounds_left).peekable();
        while let Some(wait) = waits.next() {
            if !wait.is_zero() {
                self.pass.clock.sleep(*wait).await;
            }
            let last = waits.peek().is_none();
            match examine(writer, desired, assignment, &self.pass.external_id).await {
                Ok(found) if last || !may_be_stale(&found, progress) => return Ok(found),
                // An account that cannot be read after a write has neither failed nor succeeded.
                Err(error) if last => {
                    return Err(Stop(Verdict::Failed, cause::outcome_unknown(&error)));
                }
                Ok(_) | Err(_) => {}
            }
        }
        Err(Stop(Verdict::Failed, cause::not_verified()))
    }

    async fn examine(
        &self,
        writer: &dyn AccountWriter,
        desired: &DesiredRole,
        assignment: &Assignment,
    ) -> Result<Examination, Stop> {
        examine(writer, desired, assignment, &self.pass.external_id)
            .await
            .map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &CallError) -> Stop {
        halt_on(&self.pass, error);
        Stop(Verdict::Unreachable, cause::of_call(error))
    }

    fn approve(&self, plan: &AccountPlan) -> Result<(), Stop> {
        match &self.approval {
            Approval::Everything => Ok(()),
            Approval::Only(approved) if approved.get(&plan.account) == Some(&plan.digest()) => {
                Ok(())
            }
            Approval::Only(_) => Err(Stop(Verdict::Held, cause::plan_changed())),
        }
    }

    async fn record_intent(
        &self,
        plan: &AccountPlan,
        before: Option<Box<ObservedRole>>,
    ) -> Result<(), Stop> {
        let (at, run) = (self.pass.clock.now(), self.pass.run.clone());
        self.append(JournalEntry::Intent { at, run, plan: plan.clone(), before }).await
    }

    async fn record_outcome(
        &self,
        account: AccountId,
        observation: &Fingerprint,
        verdict: Verdict,
    ) -> Result<(), Stop> {
        let (at, run) = (self.pass.clock.now(), self.pass.run.clone());
        let observation = observation.clone();
        self.append(JournalEntry::Outcome { at, run, account, observation, verdict }).await
    }

    /// No change is made without a journal: where it fails, the whole pass is halted.
    async fn append(&self, entry: JournalEntry) -> Result<(), Stop> {
        self.journal.append(&entry).await.map_err(|error| {
            let cause = cause::of_journal(&error);
            self.pass.halt(cause.clone());
            Stop(Verdict::Failed, cause)
        })
    }
}

/// Whether a look after a write may show what was before it.
fn may_be_stale(found: &Examination, progress: &Progress) -> bool {
    let drifted = found.verdict().0 == Verdict::Drifted;
    let creates_again = matches!(found.plan.steps.first(), Some(Step::CreateRole { .. }));
    drifted && (progress.left.is_none() || progress.created && creates_again)
}

fn is_part_of(plan: &AccountPlan, approved: &AccountPlan) -> bool {
    plan.steps.iter().all(|step| approved.steps.contains(step))
}
