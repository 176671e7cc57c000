//! Runs that are killed at any moment, and started again.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it says what it measured or left out"
)]

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_store::{HistoryEntry, HistoryFilter, HistoryKind, PageRequest, SqliteStore};
use digitalex_tests::daemon::DaemonHome;
use digitalex_tests::rigs::ServedSandbox;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

const ACCOUNTS: usize = 200;

/// How many moments: 20, or as DIGITALEX_TEST_KILLS says.
fn kills_wanted() -> usize {
    std::env::var("DIGITALEX_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// A whole apply takes about this long in a debug build; moments are drawn from the time before.
const MOMENT_MAX: Duration = Duration::from_millis(2500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_killed_at_any_moment_should_be_finished_by_the_next_one() {
    let seed = 20_261_124;
    let mut rng = SmallRng::seed_from_u64(seed);
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    let (mut kills, mut rounds) = (0, 0);
    while kills < kills_wanted() {
        sandbox.reset();
        sandbox.with_world(|world| world.start_trail());
        let home = DaemonHome::new(&sandbox.url).unwrap();
        while kills < kills_wanted() && killed(&home, rng.random::<f64>()).await {
            kills += 1;
            no_change_should_be_without_its_intent(&sandbox, &home).await;
        }
        let last = home.command(&["apply", "--yes", "--output", "json"]).unwrap().output().unwrap();
        let errors = String::from_utf8_lossy(&last.stderr).into_owned();
        assert_eq!(last.status.code(), Some(0), "seed {seed}, after {kills} kills: {errors}");
        everything_should_be_right(&sandbox, &home);
        history_should_be_complete_and_in_order(&sandbox, &home).await;
        rounds += 1;
    }
    println!("{kills} kills in {rounds} rounds");
}

/// Starts an apply and kills it after a share of its time; whether it was still at work.
async fn killed(home: &DaemonHome, share: f64) -> bool {
    let command = home.command(&["apply", "--yes", "--output", "json"]).unwrap();
    let mut process = tokio::process::Command::from(command)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Not a wait for something: the moment of the kill is what is drawn.
    match tokio::time::timeout(MOMENT_MAX.mul_f64(share), process.wait()).await {
        Ok(_) => false,
        Err(_) => {
            process.kill().await.unwrap();
            true
        }
    }
}

async fn no_change_should_be_without_its_intent(sandbox: &ServedSandbox, home: &DaemonHome) {
    let trail = sandbox.with_world(|world| world.trail().to_vec());
    if trail.is_empty() {
        return;
    }
    let mut announced: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
    for entry in history(home).await {
        announced.entry(entry.account).or_default().extend(entry.calls);
    }
    for event in trail {
        let calls = announced.get(&event.account).map(Vec::as_slice).unwrap_or_default();
        let named = calls.iter().any(|call| call.starts_with(event.operation));
        assert!(named, "{event:?} has no intent among {calls:?}");
    }
}

fn everything_should_be_right(sandbox: &ServedSandbox, home: &DaemonHome) {
    let before = sandbox.with_world(|world| world.trail().len());
    let again = home.command(&["apply", "--yes", "--output", "json"]).unwrap().output().unwrap();
    let report: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(report["summary"]["verdicts"]["in_sync"], ACCOUNTS - 1, "{report}");
    sandbox.with_world(|world| {
        assert_eq!(world.trail().len(), before, "what was right was written to");
        let mut created: BTreeMap<AccountId, usize> = BTreeMap::new();
        for event in world.trail().iter().filter(|event| event.operation == "CreateRole") {
            *created.entry(event.account).or_default() += 1;
        }
        assert!(created.values().all(|count| *count == 1), "created twice: {created:?}");
        assert_eq!(created.len(), ACCOUNTS - 1);
        for account in world.state().accounts.values() {
            let ours = account
                .iam
                .roles
                .values()
                .filter(|role| role.identity.name.starts_with("digitalex-"));
            assert_eq!(ours.count(), created.get(&account.id).copied().unwrap_or_default());
        }
    });
}

/// Each account's history is intents, each with its end before the next one begins.
async fn history_should_be_complete_and_in_order(sandbox: &ServedSandbox, home: &DaemonHome) {
    let mut by_account: BTreeMap<AccountId, Vec<HistoryEntry>> = BTreeMap::new();
    for entry in history(home).await.into_iter().rev() {
        by_account.entry(entry.account).or_default().push(entry);
    }
    assert_eq!(by_account.len(), sandbox.members.len());
    for entries in by_account.values() {
        assert!(entries.is_sorted_by(|a, b| a.seq < b.seq && a.at <= b.at), "{entries:?}");
        for (index, entry) in entries.iter().enumerate() {
            let is_intent = entry.kind == HistoryKind::Intent;
            assert_eq!(is_intent, index % 2 == 0, "{entries:?}");
        }
        assert_eq!(entries.len() % 2, 0, "an intent is still open: {entries:?}");
    }
}

/// The whole history, the newest entry first; nothing where no store was made yet.
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
