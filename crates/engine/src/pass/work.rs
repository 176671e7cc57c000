//! The accounts of a pass, by how far they are.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use digitalex_core::{AccountId, AccountRecord, FleetStatus, Verdict};
use tokio::task::{Id, JoinError, JoinSet};
use tracing::Instrument;

use super::early::{Early, Settled};
use super::{Known, Pass, PassEvent, Visitor, halt_on};
use crate::examine::blank_record;
use crate::{Account, Assignment, CallError, Selection, Visit, cause};

/// How many accounts may be visited at once while so many are slowed down.
pub(crate) fn places(concurrency: usize, slowed: usize) -> usize {
    concurrency + slowed.min(concurrency * LENT_MAX)
}

/// So many places are lent, for each place of its own, while accounts are slowed down.
const LENT_MAX: usize = 3;

/// The accounts of a pass.
pub(super) struct Work<'a> {
    pass: Arc<Pass>,
    visitor: Arc<dyn Visitor>,
    on_event: &'a mut (dyn FnMut(PassEvent) + Send),
    listed: HashSet<AccountId>,
    listing_ended: bool,
    early: Early,
    /// Accounts of the last listing that are asked for where this one does not name them.
    to_confirm: Vec<AccountId>,
    waiting: VecDeque<(Account, Arc<Assignment>)>,
    running: JoinSet<Visit>,
    /// Whose task is whose, so that a task that panics still ends in its account's record.
    tasks: HashMap<Id, Account>,
    status: FleetStatus,
}

/// How a task ended.
pub(super) type Visited = Result<(Id, Visit), JoinError>;

impl<'a> Work<'a> {
    pub(super) fn new(
        pass: Arc<Pass>,
        visitor: Arc<dyn Visitor>,
        on_event: &'a mut (dyn FnMut(PassEvent) + Send),
    ) -> Self {
        Self {
            pass,
            visitor,
            on_event,
            listed: HashSet::new(),
            listing_ended: false,
            early: Early::default(),
            to_confirm: Vec::new(),
            waiting: VecDeque::new(),
            running: JoinSet::new(),
            tasks: HashMap::new(),
            status: FleetStatus::default(),
        }
    }

    /// Takes up the accounts of the last listing.
    pub(super) fn remember(&mut self, known: Known) {
        match known {
            Known::ToVisit(accounts) => self.start_early(accounts),
            Known::ToConfirm(accounts) => self.to_confirm = accounts,
        }
    }

    /// Takes up the accounts that would take part if nothing has changed; the others, too, are to be
    /// in the report where the listing leaves them out.
    fn start_early(&mut self, known: Vec<Account>) {
        for account in known {
            if self.early.assignment(account.id).is_some() {
                continue;
            }
            if let Ok(Selection::Selected(assignment)) = self.pass.scope.select(&account) {
                self.early.add(account.id, Arc::clone(&assignment));
                self.waiting.push_back((account, assignment));
            } else {
                self.to_confirm.push(account.id);
            }
        }
    }

    /// The listing, or `DescribeAccount`, says that it is in the organization.
    pub(super) fn listed(&mut self, account: Account) {
        if !self.listed.insert(account.id) {
            return;
        }
        (self.on_event)(PassEvent::Listed(account.clone()));
        let Some(early) = self.early.assignment(account.id) else { return self.decide(account) };
        let selection = self.pass.scope.select(&account);
        let same =
            matches!(selection, Ok(Selection::Selected(fresh)) if Arc::ptr_eq(&fresh, early));
        let settled = self.early.listed(account, same);
        self.settle(settled);
    }

    pub(super) fn listing_failed(&mut self, error: &CallError) {
        self.status.listing_incomplete = Some(error.to_string());
        halt_on(&self.pass, error);
    }

    /// The accounts of the last listing that the fresh one has not named.
    pub(super) fn unlisted(&mut self) -> Vec<AccountId> {
        let mut unlisted = std::mem::take(&mut self.to_confirm);
        unlisted.retain(|id| !self.listed.contains(id));
        unlisted.extend(self.early.unlisted());
        unlisted
    }

    /// What `DescribeAccount` says of an account that the listing did not name.
    pub(super) fn confirmed(&mut self, id: AccountId, answer: Result<Option<Account>, CallError>) {
        match answer {
            Ok(Some(account)) => self.listed(account),
            Ok(None) => {
                tracing::info!(account = %id, "it has left the organization since the last listing");
                let settled = self.early.gone(id);
                self.settle(settled);
            }
            Err(error) => {
                // What was found stands, but whether it belongs here is not known.
                self.status.listing_incomplete.get_or_insert_with(|| error.to_string());
                halt_on(&self.pass, &error);
                let settled = self.early.unconfirmed(id);
                self.settle(settled);
            }
        }
    }

    /// Nothing more will be listed or confirmed.
    pub(super) fn end_listing(&mut self) {
        if !std::mem::replace(&mut self.listing_ended, true) {
            let complete = self.status.listing_incomplete.is_none();
            (self.on_event)(PassEvent::ListingEnded { complete });
        }
    }

    /// Starts as many visits as there are places.
    pub(super) fn start_waiting(&mut self, slowed: usize) {
        let places = places(self.pass.concurrency, slowed);
        while self.running.len() < places {
            let Some((account, assignment)) = self.waiting.pop_front() else { return };
            if let Some(settled) = self.early.before_visit(account.id) {
                self.settle(Some(settled));
                continue;
            }
            let (visitor, visited) = (Arc::clone(&self.visitor), account.clone());
            let visit = async move {
                let mut visit = visitor.visit(&visited, &assignment).await;
                visit.record.profile = Some(assignment.template.profile().to_owned());
                visit
            };
            let span = tracing::info_span!("visit", account = %account.id);
            let task = self.running.spawn(visit.instrument(span));
            self.tasks.insert(task.id(), account);
        }
    }

    /// Whether no visit is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// The next visit that ends; none where none is under way.
    pub(super) async fn next_visited(&mut self) -> Option<Visited> {
        self.running.join_next_with_id().await
    }

    pub(super) fn visited(&mut self, visited: Visited) {
        let id = visited.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let account = self.tasks.remove(&id);
        let visit = match (visited, account) {
            (Ok((_, visit)), _) => visit,
            (Err(_), Some(account)) => {
                self.plain(blank_record(&account, Verdict::Failed, Some(cause::crashed())))
            }
            (Err(_), None) => return,
        };
        self.pass.caller.forget(visit.record.id);
        let settled = self.early.visited(Box::new(visit));
        self.settle(settled);
    }

    /// Lets what is in flight end, and reports the rest as not visited.
    pub(super) async fn finish_in_flight(mut self) -> FleetStatus {
        if !self.listing_ended {
            self.status.listing_incomplete = Some(self.pass.unlisted_reason());
            self.end_listing();
        }
        for account in self.early.unlisted() {
            let settled = self.early.unconfirmed(account);
            self.settle(settled);
        }
        loop {
            self.leave_waiting();
            let Some(visited) = self.next_visited().await else { return self.status };
            self.visited(visited);
        }
    }

    fn leave_waiting(&mut self) {
        while let Some((account, _)) = self.waiting.pop_front() {
            let cause = Some(self.pass.not_visited_cause());
            let record = blank_record(&account, Verdict::NotVisited, cause);
            let settled = self.early.visited(Box::new(self.plain(record)));
            self.settle(settled);
        }
    }

    fn decide(&mut self, account: Account) {
        match self.pass.scope.select(&account) {
            Ok(Selection::Selected(assignment)) => self.waiting.push_back((account, assignment)),
            Ok(Selection::Skipped(reason)) => {
                let cause = Some(cause::of_skip(&reason));
                self.record(self.plain(blank_record(&account, Verdict::Skipped, cause)));
            }
            Err(error) => {
                let cause = Some(cause::configuration(error.to_string()));
                self.record(self.plain(blank_record(&account, Verdict::Held, cause)));
            }
        }
    }

    fn settle(&mut self, settled: Option<Settled>) {
        match settled {
            Some(Settled::Record(visit)) => self.record(*visit),
            Some(Settled::Decide(account)) => self.decide(account),
            Some(Settled::Gone) | None => {}
        }
    }

    fn plain(&self, record: AccountRecord) -> Visit {
        Visit::plain(self.pass.clock.now(), record)
    }

    fn record(&mut self, visit: Visit) {
        self.status.add(&visit.record);
        (self.on_event)(PassEvent::Done(Box::new(visit)));
    }
}
