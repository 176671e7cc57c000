//! The history and the passes, to read.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, SqliteConnection};

use super::columns::Columns;
use super::cursor::rows_max;
use crate::{HistoryEntry, HistoryFilter, PageRequest, PassLine};

/// The history, newest first.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    filter: &HistoryFilter,
    after: Option<i64>,
    page: &PageRequest,
) -> sqlx::Result<Vec<HistoryEntry>> {
    let mut query = QueryBuilder::new(
        "SELECT journal.*, accounts.name AS account_name
         FROM journal LEFT JOIN accounts ON accounts.id = journal.account WHERE true",
    );
    if let Some(account) = filter.account {
        query.push(" AND journal.account = ").push_bind(account.to_string());
    }
    if let Some(after) = after {
        query.push(" AND seq < ").push_bind(after);
    }
    query.push(" ORDER BY seq DESC LIMIT ").push_bind(rows_max(page));
    query.build().fetch_all(connection).await?.iter().map(entry).collect()
}

fn entry(row: &SqliteRow) -> sqlx::Result<HistoryEntry> {
    let columns = Columns(row);
    Ok(HistoryEntry {
        seq: columns.get("seq")?,
        at: columns.time("at")?,
        run: columns.get("run")?,
        account: columns.account("account")?,
        account_name: columns.get("account_name")?,
        kind: columns.word("kind")?,
        verdict: columns.word_if_any("verdict")?,
        calls: columns.json_or_default("calls")?,
        observation: columns.get("observation")?,
    })
}

/// The passes, newest first.
pub(super) async fn passes(
    connection: &mut SqliteConnection,
    after: Option<i64>,
    page: &PageRequest,
) -> sqlx::Result<Vec<PassLine>> {
    let mut query = QueryBuilder::new("SELECT * FROM passes WHERE true");
    if let Some(after) = after {
        query.push(" AND id < ").push_bind(after);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(rows_max(page));
    query.build().fetch_all(connection).await?.iter().map(pass).collect()
}

fn pass(row: &SqliteRow) -> sqlx::Result<PassLine> {
    let columns = Columns(row);
    Ok(PassLine {
        id: columns.get("id")?,
        trigger: columns.word("trigger")?,
        due_at: columns.time("due_at")?,
        started_at: columns.time("started_at")?,
        ended_at: columns.time_if_any("ended_at")?,
        interrupted: columns.get("interrupted")?,
        fell_behind: columns.get("fell_behind")?,
        listing_incomplete: columns.get("listing_incomplete")?,
        visited: columns.count("visited")?,
        by_verdict: columns.json("by_verdict")?,
        calls: columns.json("calls")?,
        throttled: columns.json("throttled")?,
    })
}
