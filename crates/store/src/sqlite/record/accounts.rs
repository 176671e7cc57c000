//! The accounts as listed, and the tree that they stand in.

use digitalex_core::AccountId;
use digitalex_engine::{Account, OrganizationalUnit};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::drift::end_all;
use crate::DriftChange;
use crate::sqlite::columns::to_json;
use crate::sqlite::fold::fold;

/// Writes nothing where the account is known just so: listings repeat themselves.
const UPSERT: &str = "
    INSERT INTO accounts (id, name, folded_name, state, tags, ou_path)
    VALUES (?1, ?2, ?3, ?4, ?5, (SELECT id FROM ou_paths WHERE path = ?6))
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, folded_name = excluded.folded_name, state = excluded.state,
        tags = excluded.tags, ou_path = excluded.ou_path, left_at = NULL
    WHERE left_at IS NOT NULL OR name IS NOT excluded.name OR state IS NOT excluded.state
        OR tags IS NOT excluded.tags OR ou_path IS NOT excluded.ou_path";

/// An account was listed.
pub(super) async fn listed(
    connection: &mut SqliteConnection,
    account: &Account,
) -> sqlx::Result<()> {
    let path = account.ou_path.as_ref().map(|path| path_text(&path.0));
    if let Some(path) = &path {
        sqlx::query(
            "INSERT INTO ou_paths (path) SELECT ?1
             WHERE NOT EXISTS (SELECT 1 FROM ou_paths WHERE path = ?1)",
        )
        .bind(path)
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(UPSERT)
        .bind(account.id.to_string())
        .bind(&account.name)
        .bind(fold(&account.name))
        .bind(account.state.to_string())
        .bind(account.tags.as_ref().map(to_json).transpose()?)
        .bind(path)
        .execute(connection)
        .await?;
    Ok(())
}

/// A listing is over.
pub(super) async fn listing_ended(
    connection: &mut SqliteConnection,
    at: Timestamp,
    complete: bool,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE store SET listing_at = ?, listing_complete = ?")
        .bind(at.as_microsecond())
        .bind(complete)
        .execute(connection)
        .await?;
    Ok(())
}

/// An account left the organization: what drifted there is no longer this program's.
pub(super) async fn left(
    connection: &mut SqliteConnection,
    account: AccountId,
    at: Timestamp,
) -> sqlx::Result<Vec<DriftChange>> {
    sqlx::query("UPDATE accounts SET left_at = ?, next_at = NULL WHERE id = ? AND left_at IS NULL")
        .bind(at.as_microsecond())
        .bind(account.to_string())
        .execute(&mut *connection)
        .await?;
    end_all(connection, account, at).await
}

/// The organization's tree, whole.
pub(super) async fn units(
    connection: &mut SqliteConnection,
    units: &[OrganizationalUnit],
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM units").execute(&mut *connection).await?;
    for unit in units {
        sqlx::query("INSERT OR REPLACE INTO units (id, name, parent) VALUES (?, ?, ?)")
            .bind(&unit.id)
            .bind(&unit.name)
            .bind(&unit.parent)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// `/r-…/ou-…/`: an id within slashes is found nowhere else.
fn path_text(ids: &[String]) -> String {
    ids.iter().fold("/".to_owned(), |path, id| path + id + "/")
}
