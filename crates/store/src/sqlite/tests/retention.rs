//! What is old goes, and only that.

use std::time::Duration;

use digitalex_core::Verdict;
use digitalex_engine::{Journal, PassTrigger};

use super::drift::all;
use super::journal::history;
use super::world::{World, at, id, intent, looked, observed, outcome, visit, widened_trust};
use crate::{Change, HistoryKind, NewNotification, PageRequest};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn old_history_should_go_and_what_is_open_should_stay() {
    let world = World::new().await;
    world.list(1..5).await;
    let found = |number| observed(number, widened_trust);
    // Old and over: 1. Old and open: 2. New: 3. Left long ago: 4.
    world.store.append(&intent(1, 1, &found(1))).await.unwrap();
    world.store.append(&outcome(1, 2, "run-1")).await.unwrap();
    world.visited(visit(1, 3, &found(1), Verdict::Converged)).await;
    world.visited(looked(2, 1, &found(2))).await;
    world.store.append(&intent(2, 2, &found(2))).await.unwrap();
    world.store.append(&intent(3, 100, &found(3))).await.unwrap();
    world.store.append(&outcome(3, 100, "run-1")).await.unwrap();
    let pass = |minute| Change::PassStarted {
        at: at(minute),
        trigger: PassTrigger::Start,
        due_at: at(minute),
    };
    world.store.record(vec![Change::Left(id(4), at(1)), pass(1), pass(2)]).await.unwrap();
    let note = |key: &str| NewNotification {
        key: key.to_owned(),
        kind: "kind".to_owned(),
        target: "target".to_owned(),
        body: "body".into(),
    };
    world.store.enqueue(vec![note("sent"), note("waits")]).await.unwrap();
    let sent = world.store.due_notifications("target", at(0), 1).await.unwrap()[0].id;
    world.store.mark_sent(sent, at(1)).await.unwrap();
    let old_intent = history(&world.store).await[0].seq;

    world.clock.set(at(120));
    assert_eq!(world.store.retire(HOUR).await.unwrap(), 6);
    let left = history(&world.store).await;
    let kinds: Vec<_> = left.iter().map(|entry| (entry.account, entry.kind)).collect();
    use HistoryKind::{Intent, Outcome};
    assert_eq!(kinds, [(id(2), Intent), (id(3), Intent), (id(3), Outcome)]);
    assert!(world.store.documents_before(old_intent).await.unwrap().is_none());
    assert!(world.store.documents_before(left[0].seq).await.unwrap().unwrap().found.is_some());
    assert_eq!(world.store.resume().await.unwrap().open_intents.len(), 1);
    let drift = all(&world).await;
    assert_eq!((drift.len(), drift[0].account), (1, id(2)));
    assert_eq!(world.store.passes(&PageRequest::default()).await.unwrap().items.len(), 1);
    assert_eq!(world.store.account(id(4)).await.unwrap(), None);
    assert_eq!(world.store.due_notifications("target", at(120), 9).await.unwrap().len(), 1);
    assert_eq!(world.store.retire(HOUR).await.unwrap(), 0);
}

#[tokio::test]
async fn file_should_shrink_when_what_it_held_is_gone() {
    let world = World::new().await;
    let found = observed(1, widened_trust);
    let appends = (0..2_500).map(|_| {
        let (store, found) = (world.store.clone(), found.clone());
        async move {
            store.append(&intent(1, 1, &found)).await.unwrap();
        }
    });
    futures::future::join_all(appends).await;
    world.store.append(&outcome(1, 2, "run-1")).await.unwrap();
    let size = || std::fs::metadata(world.path()).unwrap().len();
    let before = size();
    world.clock.set(at(120));
    assert_eq!(world.store.retire(HOUR).await.unwrap(), 5_000);
    assert!(size() < before / 10, "{before} {}", size());
}
