//! What is too old to keep.

use jiff::Timestamp;
use sqlx::SqliteConnection;

/// Most rows in one transaction: what is appended meanwhile waits no longer than that takes.
const AT_ONCE: i64 = 1_000;

/// Each deletes some rows that are older than `?1`. Open drift, open intents, waiting notifications and
/// the last pass are never among them. An intent goes with the documents before it.
pub(super) const OLD: [&str; 5] = [
    "DELETE FROM drift WHERE id IN (SELECT id FROM drift WHERE ended_at < ?1 LIMIT ?2)",
    "DELETE FROM journal WHERE seq IN (SELECT seq FROM journal
         WHERE at < ?1 AND (kind != 'intent' OR closed_by IS NOT NULL) LIMIT ?2)",
    "DELETE FROM passes WHERE id IN (SELECT id FROM passes
         WHERE started_at < ?1 AND id < (SELECT max(id) FROM passes) LIMIT ?2)",
    "DELETE FROM notifications WHERE id IN
         (SELECT id FROM notifications WHERE coalesce(sent_at, given_up_at) < ?1 LIMIT ?2)",
    "DELETE FROM accounts WHERE id IN (SELECT id FROM accounts WHERE left_at < ?1 LIMIT ?2)",
];

/// Deletes some rows; gives how many. None: there are no more.
pub(super) async fn delete_some(
    connection: &mut SqliteConnection,
    old: &'static str,
    before: Timestamp,
) -> sqlx::Result<u64> {
    let deleted =
        sqlx::query(old).bind(before.as_microsecond()).bind(AT_ONCE).execute(connection).await?;
    Ok(deleted.rows_affected())
}

/// Gives some of the room that is free within the file back; gives whether there was any to give.
pub(super) async fn shrink_some(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    let before = free_pages(connection).await?;
    sqlx::query("PRAGMA incremental_vacuum(1000)").fetch_all(&mut *connection).await?;
    Ok(free_pages(connection).await? < before)
}

async fn free_pages(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("PRAGMA freelist_count").fetch_one(connection).await
}
