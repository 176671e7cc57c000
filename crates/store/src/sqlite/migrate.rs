//! The versions of the file.

use sqlx::{Connection, SqliteConnection};

/// "DXro": marks the file as a store of this program (`PRAGMA application_id`).
pub(super) const APPLICATION_ID: i64 = 0x4458_726f;

/// What brings a store from each version to the next, from an empty file on.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_lease_lock.sql"),
    include_str!("migrations/0003_users.sql"),
];

/// The version that this program reads and writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// What a file says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Nothing is in it yet.
    Empty,
    /// It is a store of this version.
    Store(i64),
    /// It is something else.
    Other,
}

/// Reads what the file is; writes nothing.
pub(super) async fn file_kind(connection: &mut SqliteConnection) -> sqlx::Result<FileKind> {
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(connection).await?;
    Ok(match (application, version, tables) {
        (APPLICATION_ID, version, _) => FileKind::Store(version),
        (0, 0, 0) => FileKind::Empty,
        _ => FileKind::Other,
    })
}

/// Brings the store up to date, each version in a transaction of its own. What another process has
/// done meanwhile is not done again.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    for (version, migration) in (1_i64..).zip(MIGRATIONS) {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let found: i64 =
            sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
        if found < version {
            sqlx::raw_sql(migration).execute(&mut *transaction).await?;
            let marks = format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version}"
            );
            // Two numbers of this program.
            sqlx::raw_sql(sqlx::AssertSqlSafe(marks)).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}
