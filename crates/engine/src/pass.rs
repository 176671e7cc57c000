//! One pass over the organization: lists, selects, and has every selected account visited, many at
//! once, while later pages are still being listed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use digitalex_core::{AccountId, AccountRecord, Cause, ExternalId, FleetStatus, Verdict};
use futures::StreamExt;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::disposition::{Disposition, Intent, disposition};
use crate::examine::blank_record;
use crate::{Account, Assignment, CallError, Caller, Clock, Organization, Scope, Selection, cause};

/// What a pass needs to know.
pub struct Pass {
    /// The run's id, as in the session names.
    pub run: String,
    /// Which accounts take part, and as what.
    pub scope: Scope,
    /// The customer's external id, which the plan check looks for.
    pub external_id: ExternalId,
    /// Most accounts visited at once.
    pub concurrency: usize,
    /// Cancelled to finish what is in flight and leave the rest.
    pub stop: CancellationToken,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Makes the calls; told when an account is done.
    pub caller: Caller,
    halted: OnceLock<Cause>,
}

/// What happens in a pass.
#[derive(Debug)]
pub enum PassEvent {
    /// So many accounts are listed so far.
    Listed {
        /// How many.
        accounts: usize,
        /// Whether that is all of them.
        complete: bool,
    },
    /// An account is done.
    Done(Box<AccountRecord>),
}

/// What is done in one account.
#[async_trait]
pub(crate) trait Visitor: Send + Sync + 'static {
    async fn visit(&self, account: &Account, assignment: &Assignment) -> AccountRecord;
}

impl Pass {
    /// A pass that nobody has stopped yet.
    #[must_use]
    pub fn new(
        run: String,
        scope: Scope,
        external_id: ExternalId,
        concurrency: usize,
        stop: CancellationToken,
        caller: Caller,
    ) -> Self {
        let clock = Arc::clone(caller.clock());
        Self { run, scope, external_id, concurrency, stop, clock, caller, halted: OnceLock::new() }
    }

    /// Stops the pass for a reason that every account would meet.
    pub(crate) fn halt(&self, cause: Cause) {
        // The first reason stays.
        let _ = self.halted.set(cause);
        self.stop.cancel();
    }

    /// Why the listing was left.
    fn unlisted_reason(&self) -> String {
        self.halted.get().map_or_else(
            || "the run was stopped before all accounts were listed".to_owned(),
            |by| cause::halted(by).message,
        )
    }

    fn not_visited_cause(&self) -> Cause {
        self.halted.get().map_or_else(cause::interrupted, cause::halted)
    }
}

/// Halts the pass where the error would meet every account.
pub(crate) fn halt_on(pass: &Pass, error: &CallError) {
    if disposition(error, Intent::Write) == Disposition::Fatal {
        pass.halt(cause::of_call(error));
    }
}

/// Runs the pass. Every listed account ends in exactly one record.
pub(crate) async fn run(
    pass: &Arc<Pass>,
    organization: &dyn Organization,
    visitor: Arc<dyn Visitor>,
    on_event: &mut (dyn FnMut(PassEvent) + Send),
) -> FleetStatus {
    let mut work = Work::new(Arc::clone(pass), visitor, on_event);
    let mut listing = organization.accounts(pass.scope.detail()).fuse();
    let mut listed_all = false;
    while !pass.stop.is_cancelled() {
        work.start_waiting();
        if listed_all && work.running.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            () = pass.stop.cancelled() => {}
            Some(done) = work.running.join_next_with_id() => work.finish(done),
            item = listing.next(), if !listed_all => match item {
                Some(Ok(account)) => work.take(account),
                Some(Err(error)) => {
                    work.listing_failed(&error);
                    listed_all = true;
                }
                None => {
                    work.listing_complete();
                    listed_all = true;
                }
            },
        }
    }
    if !listed_all {
        work.status.listing_incomplete = Some(pass.unlisted_reason());
    }
    work.finish_in_flight().await
}

/// The accounts of a pass, by how far they are.
struct Work<'a> {
    pass: Arc<Pass>,
    visitor: Arc<dyn Visitor>,
    on_event: &'a mut (dyn FnMut(PassEvent) + Send),
    listed: HashSet<AccountId>,
    waiting: VecDeque<(Account, Arc<Assignment>)>,
    running: JoinSet<AccountRecord>,
    /// Whose task is whose, so that a task that panics still ends in its account's record.
    tasks: HashMap<Id, Account>,
    status: FleetStatus,
}

impl<'a> Work<'a> {
    fn new(
        pass: Arc<Pass>,
        visitor: Arc<dyn Visitor>,
        on_event: &'a mut (dyn FnMut(PassEvent) + Send),
    ) -> Self {
        Self {
            pass,
            visitor,
            on_event,
            listed: HashSet::new(),
            waiting: VecDeque::new(),
            running: JoinSet::new(),
            tasks: HashMap::new(),
            status: FleetStatus::default(),
        }
    }

    fn take(&mut self, account: Account) {
        if !self.listed.insert(account.id) {
            return;
        }
        (self.on_event)(PassEvent::Listed { accounts: self.listed.len(), complete: false });
        match self.pass.scope.select(&account) {
            Ok(Selection::Selected(assignment)) => self.waiting.push_back((account, assignment)),
            Ok(Selection::Skipped(reason)) => {
                let cause = Some(cause::of_skip(&reason));
                self.record(blank_record(&account, Verdict::Skipped, cause));
            }
            Err(error) => {
                let cause = Some(cause::configuration(error.to_string()));
                self.record(blank_record(&account, Verdict::Held, cause));
            }
        }
    }

    fn start_waiting(&mut self) {
        while self.running.len() < self.pass.concurrency {
            let Some((account, assignment)) = self.waiting.pop_front() else { return };
            let (visitor, visited) = (Arc::clone(&self.visitor), account.clone());
            let task = self.running.spawn(async move {
                let mut record = visitor.visit(&visited, &assignment).await;
                record.profile = Some(assignment.template.profile().to_owned());
                record
            });
            self.tasks.insert(task.id(), account);
        }
    }

    fn finish(&mut self, done: Result<(Id, AccountRecord), JoinError>) {
        let id = done.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let account = self.tasks.remove(&id);
        match (done, account) {
            (Ok((_, record)), _) => self.record(record),
            (Err(_), Some(account)) => {
                self.record(blank_record(&account, Verdict::Failed, Some(cause::crashed())));
            }
            (Err(_), None) => {}
        }
    }

    fn record(&mut self, record: AccountRecord) {
        self.pass.caller.forget(record.id);
        self.status.add(&record);
        (self.on_event)(PassEvent::Done(Box::new(record)));
    }

    fn listing_complete(&mut self) {
        (self.on_event)(PassEvent::Listed { accounts: self.listed.len(), complete: true });
    }

    fn listing_failed(&mut self, error: &CallError) {
        self.status.listing_incomplete = Some(error.to_string());
        halt_on(&self.pass, error);
    }

    /// Lets what is in flight end, and reports the rest as not visited.
    async fn finish_in_flight(mut self) -> FleetStatus {
        for (account, _) in std::mem::take(&mut self.waiting) {
            let cause = Some(self.pass.not_visited_cause());
            self.record(blank_record(&account, Verdict::NotVisited, cause));
        }
        while let Some(done) = self.running.join_next_with_id().await {
            self.finish(done);
        }
        self.status
    }
}
