//! The role or user before each change, unredacted: the only place that is.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::{ObservedForm, ObservedIdentity};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, to_json};
use crate::{DocumentsBefore, IdentityBefore, RoleBefore};

/// Keeps the role or user as it was before the change.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    change: i64,
    found: &ObservedIdentity,
) -> sqlx::Result<()> {
    let inline: BTreeMap<&str, String> =
        found.inline.iter().map(|(name, document)| (name.as_str(), document.to_json())).collect();
    let (description, max_session_duration_s, trust) = match &found.form {
        ObservedForm::Role { description, max_session_duration_s, trust } => {
            (Some(description), Some(*max_session_duration_s), Some(trust.to_json()))
        }
        ObservedForm::User { .. } => (None, None, None),
    };
    sqlx::query(
        "INSERT INTO documents_before
             (change, arn, unique_id, path, description, max_session_duration_s, trust, inline,
              managed, boundary, tags)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(change)
    .bind(found.arn.to_string())
    .bind(&found.unique_id)
    .bind(found.path.as_str())
    .bind(description)
    .bind(max_session_duration_s)
    .bind(trust)
    .bind(to_json(&inline)?)
    .bind(to_json(&found.managed)?)
    .bind(found.boundary.as_ref().map(|arn| arn.as_str().to_owned()))
    .bind(to_json(&found.tags)?)
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
        found: kept.map(|arn| identity(&columns, arn)).transpose()?,
    })
}

fn identity(columns: &Columns<'_>, arn: String) -> sqlx::Result<IdentityBefore> {
    let trust = columns.get::<Option<String>>("trust")?;
    Ok(IdentityBefore {
        arn,
        unique_id: columns.get("unique_id")?,
        path: columns.get("path")?,
        role: trust.map(|trust| role(columns, trust)).transpose()?,
        inline: columns.json("inline")?,
        managed: columns.json::<BTreeSet<String>>("managed")?,
        boundary: columns.get("boundary")?,
        tags: columns.json("tags")?,
    })
}

fn role(columns: &Columns<'_>, trust: String) -> sqlx::Result<RoleBefore> {
    Ok(RoleBefore {
        description: columns.get("description")?,
        max_session_duration_s: columns.count("max_session_duration_s")?,
        trust,
    })
}
