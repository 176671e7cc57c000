//! The change of one role or user: the writes of a plan, and the looks that confirm them. The apply and the
//! loop share it.

use std::time::Duration;

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{
    AccountPlan, Cause, Correction, DesiredIdentity, ExternalId, IdentityDiff, Step, Verdict,
};

use crate::denying_policy::{DenialSearch, DeniedWrite};
use crate::disposition::{Disposition, Intent, disposition};
use crate::examine::{Examination, examine};
use crate::key_change::Untaken;
use crate::{Account, AccountWriter, Assignment, CallError, CallErrorKind, Clock, KeySink, cause};

/// Waits between the looks that follow a write. IAM is eventually consistent and gives no bound;
/// what a write changed is normally seen at once, and nearly always within half a minute.
pub(crate) const LOOKS_AFTER_WRITE: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// Rounds of plan and write after a write whose outcome was unknown.
const ROUNDS_MAX: usize = 4;

/// Why an account is not done, and how to record it.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) verdict: Verdict,
    pub(crate) cause: Cause,
    pub(crate) reach: Reach,
}

/// Whom it stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This account.
    Account,
    /// Every account: AWS would answer each the same.
    Aws,
    /// Every write: the journal cannot be written.
    Journal,
}

/// A role or user that is open for writing.
pub(crate) struct Change<'a> {
    pub(crate) writer: &'a dyn AccountWriter,
    pub(crate) account: &'a Account,
    pub(crate) desired: &'a DesiredIdentity,
    pub(crate) assignment: &'a Assignment,
    pub(crate) external_id: &'a ExternalId,
    pub(crate) correction: &'a Correction,
    /// Takes the secrets of new access keys.
    pub(crate) key_sink: &'a dyn KeySink,
    /// Says why a write was denied.
    pub(crate) denials: &'a DenialSearch,
    pub(crate) clock: &'a dyn Clock,
    /// The waits before the looks that follow a write, none left out.
    pub(crate) waits: &'a [Duration],
}

/// How the writes of a plan ended.
pub(crate) enum Written {
    /// A look shows that nothing is left to write.
    Settled(Box<Examination>),
    /// Every write was accepted, or may have been, but no look has shown it.
    Unverified(Cause),
}

/// How far a plan's steps went.
#[derive(Default)]
struct Progress {
    /// What was accepted: none of it is written again, however long it does not show.
    accepted: Vec<Step>,
    /// Why the rest was left: an outcome is not known, or something got in between. Read again, and
    /// plan again.
    left: Option<Cause>,
    /// How often something was left: each time the next look waits longer.
    rounds_left: usize,
    /// An access key was made, or may have been.
    tried_a_key: bool,
}

impl Change<'_> {
    /// One look at the role or user.
    pub(crate) async fn examine(&self) -> Result<Examination, Stop> {
        self.look().await.map_err(|error| Stop::unreadable(&error))
    }

    /// Writes, and reads again, until nothing of `approved` is left to write. After a write whose
    /// outcome is not known, what is left is planned anew, and may only be part of what was approved.
    pub(crate) async fn write(&self, approved: &AccountPlan) -> Result<Written, Stop> {
        let mut steps = approved.steps.clone();
        let mut progress = Progress::default();
        let mut last = cause::not_verified();
        for _ in 0..ROUNDS_MAX {
            self.execute(&steps, &mut progress).await?;
            let found = match self.look_after_write(&progress).await {
                Ok(found) if is_planted(PlantedBug::ConvergedWithoutALook) => {
                    Examination { differences: IdentityDiff::default(), ..found }
                }
                Ok(found) => found,
                // An account that cannot be read after a write has neither failed nor succeeded.
                Err(error) => return Ok(Written::Unverified(cause::outcome_unknown(&error))),
            };
            if found.is_settled() || progress.is_past(&found.plan.steps) {
                return Ok(Written::Settled(Box::new(found)));
            }
            let creates_again =
                progress.creates_again(&found.plan.steps) && !is_planted(PlantedBug::CreateAgain);
            match progress.left.take() {
                None if is_planted(PlantedBug::AnswerStaleLook) => steps = found.plan.steps,
                None => return Ok(Written::Unverified(cause::not_verified())),
                Some(cause) if creates_again => return Ok(Written::Unverified(cause)),
                Some(cause) if !is_part_of(&found.plan, approved) => {
                    return Err(Stop::failed(cause));
                }
                Some(cause) => {
                    steps = progress.not_accepted(found.plan.steps);
                    if steps.is_empty() {
                        return Ok(Written::Unverified(cause));
                    }
                    last = cause;
                }
            }
        }
        Err(Stop::failed(last))
    }

    async fn execute(&self, steps: &[Step], progress: &mut Progress) -> Result<(), Stop> {
        for step in steps {
            progress.tried_a_key |= makes_a_key(step);
            let error = match self.take(step).await {
                Ok(()) => {
                    progress.accepted.push(step.clone());
                    continue;
                }
                Err(Untaken::Stopped(stop)) => return Err(stop),
                Err(Untaken::Failed(error)) => error,
            };
            let raced =
                matches!(error.kind, CallErrorKind::AlreadyExists | CallErrorKind::NotFound);
            progress.left = Some(match disposition(&error, Intent::Write) {
                Disposition::ReadFirst if is_planted(PlantedBug::GoOnAfterUnknownOutcome) => {
                    continue;
                }
                Disposition::Hold if raced && is_planted(PlantedBug::OverwriteAfterRace) => {
                    continue;
                }
                Disposition::ReadFirst => cause::outcome_unknown(&error),
                Disposition::Hold if raced => cause::of_call(&error),
                _ => return Err(self.refused(step, &error).await),
            });
            progress.rounds_left += 1;
            return Ok(());
        }
        Ok(())
    }

    /// The write is refused for good.
    async fn refused(&self, step: &Step, error: &CallError) -> Stop {
        let stop = Stop::of_call(Verdict::Failed, error);
        let Self { account, desired, .. } = *self;
        let admin_roles = &*self.assignment.admin_roles;
        let write = DeniedWrite { account, admin_roles, desired, step, error };
        match self.denials.find(&write).await {
            Some(found) => Stop { cause: found.cause(error), ..stop },
            None => stop,
        }
    }

    /// Reads until nothing is left to write, or the waits are over; never writes. Where steps are
    /// left, the first complete look ends it, but for a role that was just created and does not
    /// show yet.
    async fn look_after_write(&self, progress: &Progress) -> Result<Examination, CallError> {
        let last_wait = self.waits.len().saturating_sub(1);
        let mut waits = self.waits.iter().skip(progress.rounds_left.min(last_wait));
        loop {
            let wait = waits.next().copied().unwrap_or_default();
            if !wait.is_zero() {
                self.clock.sleep(wait).await;
            }
            let is_last = waits.len() == 0;
            match self.look().await {
                Ok(found) if is_last || !may_be_stale(&found, progress) => return Ok(found),
                Err(error) if is_last => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
    }

    async fn look(&self) -> Result<Examination, CallError> {
        examine(self.writer, self.desired, self.assignment, self.external_id, self.correction).await
    }
}

impl Progress {
    fn created(&self) -> bool {
        creates(&self.accepted)
    }

    /// Whether `steps` would make what was made already, or may have been, and does not show yet. IAM makes
    /// no role twice, but a key as often as it is asked.
    fn creates_again(&self, steps: &[Step]) -> bool {
        self.created() && creates(steps) || self.tried_a_key && steps.iter().any(makes_a_key)
    }

    /// Whether `steps` are others than those that were all accepted: not what does not show yet, but what
    /// became due by it, as the deletion of a key that was deactivated. It is left to the next visit.
    fn is_past(&self, steps: &[Step]) -> bool {
        self.left.is_none()
            && !self.creates_again(steps)
            && steps.iter().all(|step| became_due(step) && !self.accepted.contains(step))
    }

    /// The steps that were not accepted before: a look may not show yet those that were.
    fn not_accepted(&self, mut steps: Vec<Step>) -> Vec<Step> {
        steps.retain(|step| !self.accepted.contains(step) || is_planted(PlantedBug::CreateAgain));
        steps
    }
}

impl Stop {
    /// The role could not be read.
    pub(crate) fn unreadable(error: &CallError) -> Self {
        if is_planted(PlantedBug::UnreachableAsInSync) {
            return Self::of_call(Verdict::InSync, error);
        }
        Self::of_call(Verdict::Unreachable, error)
    }

    /// The account could not be entered.
    pub(crate) fn not_entered(account: &Account, error: &CallError) -> Self {
        let stop = Self::unreadable(error);
        Self { cause: cause::told_of(account, stop.cause), ..stop }
    }

    pub(crate) fn of_call(verdict: Verdict, error: &CallError) -> Self {
        Self { verdict, cause: cause::of_call(error), reach: Reach::of(error) }
    }

    /// The change could not be made, or not be made sure of.
    pub(crate) fn failed(cause: Cause) -> Self {
        Self { verdict: Verdict::Failed, cause, reach: Reach::Account }
    }

    /// A person must decide.
    pub(crate) fn held(cause: Cause) -> Self {
        Self { verdict: Verdict::Held, cause, reach: Reach::Account }
    }

    /// No change is made without a journal.
    pub(crate) fn unjournalled(cause: Cause) -> Self {
        Self { verdict: Verdict::Failed, cause, reach: Reach::Journal }
    }
}

impl Reach {
    /// Whom the error stops.
    pub(crate) fn of(error: &CallError) -> Self {
        match disposition(error, Intent::Write) {
            Disposition::Fatal => Self::Aws,
            _ if is_planted(PlantedBug::OneFailureHaltsAll) => Self::Aws,
            _ => Self::Account,
        }
    }
}

/// What of `before` is gone in `after`.
pub(crate) fn corrected(before: &IdentityDiff, after: &IdentityDiff) -> IdentityDiff {
    before
        .iter()
        .filter(|difference| !after.iter().any(|left| left == *difference))
        .cloned()
        .collect()
}

/// Whether a look after a write may show what was before it.
fn may_be_stale(found: &Examination, progress: &Progress) -> bool {
    !found.is_settled()
        && !progress.is_past(&found.plan.steps)
        && (progress.left.is_none() || progress.creates_again(&found.plan.steps))
}

fn creates(steps: &[Step]) -> bool {
    steps.first().is_some_and(Step::creates)
}

/// Steps on access keys, of which one makes another due.
fn became_due(step: &Step) -> bool {
    matches!(step, Step::DeleteAccessKey { .. } | Step::DeactivateAccessKey { .. })
        || makes_a_key(step)
}

fn makes_a_key(step: &Step) -> bool {
    matches!(step, Step::CreateAccessKey { .. })
}

fn is_part_of(plan: &AccountPlan, approved: &AccountPlan) -> bool {
    plan.steps.iter().all(|step| approved.steps.contains(step))
}
