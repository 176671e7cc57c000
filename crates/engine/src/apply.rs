//! The apply: looks, writes what was planned, and looks again.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{
    AccountId, AccountPlan, AccountRecord, Correction, FleetStatus, PlanDigest, Verdict,
};

use crate::change::{Change, LOOKS_AFTER_WRITE, Reach, Stop, Written};
use crate::denying_policy::DenialSearch;
use crate::examine::{blank_record, target};
use crate::ledger::Ledger;
use crate::pass::{Known, Pass, PassEvent, Visitor, run};
use crate::{
    Account, Assignment, Journal, KeySink, Organization, Seen, ServiceControlPolicies, Visit,
    WriteAccess, cause,
};

/// What may be written.
#[derive(Debug, Clone)]
pub enum Approval {
    /// Whatever the pass plans.
    Everything,
    /// Only the plans that a person saw.
    Only(BTreeMap<AccountId, PlanDigest>),
}

/// What it takes to write.
pub struct Means {
    /// Opens accounts.
    pub access: Arc<dyn WriteAccess>,
    /// Keeps what is about to be done.
    pub journal: Arc<dyn Journal>,
    /// Takes the secrets of new access keys.
    pub key_sink: Arc<dyn KeySink>,
    /// Says why a write was denied.
    pub policies: Arc<dyn ServiceControlPolicies>,
}

/// Brings every account of the organization to what is wanted, as far as approved. Errors of one
/// account end in its record.
///
/// `known` are the accounts of the last listing, if there was one. An apply has no warm start: it
/// enters only accounts that the fresh listing has named, and since it could not write before that, it
/// would not end sooner. But those that the fresh listing leaves out are asked for one by one, since a
/// listing may be stale.
pub async fn apply(
    pass: Arc<Pass>,
    organization: &dyn Organization,
    means: Means,
    approval: Approval,
    known: &[Account],
    on_event: &mut (dyn FnMut(PassEvent) + Send),
) -> FleetStatus {
    let Means { access, journal, key_sink, policies } = means;
    let denials = DenialSearch::new(policies, Arc::clone(&pass.clock));
    let ledger = Ledger { run: pass.run.clone(), journal, clock: Arc::clone(&pass.clock) };
    let correction = Correction::everything();
    let applier = Applier {
        pass: Arc::clone(&pass),
        access,
        key_sink,
        denials,
        ledger,
        approval,
        correction,
    };
    let known = Known::ToConfirm(known.iter().map(|account| account.id).collect());
    run(&pass, organization, Arc::new(applier), known, on_event).await
}

struct Applier {
    pass: Arc<Pass>,
    access: Arc<dyn WriteAccess>,
    key_sink: Arc<dyn KeySink>,
    denials: DenialSearch,
    ledger: Ledger,
    approval: Approval,
    correction: Correction,
}

#[async_trait]
impl Visitor for Applier {
    async fn visit(&self, account: &Account, assignment: &Assignment) -> Visit {
        let (mut record, mut seen) = (blank_record(account, Verdict::Failed, None), None);
        match self.bring_to_wanted(account, assignment, &mut record, &mut seen).await {
            Ok(verdict) => record.verdict = verdict,
            Err(stop) => {
                // No change is made without a journal: where it fails, the whole pass is halted.
                if stop.reach != Reach::Account {
                    self.pass.halt(stop.cause.clone());
                }
                (record.verdict, record.cause) = (stop.verdict, Some(stop.cause));
            }
        }
        Visit { seen, ..Visit::plain(self.pass.clock.now(), record) }
    }
}

impl Applier {
    async fn bring_to_wanted(
        &self,
        account: &Account,
        assignment: &Assignment,
        record: &mut AccountRecord,
        seen: &mut Option<Seen>,
    ) -> Result<Verdict, Stop> {
        let desired = assignment
            .template
            .desired(account.id, self.pass.clock.now().as_second())
            .map_err(|error| Stop::held(cause::configuration(error.to_string())))?;
        let opened = self.access.open(&target(account, assignment)).await;
        let writer = opened.map_err(|error| Stop::not_entered(account, &error))?;
        let change = Change {
            writer: &*writer,
            account,
            desired: &desired,
            assignment,
            external_id: &self.pass.external_id,
            correction: &self.correction,
            key_sink: &*self.key_sink,
            denials: &self.denials,
            clock: &*self.pass.clock,
            waits: &LOOKS_AFTER_WRITE,
        };
        let first = change.examine().await?;
        *seen = Some(Seen::of(&first));
        let plan = first.plan.clone();
        let before = first.observation.identity().cloned();
        let verdict = first.verdict();
        first.fill(record);
        match verdict {
            (Verdict::Drifted, _) => {}
            (Verdict::Held, Some(cause)) => return Err(Stop::held(cause)),
            (verdict, _) => return Ok(verdict),
        }
        self.approve(&plan)?;
        let early = match is_planted(PlantedBug::WriteBeforeJournal) {
            true => Some(change.write(&plan).await),
            false => None,
        };
        self.ledger.intent(&plan, before.as_ref()).await.map_err(Stop::unjournalled)?;
        let written = match early {
            Some(written) => written,
            None => change.write(&plan).await,
        };
        let result = written.and_then(|written| verdict_after(written, seen));
        let verdict = result.as_ref().map_or_else(|stop| stop.verdict, |verdict| *verdict);
        // What was done stands, whatever the journal says.
        if let Err(cause) = self.ledger.outcome(account.id, plan.observation, verdict).await {
            self.pass.halt(cause);
        }
        result
    }

    fn approve(&self, plan: &AccountPlan) -> Result<(), Stop> {
        match &self.approval {
            Approval::Everything => Ok(()),
            Approval::Only(approved) if approved.get(&plan.account) == Some(&plan.digest()) => {
                Ok(())
            }
            Approval::Only(_) => Err(Stop::held(cause::plan_changed())),
        }
    }
}

fn verdict_after(written: Written, seen: &mut Option<Seen>) -> Result<Verdict, Stop> {
    let found = match written {
        Written::Unverified(cause) => return Err(Stop::failed(cause)),
        Written::Settled(found) => found,
    };
    *seen = Some(Seen::of(&found));
    match found.verdict() {
        (Verdict::InSync, _) => Ok(Verdict::Converged),
        (verdict, Some(cause)) => Err(Stop { verdict, cause, reach: Reach::Account }),
        (verdict, None) => Ok(verdict),
    }
}
