//! The external id is where roles are restored from, and nowhere else.

use digitalex_core::Verdict;
use digitalex_engine::Journal;
use sqlx::{ConnectOptions, Connection};

use super::journal::history;
use super::world::{CANARY, World, id, intent, looked, observed, visit, widened_trust};
use crate::sqlite::open::to_write;
use crate::{AccountFilter, DriftFilter, PageRequest};

async fn world_with_secrets() -> World {
    let world = World::new().await;
    world.list(1..3).await;
    let found = observed(1, |role| {
        widened_trust(role);
        // Another's external id: as secret as ours.
        let trust = role.trust().unwrap().clone();
        role.inline.values_mut().for_each(|document| *document = trust.clone());
    });
    world.store.append(&intent(1, 1, &found)).await.unwrap();
    world.visited(looked(1, 2, &found)).await;
    let missing = digitalex_core::Observation::Absent;
    world.store.append(&intent(2, 1, &missing)).await.unwrap();
    world.visited(looked(2, 2, &missing)).await;
    world.visited(visit(2, 3, &found_by(2), Verdict::Converged)).await;
    world
}

fn found_by(number: u64) -> digitalex_core::Observation {
    observed(number, widened_trust)
}

#[tokio::test]
async fn external_id_should_be_in_nothing_that_is_read() {
    let world = world_with_secrets().await;
    let page = PageRequest::default();
    let mut texts = Vec::new();
    let mut add = |json: serde_json::Result<String>, debug: String| {
        texts.push(json.unwrap());
        texts.push(debug);
    };
    for number in 1..3 {
        let account = world.store.account(id(number)).await.unwrap();
        add(serde_json::to_string(&account), format!("{account:?}"));
    }
    let accounts = world.store.accounts(&AccountFilter::default(), &page).await.unwrap();
    add(serde_json::to_string(&accounts), format!("{accounts:?}"));
    let drift = world.store.drift(&DriftFilter::default(), &page).await.unwrap();
    add(serde_json::to_string(&drift), format!("{drift:?}"));
    let entries = history(&world.store).await;
    add(serde_json::to_string(&entries), format!("{entries:?}"));
    let summary = world.store.summary().await.unwrap();
    add(serde_json::to_string(&summary), format!("{summary:?}"));
    let before = world.store.documents_before(entries[0].seq).await.unwrap().unwrap();
    let kept = before.found.as_ref().unwrap();
    assert!(kept.role.as_ref().unwrap().trust.contains(CANARY), "it can be restored");
    add(Ok(String::new()), format!("{before:?} {kept:?}"));
    add(Ok(String::new()), format!("{:?} {:?}", world.store, world.store.resume().await.unwrap()));
    assert!(texts.iter().any(|text| text.contains("(hidden)")), "documents are shown");
    for text in texts {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn external_id_should_be_in_no_byte_of_the_file_but_for_restoring() {
    let world = world_with_secrets().await;
    let copy = world.folder.path().join("copy.sqlite");
    let mut connection = to_write(&world.path()).connect().await.unwrap();
    sqlx::query("VACUUM INTO ?")
        .bind(copy.to_str().unwrap())
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let holds_it = || {
        let bytes = std::fs::read(&copy).unwrap();
        bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
    };
    assert!(holds_it(), "it can be restored");
    let mut connection = to_write(&copy).connect().await.unwrap();
    for statement in ["DELETE FROM documents_before", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        sqlx::query(statement).fetch_all(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    assert!(!holds_it());
}
