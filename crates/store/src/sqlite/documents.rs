//! The role before each change, unredacted: the only place that is.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::ObservedIdentity;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, to_json};
use crate::{DocumentsBefore, RoleBefore};

/// Keeps the role as it was before the change.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    change: i64,
    role: &ObservedIdentity,
) -> sqlx::Result<()> {
    let inline: BTreeMap<&str, String> =
        role.inline.iter().map(|(name, document)| (name.as_str(), document.to_json())).collect();
    sqlx::query(
        "INSERT INTO documents_before
             (change, arn, role_id, path, description, max_session_duration_s, trust, inline,
              managed, boundary, tags)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(change)
    .bind(role.arn.to_string())
    .bind(&role.role_id)
    .bind(role.path.as_str())
    .bind(&role.description)
    .bind(role.max_session_duration_s)
    .bind(role.trust.to_json())
    .bind(to_json(&inline)?)
    .bind(to_json(&role.managed)?)
    .bind(role.boundary.as_ref().map(|arn| arn.as_str().to_owned()))
    .bind(to_json(&role.tags)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// The role before the change with this number; none where there is no such intent.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    change: i64,
) -> sqlx::Result<Option<DocumentsBefore>> {
    let row = sqlx::query(
        "SELECT journal.account, journal.at, documents_before.*
         FROM journal LEFT JOIN documents_before ON change = seq
         WHERE seq = ? AND kind = 'intent'",
    )
    .bind(change)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(|row| documents(row, change)).transpose()
}

fn documents(row: &SqliteRow, change: i64) -> sqlx::Result<DocumentsBefore> {
    let columns = Columns(row);
    let kept = columns.get::<Option<String>>("arn")?;
    Ok(DocumentsBefore {
        change,
        account: columns.account("account")?,
        at: columns.time("at")?,
        role: kept.map(|arn| role(&columns, arn)).transpose()?,
    })
}

fn role(columns: &Columns<'_>, arn: String) -> sqlx::Result<RoleBefore> {
    Ok(RoleBefore {
        arn,
        role_id: columns.get("role_id")?,
        path: columns.get("path")?,
        description: columns.get("description")?,
        max_session_duration_s: columns.count("max_session_duration_s")?,
        trust: columns.get("trust")?,
        inline: columns.json("inline")?,
        managed: columns.json::<BTreeSet<String>>("managed")?,
        boundary: columns.get("boundary")?,
        tags: columns.json("tags")?,
    })
}
