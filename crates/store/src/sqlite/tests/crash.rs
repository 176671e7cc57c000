//! Killed at any moment: what is on disk opens, and holds what was acknowledged.

use std::path::{Path, PathBuf};

use digitalex_engine::Journal;

use super::journal::history;
use super::world::{ORGANIZATION, World, intent, observed, outcome, widened_trust};
use crate::SqliteStore;

fn wal(path: &Path) -> PathBuf {
    path.with_extension("sqlite-wal")
}

/// The file and its WAL, as they are just now, in a folder of their own.
fn copied(world: &World, name: &str) -> PathBuf {
    let folder = world.folder.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("store.sqlite");
    std::fs::copy(world.path(), &path).unwrap();
    std::fs::copy(wal(&world.path()), wal(&path)).unwrap();
    path
}

async fn runs(world: &World, path: &Path) -> Vec<String> {
    let store = SqliteStore::open(path, ORGANIZATION, world.clock.clone()).await.unwrap();
    let entries = history(&store).await;
    entries.into_iter().map(|entry| entry.run).collect()
}

fn numbered(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn what_was_acknowledged_should_be_there_after_a_kill() {
    let world = World::new().await;
    for number in 0..30 {
        world.store.append(&outcome(1, 1, &number.to_string())).await.unwrap();
        if number % 10 == 9 {
            let path = copied(&world, &format!("copy-{number}"));
            assert_eq!(runs(&world, &path).await, numbered(0..number + 1));
        }
    }
}

#[tokio::test]
async fn intent_should_never_be_there_without_its_documents() {
    let world = World::new().await;
    let found = observed(1, widened_trust);
    let appends = (0..64).map(|_| {
        let (store, entry) = (world.store.clone(), intent(1, 1, &found));
        tokio::spawn(async move { store.append(&entry).await.unwrap() })
    });
    let appends: Vec<_> = appends.collect();
    tokio::task::yield_now().await;
    let path = copied(&world, "copy");
    futures::future::join_all(appends).await;
    let store = SqliteStore::open(&path, ORGANIZATION, world.clock.clone()).await.unwrap();
    for entry in history(&store).await {
        if entry.kind == crate::HistoryKind::Intent {
            let before = store.documents_before(entry.seq).await.unwrap().unwrap();
            assert!(before.found.is_some());
        }
    }
}

#[tokio::test]
async fn torn_wal_should_open_with_the_first_of_what_was_acknowledged() {
    let world = World::new().await;
    for number in 0..12 {
        world.store.append(&outcome(1, 1, &number.to_string())).await.unwrap();
    }
    let length = std::fs::metadata(wal(&world.path())).unwrap().len();
    let mut longest = 0;
    let first = length / 3;
    for (place, cut) in (first..length).step_by(9_973).chain([length - 1, length]).enumerate() {
        let path = copied(&world, &format!("torn-{place}"));
        let file = std::fs::OpenOptions::new().write(true).open(wal(&path)).unwrap();
        file.set_len(cut).unwrap();
        let entries = runs(&world, &path).await;
        assert_eq!(entries, numbered(0..entries.len()), "cut at {cut} of {length}");
        assert!(entries.len() >= longest, "cut at {cut} of {length}");
        longest = entries.len();
    }
    assert_eq!(longest, 12);
}
