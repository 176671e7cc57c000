//! The passes of a run: audit and apply, with what they leave behind.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use digitalex_core::FleetStatus;
use digitalex_engine::{Account, Approval, Means, Pass, PassEvent};
use miette::Report;
use tokio::sync::mpsc;

use crate::connection::Connection;
use crate::last_run::ListingKeeper;
use crate::output::progress::Progress;
use crate::remember::{change, remember};
use crate::run_report::{Action, ExitFold, Pace, RecordSink, RunHead, RunReport};
use crate::{Context, explain_calls};

/// What is told of a pass while it goes on.
struct Watch<'a, 's> {
    progress: Progress,
    listing: ListingKeeper,
    exit: ExitFold,
    sinks: &'a mut [&'s mut dyn RecordSink],
    began: Duration,
}

impl Connection {
    /// What is known of the run before it goes over the accounts.
    pub(crate) fn head(&self, action: Action) -> RunHead {
        RunHead {
            action,
            run: self.run.clone(),
            organization: self.info.clone(),
            config_digest: self.settings.digest(),
            admin_role: self.first_admin_role(),
            units: self.units.clone(),
            started_at: self.started_at,
        }
    }

    /// Audits every account, beginning with those of the last listing; the sinks are given each record
    /// as it comes.
    pub(crate) async fn audit(
        &self,
        context: &Context,
        action: Action,
        sinks: &mut [&mut dyn RecordSink],
    ) -> Result<RunReport, Report> {
        let pass = self.pass()?;
        let known = self.last_run.accounts(pass.scope.detail());
        self.explain_before(action, &pass, &known);
        let access = Arc::new(self.aws.audit_access(&self.info, &self.run));
        let mut watch = self.watch(context, action, "read", sinks);
        let mut on_event = |event: PassEvent| watch.on_event(&event);
        let organization = self.organization();
        let status =
            digitalex_engine::audit(pass, organization, access, known, &mut on_event).await;
        Ok(self.report(watch, action, status))
    }

    /// Applies what is approved; the sinks are given each record as it comes.
    pub(crate) async fn apply(
        &self,
        context: &Context,
        approval: Approval,
        sinks: &mut [&mut dyn RecordSink],
    ) -> Result<RunReport, Report> {
        let pass = self.pass()?;
        let store = self.store().await?;
        let known = self.last_run.accounts(pass.scope.detail());
        self.explain_before(Action::Apply, &pass, &known);
        let access = Arc::new(self.aws.apply_access(&self.info, &self.run));
        let key_sink = self.key_sink();
        let mut watch = self.watch(context, Action::Apply, "done", sinks);
        let (seen, changes) = mpsc::unbounded_channel();
        let applying = async {
            let (seen, clock) = (seen, self.caller.clock());
            let mut on_event = |event: PassEvent| {
                watch.on_event(&event);
                // Whoever remembers outlives the pass.
                let _ = seen.send(change(event, clock.now()));
            };
            let (organization, journal) = (self.organization(), Arc::new(store.clone()));
            let policies = Arc::new(self.aws.organization());
            let means = Means { access, journal, key_sink, policies };
            let (known, on_event) = (&known, &mut on_event);
            digitalex_engine::apply(pass, organization, means, approval, known, on_event).await
        };
        let (status, ()) = tokio::join!(applying, remember(&store, changes));
        Ok(self.report(watch, Action::Apply, status))
    }

    /// The role that lets into the accounts themselves, of the way that is tried first.
    fn first_admin_role(&self) -> String {
        let first = self.settings.scope.settings.admin_roles.first();
        let hop = first.and_then(|role| role.hops.last());
        hop.map_or("OrganizationAccountAccessRole", |hop| hop.rsplit('/').next().unwrap_or(hop))
            .to_owned()
    }

    fn pass(&self) -> Result<Arc<Pass>, Report> {
        Ok(Arc::new(Pass::new(
            self.run.clone(),
            self.scope()?,
            self.external_id.clone(),
            self.settings.concurrency,
            self.stop.clone(),
            self.caller.clone(),
        )))
    }

    fn explain_before(&self, action: Action, pass: &Pass, known: &[Account]) {
        if self.explain_calls {
            explain_calls::before(action, &pass.scope, known, &self.settings.rates);
        }
    }

    fn watch<'a, 's>(
        &self,
        context: &Context,
        action: Action,
        word: &'static str,
        sinks: &'a mut [&'s mut dyn RecordSink],
    ) -> Watch<'a, 's> {
        Watch {
            progress: Progress::start(context, word),
            listing: self.last_run.keep_listing(),
            exit: ExitFold::new(action),
            sinks,
            began: self.caller.clock().monotonic(),
        }
    }

    /// What the passes so far took: the one that ends now began then.
    fn in_passes(&self, began: Duration) -> Duration {
        let took = self.caller.clock().monotonic().saturating_sub(began);
        let mut in_passes = self.in_passes.lock().unwrap_or_else(PoisonError::into_inner);
        *in_passes += took;
        *in_passes
    }

    fn report(&self, watch: Watch<'_, '_>, action: Action, status: FleetStatus) -> RunReport {
        watch.progress.end();
        self.last_run.keep_learned_rates(&self.caller.learned());
        let pace = Pace {
            floor: self.caller.floor(),
            elapsed: self.in_passes(watch.began),
            throttled: self.caller.throttled(),
        };
        let calls = self.caller.counts();
        if self.explain_calls {
            explain_calls::after(&calls, &pace);
        }
        RunReport {
            head: self.head(action),
            finished_at: self.now(),
            exit: watch.exit.end(&status),
            status,
            calls,
            pace,
        }
    }
}

impl Watch<'_, '_> {
    fn on_event(&mut self, event: &PassEvent) {
        self.progress.on_event(event);
        self.listing.on_event(event);
        let PassEvent::Done(visit) = event else { return };
        self.exit.add(&visit.record);
        for sink in &mut *self.sinks {
            sink.add(&visit.record);
        }
    }
}
