//! The visit of one account: only looks, looks and corrects, or looks whether a correction shows.

use std::sync::Arc;
use std::time::Duration;

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{
    AccountRecord, Cause, Correction, DesiredIdentity, Fingerprint, IdentityDiff, Ownership,
    Verdict,
};
use jiff::Timestamp;

use super::backoff::{after, until};
use super::{KeepSettings, Seen};
use crate::change::{Change, LOOKS_AFTER_WRITE, Reach, Stop, Written, corrected};
use crate::denying_policy::DenialSearch;
use crate::examine::{Examination, blank_record, examine, target};
use crate::ledger::Ledger;
use crate::{Account, Assignment, KeySink, ReadAccess, WriteAccess, cause};

/// The account that is visited, and what holds for it.
pub(super) struct Site {
    pub(super) account: Account,
    pub(super) assignment: Arc<Assignment>,
    pub(super) settings: Arc<KeepSettings>,
}

/// Looks, and holds nothing that could write.
#[derive(Clone)]
pub(super) struct Observer {
    pub(super) access: Arc<dyn ReadAccess>,
    pub(super) ledger: Arc<Ledger>,
}

/// Looks and corrects.
#[derive(Clone)]
pub(super) struct Corrector {
    pub(super) access: Arc<dyn WriteAccess>,
    pub(super) key_sink: Arc<dyn KeySink>,
    pub(super) denials: Arc<DenialSearch>,
    pub(super) ledger: Arc<Ledger>,
}

/// What a visit gave.
pub(super) struct Visited {
    pub(super) record: AccountRecord,
    pub(super) seen: Option<Seen>,
    pub(super) corrected: IdentityDiff,
    /// A write was made, or may have been, that no look has confirmed.
    pub(super) pending: Option<Box<Pending>>,
    /// A write was made, or may have been: for a while a look may show what was before it, even after
    /// one that did not.
    pub(super) wrote: bool,
    /// What stops more than this account.
    pub(super) stopped: Option<(Reach, Cause)>,
}

/// A change that no look has confirmed yet.
pub(super) struct Pending {
    /// The record as it was before the writes.
    record: AccountRecord,
    /// The observation that the plan rested on.
    observation: Fingerprint,
    /// Why the looks so far have not confirmed it.
    cause: Cause,
    /// The looks that the schedule has made.
    looks: usize,
    /// When the last look is to be.
    until: Timestamp,
}

/// How long a look may show what was before a write.
pub(super) fn grace() -> Duration {
    if is_planted(PlantedBug::ForgetGrace) {
        return Duration::ZERO;
    }
    LOOKS_AFTER_WRITE.iter().sum()
}

impl Pending {
    /// When to look again.
    pub(super) fn next_look(&self, now: Timestamp) -> Timestamp {
        let last = LOOKS_AFTER_WRITE.len() - 1;
        let wait = LOOKS_AFTER_WRITE[last.min(self.looks + 1)];
        after(now, wait.min(until(now, self.until)))
    }
}

impl Site {
    fn desired(&self, now: Timestamp) -> Result<DesiredIdentity, Stop> {
        let desired = self.assignment.template.desired(self.account.id, now.as_second());
        desired.map_err(|error| Stop::held(cause::configuration(error.to_string())))
    }

    fn blank(&self) -> AccountRecord {
        let mut record = blank_record(&self.account, Verdict::Failed, None);
        record.profile = Some(self.assignment.template.profile().to_owned());
        record
    }
}

impl Observer {
    /// Looks.
    pub(super) async fn observe(&self, site: &Site) -> Visited {
        match self.look(site, &Correction::everything()).await {
            Ok(found) => Visited::of(site.blank(), found),
            Err(stop) => Visited::stopped(site.blank(), None, stop),
        }
    }

    /// Looks whether a change shows now, and writes its outcome down when that is known.
    pub(super) async fn verify(&self, site: &Site, mut pending: Box<Pending>) -> Visited {
        let looked = self.look(site, &site.settings.correction).await;
        let is_last = self.ledger.clock.now() >= pending.until;
        pending.looks += 1;
        let (seen, stopped) = match looked {
            Ok(found) if found.is_settled() => {
                let observation = pending.observation;
                let mut visited = Visited::settled(pending.record, found);
                visited.close(&self.ledger, observation).await;
                return visited;
            }
            Ok(found) => (Some(Seen::of(&found)), None),
            Err(stop) => {
                pending.cause = cause::unconfirmed_change(&stop.cause);
                (None, Some((stop.reach, stop.cause)))
            }
        };
        let stopped = stopped.filter(|(reach, _)| *reach != Reach::Account);
        if !is_last {
            return Visited { stopped, ..Visited::unverified(pending, seen) };
        }
        let Pending { record, observation, cause, .. } = *pending;
        let mut visited = Visited::stopped(record, seen, Stop::failed(cause));
        visited.stopped = stopped;
        visited.close(&self.ledger, observation).await;
        visited
    }

    async fn look(&self, site: &Site, correction: &Correction) -> Result<Examination, Stop> {
        let desired = site.desired(self.ledger.clock.now())?;
        let opened = self.access.open(&target(&site.account, &site.assignment)).await;
        let reader = opened.map_err(|error| Stop::not_entered(&site.account, &error))?;
        let external_id = &site.settings.external_id;
        let found = examine(&*reader, &desired, &site.assignment, external_id, correction).await;
        found.map_err(|error| Stop::unreadable(&error))
    }
}

impl Corrector {
    /// Looks, and where what is corrected differs, writes and looks once more.
    pub(super) async fn correct(&self, site: &Site) -> Visited {
        match self.bring_to_wanted(site).await {
            Ok(visited) => visited,
            Err(stop) => Visited::stopped(site.blank(), None, stop),
        }
    }

    async fn bring_to_wanted(&self, site: &Site) -> Result<Visited, Stop> {
        let desired = site.desired(self.ledger.clock.now())?;
        let opened = self.access.open(&target(&site.account, &site.assignment)).await;
        let writer = opened.map_err(|error| Stop::not_entered(&site.account, &error))?;
        let change = Change {
            writer: &*writer,
            account: &site.account,
            desired: &desired,
            assignment: &site.assignment,
            external_id: &site.settings.external_id,
            correction: &site.settings.correction,
            key_sink: &*self.key_sink,
            denials: &self.denials,
            clock: &*self.ledger.clock,
            waits: &LOOKS_AFTER_WRITE[..1],
        };
        let first = change.examine().await?;
        if first.is_settled() {
            return Ok(Visited::of(site.blank(), first));
        }
        let (plan, seen) = (first.plan.clone(), Seen::of(&first));
        let early = match is_planted(PlantedBug::WriteBeforeJournal) {
            true => Some(change.write(&plan).await),
            false => None,
        };
        let intent = self.ledger.intent(&plan, first.observation.identity()).await;
        let mut record = site.blank();
        first.fill(&mut record);
        if let Err(cause) = intent {
            return Ok(Visited::stopped(record, Some(seen), Stop::unjournalled(cause)));
        }
        let written = match early {
            Some(written) => written,
            None => change.write(&plan).await,
        };
        let mut visited = match written {
            Ok(Written::Settled(found)) => Visited::settled(record, *found),
            Ok(Written::Unverified(cause)) => {
                let until = after(self.ledger.clock.now(), grace());
                let observation = plan.observation;
                let pending = Pending { record, observation, cause, looks: 0, until };
                return Ok(Visited::unverified(Box::new(pending), Some(seen)));
            }
            Err(stop) => Visited { wrote: true, ..Visited::stopped(record, Some(seen), stop) },
        };
        visited.close(&self.ledger, plan.observation).await;
        Ok(visited)
    }
}

impl Visited {
    /// A look, and nothing else.
    fn of(mut record: AccountRecord, found: Examination) -> Self {
        let seen = Some(Seen::of(&found));
        (record.verdict, record.cause) = found.verdict();
        found.fill(&mut record);
        Self::plain(record, seen)
    }

    /// Nothing is left to write; `record` says what was before.
    fn settled(mut record: AccountRecord, found: Examination) -> Self {
        let corrected = corrected(&record.differences, &found.differences);
        let seen = Some(Seen::of(&found));
        let (verdict, cause) = found.verdict();
        if verdict == Verdict::InSync {
            (record.verdict, record.cause) = (Verdict::Converged, None);
        } else {
            (record.verdict, record.cause) = (verdict, cause);
            found.fill(&mut record);
        }
        Self { corrected, wrote: true, ..Self::plain(record, seen) }
    }

    /// Something stopped the visit, or the account cannot be done.
    fn stopped(mut record: AccountRecord, seen: Option<Seen>, stop: Stop) -> Self {
        let stopped = (stop.reach != Reach::Account).then(|| (stop.reach, stop.cause.clone()));
        (record.verdict, record.cause) = (stop.verdict, Some(stop.cause));
        Self { stopped, ..Self::plain(record, seen) }
    }

    /// What differed was there when last looked at, and was written to: until a look shows it, the
    /// account counts as drifted.
    fn unverified(pending: Box<Pending>, seen: Option<Seen>) -> Self {
        let mut record = pending.record.clone();
        (record.verdict, record.cause) = (Verdict::Drifted, Some(cause::not_yet_verified()));
        Self { pending: Some(pending), ..Self::plain(record, seen) }
    }

    /// This program failed on the account, perhaps after a write.
    pub(super) fn crashed(account: &Account) -> Self {
        let record = blank_record(account, Verdict::Failed, Some(cause::crashed()));
        Self { wrote: true, ..Self::plain(record, None) }
    }

    fn plain(record: AccountRecord, seen: Option<Seen>) -> Self {
        let corrected = IdentityDiff::default();
        Self { record, seen, corrected, pending: None, wrote: false, stopped: None }
    }

    /// Writes down what became of a change. What was done stands, whatever the journal says.
    async fn close(&mut self, ledger: &Ledger, observation: Fingerprint) {
        let outcome = ledger.outcome(self.record.id, observation, self.record.verdict).await;
        if let Err(cause) = outcome {
            self.stopped.get_or_insert((Reach::Journal, cause));
        }
    }
}

impl Seen {
    pub(crate) fn of(found: &Examination) -> Self {
        let identity = found.observation.identity();
        let differs = !found.differences.is_empty();
        Self {
            fingerprint: found.plan.observation.clone(),
            unique_id: identity.map(|identity| identity.unique_id.clone()),
            ownership: identity.map(Ownership::of),
            found: identity.filter(|_| differs).cloned().map(Box::new),
        }
    }
}
