//! The journal: what is about to be done, and what became of it.

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{AccountId, AccountPlan, Fingerprint, ObservedIdentity, Step, Verdict};
use digitalex_engine::JournalEntry;
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::columns::{Columns, to_json};
use super::documents;
use super::mends::mended;
use crate::{HistoryKind, Word};

/// Writes an entry down.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    entry: &JournalEntry,
) -> sqlx::Result<()> {
    match entry {
        JournalEntry::Intent { .. } if is_planted(PlantedBug::DropIntent) => Ok(()),
        JournalEntry::Intent { at, run, plan, before } => {
            append_intent(connection, *at, run, plan, before.as_deref()).await
        }
        JournalEntry::Outcome { at, run, account, observation, verdict } => {
            let end = End { at: *at, run, account: *account, observation, verdict: *verdict };
            append_outcome(connection, end).await
        }
    }
}

/// How large a write [`check`] makes: larger than the largest intent.
const CHECK_BYTES: i64 = 128 * 1024;

/// Sees whether an entry could be written: writes as much, in place of what it wrote before.
pub(super) async fn check(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("UPDATE store SET room = randomblob(?)")
        .bind(CHECK_BYTES)
        .execute(connection)
        .await?;
    Ok(())
}

/// Closes the account's open intents of `until` or before: their end was not written down, and what
/// the account is was seen, or is about to be changed, since.
pub(super) async fn close_interrupted(
    connection: &mut SqliteConnection,
    account: AccountId,
    until: Timestamp,
    verdict: Option<Verdict>,
) -> sqlx::Result<()> {
    let open = sqlx::query(
        "SELECT seq, run, observation FROM journal
         WHERE account = ? AND kind = 'intent' AND closed_by IS NULL AND at <= ? ORDER BY seq",
    )
    .bind(account.to_string())
    .bind(until.as_microsecond())
    .fetch_all(&mut *connection)
    .await?;
    for row in &open {
        let columns = Columns(row);
        let intent: i64 = columns.get("seq")?;
        let closed_by = sqlx::query(
            "INSERT INTO journal (at, run, account, kind, verdict, observation)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(until.as_microsecond())
        .bind(columns.get::<String>("run")?)
        .bind(account.to_string())
        .bind(HistoryKind::Interrupted.word())
        .bind(verdict.map(Word::word))
        .bind(columns.get::<String>("observation")?)
        .execute(&mut *connection)
        .await?
        .last_insert_rowid();
        sqlx::query("UPDATE journal SET closed_by = ? WHERE seq = ?")
            .bind(closed_by)
            .bind(intent)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn append_intent(
    connection: &mut SqliteConnection,
    at: Timestamp,
    run: &str,
    plan: &AccountPlan,
    before: Option<&ObservedIdentity>,
) -> sqlx::Result<()> {
    // Whatever its time says: an intent that is appended later is a later one.
    let latest: Option<i64> = sqlx::query_scalar(
        "SELECT max(at) FROM journal
         WHERE account = ? AND kind = 'intent' AND closed_by IS NULL",
    )
    .bind(plan.account.to_string())
    .fetch_one(&mut *connection)
    .await?;
    if let Some(latest) = latest {
        let until = super::columns::time(latest)?.max(at);
        close_interrupted(connection, plan.account, until, None).await?;
    }
    let calls: Vec<String> = plan.steps.iter().map(Step::summary).collect();
    let change = sqlx::query(
        "INSERT INTO journal (at, run, account, kind, observation, plan, calls, mends)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(at.as_microsecond())
    .bind(run)
    .bind(plan.account.to_string())
    .bind(HistoryKind::Intent.word())
    .bind(plan.observation.to_string())
    .bind(to_json(plan)?)
    .bind(to_json(&calls)?)
    .bind(to_json(&mended(plan))?)
    .execute(&mut *connection)
    .await?
    .last_insert_rowid();
    match before {
        Some(role) => documents::keep(connection, change, role).await,
        None => Ok(()),
    }
}

struct End<'a> {
    at: Timestamp,
    run: &'a str,
    account: AccountId,
    observation: &'a Fingerprint,
    verdict: Verdict,
}

async fn append_outcome(connection: &mut SqliteConnection, end: End<'_>) -> sqlx::Result<()> {
    let seq = sqlx::query(
        "INSERT INTO journal (at, run, account, kind, verdict, observation)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(end.at.as_microsecond())
    .bind(end.run)
    .bind(end.account.to_string())
    .bind(HistoryKind::Outcome.word())
    .bind(end.verdict.word())
    .bind(end.observation.to_string())
    .execute(&mut *connection)
    .await?
    .last_insert_rowid();
    sqlx::query(
        "UPDATE journal SET closed_by = ?
         WHERE account = ? AND kind = 'intent' AND closed_by IS NULL AND run = ?",
    )
    .bind(seq)
    .bind(end.account.to_string())
    .bind(end.run)
    .execute(connection)
    .await?;
    Ok(())
}
