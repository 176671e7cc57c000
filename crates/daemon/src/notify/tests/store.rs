//! The outbox that the daemon has: the store.

use std::time::Duration;

use digitalex_core::Effect;
use digitalex_store::{DriftChange, SqliteStore};

use super::fixture::{Fixture, event, start, target};
use crate::notify::{Notifier, Outbox, Queued};

async fn due(store: &SqliteStore, target: &str, seconds: u64) -> Vec<Queued> {
    store.due(target, start() + Duration::from_secs(seconds), 10).await.unwrap()
}

#[tokio::test]
async fn store_should_keep_notifications_of_each_target_until_they_are_sent_or_given_up() {
    let (folder, fixture) = (tempfile::tempdir().unwrap(), Fixture::new());
    let path = folder.path().join("store.sqlite");
    let store = SqliteStore::open(&path, "o-a1", fixture.clock.clone()).await.unwrap();
    let targets = ["a", "b"].map(|name| target(name, "http://127.0.0.1:9")).to_vec();
    let notifier = Notifier::new("o-a1".to_owned(), targets, std::sync::Arc::new(store.clone()));
    for id in [1, 2, 3, 1] {
        notifier.drift(&[DriftChange::Opened(event(id, Effect::Widens))]).await.unwrap();
    }
    let waiting = due(&store, "a", 0).await;
    assert_eq!(waiting.len(), 3, "the fourth was told before");
    assert_eq!((waiting[0].queued_at, waiting[0].attempts), (start(), 0));
    assert_eq!(waiting[0].notification.body["kind"], "widening_drift");

    store.sent(waiting[0].id, start()).await.unwrap();
    let next_at = start() + Duration::from_secs(5);
    store.failed(waiting[1].id, "it answered 503", Some(next_at)).await.unwrap();
    store.failed(waiting[2].id, "it answered 404", None).await.unwrap();
    assert_eq!(due(&store, "a", 4).await, []);
    let again = due(&store, "a", 5).await;
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].id, again[0].attempts), (waiting[1].id, 1));
    assert_eq!(due(&store, "b", 0).await.len(), 3, "the other target has its own");
}
