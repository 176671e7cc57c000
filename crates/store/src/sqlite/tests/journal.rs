//! What is about to be done, and what became of it.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use digitalex_core::Verdict;
use digitalex_engine::{Journal, OpenIntent};
use futures::future::join_all;
use sqlx::{ConnectOptions, Connection};

use super::world::{
    ORGANIZATION, World, at, id, intent, looked, observed, other_description, outcome, unread,
    visit, widened_trust,
};
use crate::sqlite::Writing;
use crate::sqlite::open::to_write;
use crate::sqlite::writer::Writer;
use crate::{HistoryEntry, HistoryFilter, HistoryKind, PageRequest, SqliteStore, StoreError};

pub(super) async fn history(store: &SqliteStore) -> Vec<HistoryEntry> {
    let mut entries = Vec::new();
    let mut request = PageRequest { cursor: None, limit: 500 };
    loop {
        let page = store.history(&HistoryFilter::default(), &request).await.unwrap();
        entries.extend(page.items);
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    entries.reverse();
    entries
}

fn kinds(entries: &[HistoryEntry]) -> Vec<(HistoryKind, Option<Verdict>)> {
    entries.iter().map(|entry| (entry.kind, entry.verdict)).collect()
}

#[tokio::test]
async fn intent_should_stay_open_until_its_outcome() {
    let world = World::new().await;
    world.list(1..3).await;
    let found = observed(1, widened_trust);
    world.store.append(&intent(1, 1, &found)).await.unwrap();
    let open = OpenIntent { account: id(1), at: at(1), run: "run-1".to_owned() };
    assert_eq!(world.store.resume().await.unwrap().open_intents, [open]);
    world.store.append(&outcome(2, 2, "run-1")).await.unwrap();
    world.store.append(&outcome(1, 2, "run-2")).await.unwrap();
    assert_eq!(world.store.resume().await.unwrap().open_intents.len(), 1, "another's outcome");
    world.store.append(&outcome(1, 2, "run-1")).await.unwrap();
    assert_eq!(world.store.resume().await.unwrap().open_intents, []);
    let entries = history(&world.store).await;
    assert_eq!(entries[0].calls, ["UpdateAssumeRolePolicy"]);
    assert_eq!(entries[0].account_name.as_deref(), Some("Zoë Straße 1"));
}

#[tokio::test]
async fn later_intent_of_the_account_should_close_an_open_one_as_interrupted() {
    let world = World::new().await;
    world.list(1..2).await;
    let found = observed(1, other_description);
    world.store.append(&intent(1, 5, &found)).await.unwrap();
    // The clock may have been set back meanwhile.
    world.store.append(&intent(1, 3, &found)).await.unwrap();
    use HistoryKind::{Intent, Interrupted};
    let entries = history(&world.store).await;
    assert_eq!(kinds(&entries), [(Intent, None), (Interrupted, None), (Intent, None)]);
    assert_eq!(world.store.resume().await.unwrap().open_intents.len(), 1);
}

#[tokio::test]
async fn later_visit_should_close_an_open_intent_only_if_it_read_the_account() {
    let world = World::new().await;
    world.list(1..2).await;
    let found = observed(1, other_description);
    world.store.append(&intent(1, 5, &found)).await.unwrap();
    let is_open = async || !world.store.resume().await.unwrap().open_intents.is_empty();
    world.visited(unread(1, 6, Verdict::Unreachable)).await;
    assert!(is_open().await, "nothing was read");
    world.visited(looked(1, 4, &found)).await;
    assert!(is_open().await, "it was read before");
    let mut again = looked(1, 7, &found);
    again.unverified = true;
    world.visited(again).await;
    assert!(is_open().await, "it is being verified");
    world.visited(looked(1, 8, &observed(1, |_| {}))).await;
    assert!(!is_open().await);
    let entries = history(&world.store).await;
    assert_eq!(kinds(&entries)[1], (HistoryKind::Interrupted, Some(Verdict::InSync)));
    assert_eq!((entries[1].at, entries[1].run.as_str()), (at(8), "run-1"));
}

#[tokio::test]
async fn appends_that_come_together_should_each_be_there_once_whole_and_in_order() {
    let world = World::new().await;
    let appends = (0..50).map(|run| {
        let store = world.store.clone();
        tokio::spawn(async move {
            for minute in 0..10 {
                store.append(&outcome(run, minute, &format!("run-{run}"))).await.unwrap();
            }
        })
    });
    futures::future::try_join_all(appends.collect::<Vec<_>>()).await.unwrap();
    let entries = history(&world.store).await;
    assert_eq!(entries.len(), 500);
    for run in 0..50 {
        let own = entries.iter().filter(|entry| entry.run == format!("run-{run}"));
        let times: Vec<_> = own.map(|entry| entry.at).collect();
        assert_eq!(times, (0..10).map(at).collect::<Vec<_>>());
    }
    let numbers: BTreeSet<i64> = entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers.len(), 500);
}

#[tokio::test]
async fn append_whose_caller_left_should_harm_nothing() {
    let world = World::new().await;
    for run in 0..20 {
        let entry = outcome(run, 1, "left");
        let append = world.store.append(&entry);
        assert!(futures::FutureExt::now_or_never(append).is_none(), "it waits for the disk");
    }
    world.store.append(&outcome(1, 2, "stays")).await.unwrap();
    let entries = history(&world.store).await;
    assert_eq!(entries.iter().filter(|entry| entry.run == "stays").count(), 1);
    assert_eq!(entries.len(), 21);
}

/// A store on a disk that has room for so many more pages.
async fn on_a_small_disk(world: &World, pages: i64) -> SqliteStore {
    let options = to_write(&world.path());
    let mut connection = options.connect().await.unwrap();
    let used: i64 =
        sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let options = options.pragma("max_page_count", (used + pages).to_string());
    let connection = options.connect().await.unwrap();
    let writer = Writer::start(&world.path(), options, connection);
    let writing = Some(Writing::new(&world.path(), writer, world.clock.clone()));
    SqliteStore::new(&world.path(), ORGANIZATION.to_owned(), writing)
}

#[tokio::test]
async fn full_disk_should_fail_what_does_not_fit_and_keep_what_was_acknowledged() {
    let world = World::new().await;
    let store = on_a_small_disk(&world, 40).await;
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let entries: Vec<_> = (round * 40..round * 40 + 40)
            .map(|number| intent(number, 2, &observed(number, widened_trust)))
            .collect();
        let results = join_all(entries.iter().map(|entry| store.append(entry))).await;
        for (number, result) in (round * 40..).zip(results) {
            match result {
                Ok(()) => _ = acknowledged.insert(id(number)),
                Err(error) => assert_eq!(error.source.kind(), ErrorKind::StorageFull, "{error}"),
            }
        }
    }
    assert!((1..120).contains(&acknowledged.len()), "{}", acknowledged.len());
    let written: BTreeSet<_> = history(&store).await.iter().map(|entry| entry.account).collect();
    assert_eq!(written, acknowledged, "what was acknowledged is there, and nothing else");
    let error = store.check().await.expect_err("there is no room");
    assert_eq!(error.source.kind(), ErrorKind::StorageFull);
    assert!(error.place.contains("store.sqlite"));
}

#[tokio::test]
async fn store_should_go_on_by_itself_once_there_is_room_again() {
    let world = World::new().await;
    let full = world.store.write(|connection| {
        Box::pin(async move {
            // As long as this connection lives.
            sqlx::raw_sql("PRAGMA max_page_count = 1").execute(connection).await.map(|_| ())
        })
    });
    full.await.unwrap();
    assert!(world.store.check().await.is_err(), "there is no room");
    world.store.check().await.expect("there is room again");
    world.store.append(&outcome(1, 3, "run-1")).await.unwrap();
    assert_eq!(history(&world.store).await.len(), 1);
}

#[tokio::test]
async fn one_write_that_fails_should_not_take_those_beside_it_along() {
    let world = World::new().await;
    let bad = world.store.write(|connection| {
        Box::pin(async move {
            sqlx::query("INSERT INTO journal (at) VALUES (1)").execute(connection).await.map(|_| ())
        })
    });
    let entries = [outcome(1, 1, "one"), outcome(2, 1, "two")];
    let (one, bad, two) =
        tokio::join!(world.store.append(&entries[0]), bad, world.store.append(&entries[1]));
    one.unwrap();
    two.unwrap();
    assert!(matches!(bad, Err(StoreError::Failed { verb: "written", .. })));
    assert_eq!(history(&world.store).await.len(), 2);
}

#[tokio::test]
async fn documents_before_a_change_should_be_exact() {
    let world = World::new().await;
    let found = observed(1, widened_trust);
    world.store.append(&intent(1, 1, &found)).await.unwrap();
    world.store.append(&intent(2, 1, &digitalex_core::Observation::Absent)).await.unwrap();
    let entries = history(&world.store).await;
    let role = found.identity().unwrap();
    let before = world.store.documents_before(entries[0].seq).await.unwrap().unwrap();
    assert_eq!((before.account, before.at), (id(1), at(1)));
    let kept = before.found.unwrap();
    let trust = kept.role.unwrap().trust;
    assert_eq!(trust, role.trust().unwrap().to_json());
    assert!(trust.contains(super::world::CANARY));
    let inline: Vec<_> = role.inline.values().map(|document| document.to_json()).collect();
    assert_eq!(kept.inline.values().cloned().collect::<Vec<_>>(), inline);
    assert_eq!(kept.managed, role.managed.iter().map(ToString::to_string).collect());
    assert_eq!(kept.tags.len(), role.tags.len());
    let absent = world.store.documents_before(entries[1].seq).await.unwrap().unwrap();
    assert_eq!(absent.found, None);
    assert_eq!(world.store.documents_before(99).await.unwrap(), None);
    let converged = visit(1, 2, &found, Verdict::Converged);
    world.visited(converged).await;
    let interrupted = history(&world.store).await[2].seq;
    assert_eq!(world.store.documents_before(interrupted).await.unwrap(), None);
}
