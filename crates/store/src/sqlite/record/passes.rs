//! Passes, as they begin and end.

use std::collections::BTreeMap;

use digitalex_engine::{PassSummary, PassTrigger};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::Word;
use crate::sqlite::columns::to_json;

/// A pass began; one that has not ended was interrupted.
pub(super) async fn started(
    connection: &mut SqliteConnection,
    at: Timestamp,
    trigger: PassTrigger,
    due_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE passes SET interrupted = 1 WHERE ended_at IS NULL AND interrupted = 0")
        .execute(&mut *connection)
        .await?;
    insert(connection, at, trigger, due_at).await
}

/// A pass ended.
pub(super) async fn ended(
    connection: &mut SqliteConnection,
    summary: &PassSummary,
) -> sqlx::Result<()> {
    let known: Option<i64> = running(connection, summary).await?;
    if known.is_none() {
        insert(connection, summary.started_at, summary.trigger, summary.due_at).await?;
    }
    let by_verdict: BTreeMap<&str, usize> =
        summary.status.verdicts.iter().map(|(verdict, count)| (verdict.word(), *count)).collect();
    sqlx::query(
        "UPDATE passes SET ended_at = ?, interrupted = ?, fell_behind = ?,
             listing_incomplete = ?, visited = ?, by_verdict = ?, calls = ?, throttled = ?
         WHERE id = ?",
    )
    .bind(summary.ended_at.as_microsecond())
    .bind(summary.interrupted)
    .bind(summary.fell_behind)
    .bind(&summary.status.listing_incomplete)
    .bind(i64::try_from(summary.visited).unwrap_or(i64::MAX))
    .bind(to_json(&by_verdict)?)
    .bind(to_json(&summary.calls.0)?)
    .bind(to_json(&summary.throttled.0)?)
    .bind(running(connection, summary).await?)
    .execute(connection)
    .await?;
    Ok(())
}

async fn running(
    connection: &mut SqliteConnection,
    summary: &PassSummary,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT max(id) FROM passes WHERE started_at = ? AND ended_at IS NULL")
        .bind(summary.started_at.as_microsecond())
        .fetch_one(connection)
        .await
}

async fn insert(
    connection: &mut SqliteConnection,
    at: Timestamp,
    trigger: PassTrigger,
    due_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO passes (trigger, due_at, started_at) VALUES (?, ?, ?)")
        .bind(trigger.word())
        .bind(due_at.as_microsecond())
        .bind(at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}
