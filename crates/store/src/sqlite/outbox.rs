//! Notifications that wait to be sent.

use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, to_json};
use crate::{NewNotification, QueuedNotification};

/// Puts them to those that wait; one whose key its target has had before is dropped.
pub(super) async fn enqueue(
    connection: &mut SqliteConnection,
    notifications: &[NewNotification],
    now: Timestamp,
) -> sqlx::Result<()> {
    for notification in notifications {
        sqlx::query(
            "INSERT INTO notifications (key, kind, target, body, queued_at, next_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5)
             ON CONFLICT (key, target) DO NOTHING",
        )
        .bind(&notification.key)
        .bind(&notification.kind)
        .bind(&notification.target)
        .bind(to_json(&notification.body)?)
        .bind(now.as_microsecond())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Those of one target whose time has come, the longest due first.
pub(super) async fn due(
    connection: &mut SqliteConnection,
    target: &str,
    now: Timestamp,
    limit: u32,
) -> sqlx::Result<Vec<QueuedNotification>> {
    let rows = sqlx::query(
        "SELECT * FROM notifications
         WHERE target = ? AND sent_at IS NULL AND given_up_at IS NULL AND next_at <= ?
         ORDER BY next_at, id LIMIT ?",
    )
    .bind(target)
    .bind(now.as_microsecond())
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(queued).collect()
}

fn queued(row: &SqliteRow) -> sqlx::Result<QueuedNotification> {
    let columns = Columns(row);
    Ok(QueuedNotification {
        id: columns.get("id")?,
        key: columns.get("key")?,
        kind: columns.get("kind")?,
        target: columns.get("target")?,
        body: columns.json("body")?,
        queued_at: columns.time("queued_at")?,
        attempts: columns.count("attempts")?,
    })
}

/// It was sent.
pub(super) async fn mark_sent(
    connection: &mut SqliteConnection,
    id: i64,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE notifications SET sent_at = ?, attempts = attempts + 1, last_error = NULL
         WHERE id = ?",
    )
    .bind(at.as_microsecond())
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// It could not be sent, and is tried again then.
pub(super) async fn mark_failed(
    connection: &mut SqliteConnection,
    id: i64,
    error: &str,
    next_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE notifications SET next_at = ?, attempts = attempts + 1, last_error = ?
         WHERE id = ? AND sent_at IS NULL",
    )
    .bind(next_at.as_microsecond())
    .bind(error)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// It could not be sent, and is not tried again.
pub(super) async fn give_up(
    connection: &mut SqliteConnection,
    id: i64,
    error: &str,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE notifications SET given_up_at = ?, attempts = attempts + 1, last_error = ?
         WHERE id = ? AND sent_at IS NULL",
    )
    .bind(at.as_microsecond())
    .bind(error)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}
