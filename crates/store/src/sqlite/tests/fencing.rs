//! A daemon that slept through the end of its lease writes nothing more.

use digitalex_engine::Journal;

use super::journal::history;
use super::lease::{TTL, holder};
use super::world::{World, at, intent, observed, outcome, widened_trust};
use crate::Lease;

#[tokio::test]
async fn daemon_whose_lease_was_taken_should_journal_nothing_more() {
    let world = World::new().await;
    let (stalled, other) = (world.another().await, world.another().await);
    let entry = intent(1, 1, &observed(1, widened_trust));
    stalled.take_lease(&holder(1), TTL).await.unwrap();
    stalled.append(&entry).await.unwrap();
    world.clock.set(at(5));
    stalled.append(&outcome(1, 5, "run-1")).await.expect("it ran out, but nobody took it");
    stalled.check().await.unwrap();
    assert_eq!(other.take_lease(&holder(2), TTL).await.unwrap(), Lease::Held { fencing: 2 });
    for (what, refused) in
        [("append", stalled.append(&entry).await), ("check", stalled.check().await)]
    {
        let error = refused.expect_err(what);
        let text = error.source.to_string();
        assert!(text.contains("process 2 on host \"host\" has taken the lease"), "{what}: {text}");
        assert!(text.contains("start this one again"), "{what}: {text}");
        assert!(error.place.contains("store.sqlite"), "{what}: {error}");
    }
    assert_eq!(history(&world.store).await.len(), 2, "nothing was written since");
    other.append(&entry).await.unwrap();
    other.release_lease(2).await.unwrap();
    assert_eq!(stalled.take_lease(&holder(1), TTL).await.unwrap(), Lease::Held { fencing: 3 });
    stalled.append(&outcome(1, 6, "run-1")).await.expect("it is its turn again");
}

#[tokio::test]
async fn entry_of_one_whose_lease_was_taken_should_not_take_those_beside_it_along() {
    let world = World::new().await;
    let stalled = world.another().await;
    stalled.take_lease(&holder(1), TTL).await.unwrap();
    let (held, entry) = (stalled.clone(), outcome(1, 1, "run-1"));
    world.clock.set(at(5));
    world.another().await.take_lease(&holder(2), TTL).await.unwrap();
    let beside = held.record(Vec::new());
    let (refused, beside) = tokio::join!(stalled.append(&entry), beside);
    assert!(refused.is_err());
    beside.expect("what was seen is still kept");
}

#[tokio::test]
async fn who_never_took_a_lease_should_journal_freely() {
    let world = World::new().await;
    let daemon = world.another().await;
    daemon.take_lease(&holder(1), TTL).await.unwrap();
    world.store.append(&outcome(1, 1, "apply")).await.unwrap();
    world.store.check().await.unwrap();
    daemon.append(&outcome(1, 2, "run-1")).await.unwrap();
    assert_eq!(history(&world.store).await.len(), 2);
}
