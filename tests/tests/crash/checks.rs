//! What must hold after every kill, and at the end of a round.

use std::collections::BTreeMap;
use std::sync::Arc;

use digitalex_core::AccountId;
use digitalex_sim::{Account, TrailEvent};
use digitalex_store::{HistoryEntry, HistoryFilter, HistoryKind, PageRequest, SqliteStore};
use digitalex_tests::daemon::DaemonHome;
use digitalex_tests::rigs::ServedSandbox;
use digitalex_tests::tampering::ROLE;
use serde_json::Value;

type Accounts = BTreeMap<AccountId, Arc<Account>>;

/// What must hold in one round.
pub(crate) struct Checks {
    members: usize,
    /// The accounts before the first run.
    before: Accounts,
}

impl Checks {
    /// Looks at what is there before the first run.
    pub(crate) fn begin(sandbox: &ServedSandbox) -> Self {
        sandbox.with_world(|world| {
            world.start_trail();
            Self { members: sandbox.members.len(), before: world.state().accounts.clone() }
        })
    }

    /// Nothing was written that was not announced, or is not ours, and nothing twice. The number of
    /// changes that were cut off in the middle.
    pub(crate) async fn after_a_kill(&self, sandbox: &ServedSandbox, home: &DaemonHome) -> usize {
        let accounts = sandbox.with_world(|world| world.state().accounts.clone());
        assert_eq!(without_our_role(&accounts), without_our_role(&self.before));
        let writes = writes(sandbox);
        if writes.is_empty() {
            // The kill may have met the making of the store.
            return 0;
        }
        let history = history(home).await;
        no_write_should_be_without_its_intent(&writes, &history);
        for (account, count) in created(&writes) {
            assert_eq!(count, 1, "the role of {account} was created again");
        }
        let intents = history.iter().filter(|entry| entry.kind == HistoryKind::Intent).count();
        intents - (history.len() - intents)
    }

    /// One apply over a whole wire brings everything to what is wanted.
    pub(crate) fn finished_by_an_apply(&self, home: &DaemonHome, kills: usize) {
        let report = applied(home, kills);
        let verdicts = &report["summary"]["verdicts"];
        let [converged, in_sync] = ["converged", "in_sync"].map(|key| verdicts[key].as_u64());
        let right = converged.unwrap_or_default() + in_sync.unwrap_or_default();
        assert_eq!(usize::try_from(right).unwrap(), self.members, "{report}");
    }

    /// As an apply, a daemon. It is stopped when it has nothing left to do.
    pub(crate) fn finished_by_a_daemon(&self, home: &DaemonHome, kills: usize) {
        let mut daemon = home.start().unwrap();
        let mut events = daemon.events().unwrap();
        loop {
            let status = daemon.json("/api/v1/status").unwrap();
            if status["accounts"]["by_verdict"]["in_sync"] == self.members {
                break;
            }
            let went_on = events.find(|(event, _)| event == "pass");
            assert!(went_on.is_some(), "after {kills} kills the daemon ended: {}", daemon.log());
        }
        daemon.signal("TERM").unwrap();
        assert!(daemon.wait().unwrap().success(), "{}", daemon.log());
    }

    /// Another run finds everything right and writes nothing; the history tells all that was done.
    pub(crate) async fn at_the_end(&self, sandbox: &ServedSandbox, home: &DaemonHome) {
        let before = writes(sandbox);
        let report = applied(home, 0);
        assert_eq!(report["summary"]["verdicts"]["in_sync"], self.members, "{report}");
        let after = writes(sandbox);
        assert_eq!(after.len(), before.len(), "what was right was written to");
        assert_eq!(self.after_a_kill(sandbox, home).await, 0, "a change is still open");
        assert_eq!(created(&after).len(), self.members);
        history_should_be_complete_and_in_order(self.members, history(home).await);
    }
}

/// The report of an apply that must end well.
fn applied(home: &DaemonHome, kills: usize) -> Value {
    let run = home.command(&["apply", "--yes", "--output", "json"]).unwrap().output().unwrap();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(0), "after {kills} kills: {errors}");
    serde_json::from_slice(&run.stdout).unwrap()
}

/// The writes of the product: other people's have no session.
fn writes(sandbox: &ServedSandbox) -> Vec<TrailEvent> {
    let trail = sandbox.with_world(|world| world.trail().to_vec());
    trail.into_iter().filter(|event| event.session.is_some()).collect()
}

fn created(writes: &[TrailEvent]) -> BTreeMap<AccountId, usize> {
    let creations = writes.iter().filter(|event| event.operation == "CreateRole");
    creations.fold(BTreeMap::new(), |mut counts, event| {
        *counts.entry(event.account).or_default() += 1;
        counts
    })
}

fn without_our_role(accounts: &Accounts) -> Vec<Account> {
    let others = accounts.values().map(|account| {
        let mut account = Account::clone(account);
        account.iam.roles.remove(ROLE);
        account
    });
    others.collect()
}

/// Each write is one of the calls of the intent that was newest then, and none is made twice.
fn no_write_should_be_without_its_intent(writes: &[TrailEvent], history: &[HistoryEntry]) {
    let mut intents: BTreeMap<AccountId, Vec<(&HistoryEntry, Vec<&str>)>> = BTreeMap::new();
    for entry in history.iter().rev().filter(|entry| entry.kind == HistoryKind::Intent) {
        let calls = entry.calls.iter().map(String::as_str).collect();
        intents.entry(entry.account).or_default().push((entry, calls));
    }
    for write in writes {
        let mut announced = intents.get_mut(&write.account).into_iter().flatten();
        let newest = announced.rfind(|(intent, _)| intent.at <= write.at);
        let (intent, calls) = newest.unwrap_or_else(|| panic!("{write:?} has no intent"));
        let named = calls.iter().position(|call| call.starts_with(write.operation));
        let named = named.unwrap_or_else(|| panic!("{write:?} is not left of {intent:?}"));
        calls.remove(named);
    }
}

/// Each account's history is intents, each with its end before the next one begins.
fn history_should_be_complete_and_in_order(members: usize, newest_first: Vec<HistoryEntry>) {
    let mut by_account: BTreeMap<AccountId, Vec<HistoryEntry>> = BTreeMap::new();
    for entry in newest_first.into_iter().rev() {
        by_account.entry(entry.account).or_default().push(entry);
    }
    assert_eq!(by_account.len(), members);
    for entries in by_account.values() {
        assert!(entries.is_sorted_by(|a, b| a.seq < b.seq && a.at <= b.at), "{entries:?}");
        for (index, entry) in entries.iter().enumerate() {
            let is_intent = entry.kind == HistoryKind::Intent;
            assert_eq!(is_intent, index % 2 == 0, "{entries:?}");
        }
        assert_eq!(entries.len() % 2, 0, "an intent is still open: {entries:?}");
    }
}

/// The whole history, the newest entry first.
async fn history(home: &DaemonHome) -> Vec<HistoryEntry> {
    let store = SqliteStore::open_to_read(&home.store()).await.unwrap();
    let (mut entries, mut page) = (Vec::new(), PageRequest { cursor: None, limit: 500 });
    loop {
        let next = store.history(&HistoryFilter::default(), &page).await.unwrap();
        entries.extend(next.items);
        match next.next {
            Some(cursor) => page.cursor = Some(cursor),
            None => return entries,
        }
    }
}
