//! Which files are opened, and as what.

use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::world::{ORGANIZATION, World};
use crate::sqlite::migrate::VERSION;
use crate::sqlite::open::to_write;
use crate::{SqliteStore, StoreError};

async fn change(path: &std::path::Path, statement: &'static str) {
    let mut connection: SqliteConnection = to_write(path).connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn store_should_be_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    world.list(1..2).await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let path = world.path();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_extension("sqlite-wal")), 0o600);
}

#[tokio::test]
async fn store_should_be_found_again() {
    let world = World::new().await;
    world.list(1..4).await;
    let again = world.another().await;
    assert_eq!(again.organization(), ORGANIZATION);
    assert_eq!(again.summary().await.unwrap().accounts, 3);
}

#[tokio::test]
async fn empty_store_of_the_first_version_should_be_brought_up_to_date() {
    let world = World::new().await;
    let path = world.folder.path().join("first.sqlite");
    std::fs::write(&path, "").unwrap();
    change(&path, include_str!("../migrations/0001_first.sql")).await;
    change(&path, "PRAGMA application_id = 0x4458726f; PRAGMA user_version = 1").await;
    let store = SqliteStore::open(&path, ORGANIZATION, world.clock.clone()).await.unwrap();
    assert_eq!(store.summary().await.unwrap().accounts, 0);
    let mut connection = to_write(&path).connect().await.unwrap();
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.unwrap();
    assert_eq!(version, VERSION);
}

#[tokio::test]
async fn newer_store_should_be_refused_and_left_as_it_is() {
    let world = World::new().await;
    let path = world.path();
    change(&path, "PRAGMA user_version = 99").await;
    for opened in [
        SqliteStore::open(&path, ORGANIZATION, world.clock.clone()).await,
        SqliteStore::open_to_read(&path).await,
    ] {
        let error = opened.expect_err("it is newer");
        assert!(matches!(error, StoreError::Newer { found: 99, known: VERSION, .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn older_store_should_not_be_touched_by_who_only_reads() {
    let world = World::new().await;
    change(&world.path(), "PRAGMA user_version = 0").await;
    let error = SqliteStore::open_to_read(&world.path()).await.expect_err("it is older");
    assert!(matches!(error, StoreError::Older { found: 0, .. }), "{error}");
}

#[tokio::test]
async fn store_of_another_organization_should_be_refused() {
    let world = World::new().await;
    let opened = SqliteStore::open(&world.path(), "o-other", world.clock.clone()).await;
    let error = opened.expect_err("it is another's");
    assert!(error.to_string().contains("o-abcdefghij") && error.to_string().contains("o-other"));
}

#[tokio::test]
async fn what_is_not_a_store_should_be_refused_and_left_as_it_is() {
    let world = World::new().await;
    let other = world.folder.path().join("other.sqlite");
    std::fs::write(&other, "").unwrap();
    change(&other, "CREATE TABLE theirs (id)").await;
    let text = world.folder.path().join("text");
    std::fs::write(&text, "a text that is long enough to be looked at as a database".repeat(100))
        .unwrap();
    for path in [&other, &text] {
        let before = std::fs::read(path).unwrap();
        for opened in [
            SqliteStore::open(path, ORGANIZATION, world.clock.clone()).await,
            SqliteStore::open_to_read(path).await,
        ] {
            let error = opened.expect_err("it is no store");
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
        assert!(std::fs::read(path).unwrap() == before, "{} was changed", path.display());
    }
}

#[tokio::test]
async fn who_only_reads_should_make_nothing_and_write_nothing() {
    let world = World::new().await;
    let missing = world.folder.path().join("missing/store.sqlite");
    let error = SqliteStore::open_to_read(&missing).await.expect_err("nothing is there");
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!missing.parent().unwrap().exists());
    let reading = SqliteStore::open_to_read(&world.path()).await.unwrap();
    world.list(1..3).await;
    assert_eq!(reading.summary().await.unwrap().accounts, 2, "beside the daemon");
    let error = reading.record(Vec::new()).await.expect_err("it only reads");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[tokio::test]
async fn damaged_store_should_be_refused_with_what_to_do_and_kept() {
    let world = World::new().await;
    world.list(1..50).await;
    let path = world.folder.path().join("damaged.sqlite");
    change(&world.path(), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let mut bytes = std::fs::read(world.path()).unwrap();
    bytes[100..4096].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let opened = SqliteStore::open(&path, ORGANIZATION, world.clock.clone()).await;
    let error = opened.expect_err("it is damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("AWS is the truth"), "{error}");
    assert!(std::fs::read(&path).unwrap() == bytes);
}
