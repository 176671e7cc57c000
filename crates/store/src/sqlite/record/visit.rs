//! One visit of one account.

use digitalex_core::{AccountRecord, Verdict};
use digitalex_engine::{Account, AccountState, Seen, Visit};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::accounts::listed;
use super::drift;
use crate::sqlite::accounts::bit;
use crate::sqlite::columns::{Columns, to_json};
use crate::sqlite::findings::difference_lines;
use crate::sqlite::journal::close_interrupted;
use crate::{DriftChange, Word};

/// What is known of the account from before the visit.
pub(super) struct Known {
    /// When it was visited before; 0 if never.
    pub(super) visited_at: i64,
    /// Whether it was ever as wanted.
    pub(super) was_in_sync: bool,
    pub(super) has_open_drift: bool,
    failures: i64,
    was_unreachable: bool,
    has_findings: bool,
    has_open_intent: bool,
}

const KNOWN: &str = "
    SELECT visited_at, verified_at, verdict, failures,
        EXISTS (SELECT 1 FROM findings WHERE account = id) AS findings,
        EXISTS (SELECT 1 FROM drift WHERE account = accounts.id AND ended_at IS NULL) AS drift,
        EXISTS (SELECT 1 FROM journal WHERE account = accounts.id AND kind = 'intent'
            AND closed_by IS NULL) AS intent
    FROM accounts WHERE id = ?";

/// Writes the visit down; gives what became of drift.
pub(super) async fn visited(
    connection: &mut SqliteConnection,
    visit: &Visit,
) -> sqlx::Result<Vec<DriftChange>> {
    let record = &visit.record;
    let known = match known(connection, record).await? {
        Some(known) => known,
        None => {
            // Its listing was not written down; the next one names its state.
            let state = AccountState::Unknown("UNKNOWN".to_owned());
            let (id, name) = (record.id, record.name.clone());
            listed(
                connection,
                &Account { id, name, state, invited: false, ou_path: None, tags: None },
            )
            .await?;
            Known::nothing()
        }
    };
    if record.verdict == Verdict::NotVisited {
        not_visited(connection, visit).await?;
        return Ok(Vec::new());
    }
    update(connection, visit, &known).await?;
    if record.verdict == Verdict::Skipped {
        return left_out(connection, visit, &known).await;
    }
    let Some(seen) = &visit.seen else { return Ok(Vec::new()) };
    keep_findings(connection, visit, seen, &known).await?;
    let changes = drift::track(connection, visit, &known).await?;
    if known.has_open_intent && !visit.unverified {
        close_interrupted(connection, record.id, visit.at, Some(record.verdict)).await?;
    }
    Ok(changes)
}

/// The account takes no part any more: nothing differs there, as far as anyone asks.
async fn left_out(
    connection: &mut SqliteConnection,
    visit: &Visit,
    known: &Known,
) -> sqlx::Result<Vec<DriftChange>> {
    let account = visit.record.id;
    if known.has_findings {
        for forget in [
            "DELETE FROM findings WHERE account = ?",
            "UPDATE accounts SET effect = NULL, aspects = 0 WHERE id = ?",
        ] {
            sqlx::query(forget).bind(account.to_string()).execute(&mut *connection).await?;
        }
    }
    if known.has_open_intent {
        close_interrupted(connection, account, visit.at, Some(visit.record.verdict)).await?;
    }
    if known.has_open_drift {
        drift::end_all(connection, account, visit.at).await
    } else {
        Ok(Vec::new())
    }
}

async fn known(
    connection: &mut SqliteConnection,
    record: &AccountRecord,
) -> sqlx::Result<Option<Known>> {
    let row = sqlx::query(KNOWN).bind(record.id.to_string()).fetch_optional(connection).await?;
    let Some(row) = row else { return Ok(None) };
    let columns = Columns(&row);
    Ok(Some(Known {
        visited_at: columns.get::<Option<i64>>("visited_at")?.unwrap_or_default(),
        was_in_sync: columns.get::<Option<i64>>("verified_at")?.is_some(),
        failures: columns.get("failures")?,
        was_unreachable: columns.word_if_any("verdict")? == Some(Verdict::Unreachable),
        has_findings: columns.get("findings")?,
        has_open_drift: columns.get("drift")?,
        has_open_intent: columns.get("intent")?,
    }))
}

impl Known {
    /// Of an account that is new.
    fn nothing() -> Self {
        Self {
            visited_at: 0,
            was_in_sync: false,
            has_open_drift: false,
            failures: 0,
            was_unreachable: false,
            has_findings: false,
            // It may have been written to before the store knew it.
            has_open_intent: true,
        }
    }
}

/// Its turn did not come: what was known before stands.
async fn not_visited(connection: &mut SqliteConnection, visit: &Visit) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET verdict = coalesce(verdict, ?), next_at = ? WHERE id = ?")
        .bind(visit.record.verdict.word())
        .bind(visit.next_at.map(Timestamp::as_microsecond))
        .bind(visit.record.id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// What was not read stays as it was last read.
const UPDATE: &str = "
    UPDATE accounts SET profile = ?, verdict = ?, cause_code = ?, cause_message = ?,
        cause_remedy = ?, visited_at = ?, next_at = ?, failures = ?,
        effect = iif(?9, ?10, effect), aspects = iif(?9, ?11, aspects),
        role_arn = iif(?9, ?12, role_arn), role_id = iif(?9, ?13, role_id),
        ownership = iif(?9, ?14, ownership), fingerprint = iif(?9, ?15, fingerprint),
        verified_at = coalesce(?16, verified_at)
    WHERE id = ?17";

async fn update(
    connection: &mut SqliteConnection,
    visit: &Visit,
    known: &Known,
) -> sqlx::Result<()> {
    let (record, seen) = (&visit.record, visit.seen.as_ref());
    let right = is_right(record.verdict);
    let failures = failures(visit, known);
    let cause = record.cause.as_ref();
    let aspects = record.differences.iter().fold(0, |bits, one| bits | bit(one.aspect()));
    sqlx::query(UPDATE)
        .bind(&record.profile)
        .bind(record.verdict.word())
        .bind(cause.map(|cause| cause.code))
        .bind(cause.map(|cause| &cause.message))
        .bind(cause.and_then(|cause| cause.remedy.as_ref()))
        .bind(visit.at.as_microsecond())
        .bind(visit.next_at.map(Timestamp::as_microsecond))
        .bind(failures)
        .bind(seen.is_some())
        .bind(record.effect.filter(|_| !right).map(Word::word))
        .bind(if right { 0 } else { aspects })
        .bind(record.identity.as_ref().map(ToString::to_string))
        .bind(seen.and_then(|seen| seen.unique_id.as_ref()))
        .bind(seen.and_then(|seen| seen.ownership).map(Word::word))
        .bind(seen.map(|seen| seen.fingerprint.to_string()))
        .bind(seen.filter(|_| right).map(|_| visit.at.as_microsecond()))
        .bind(record.id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// How often the account has failed in a row, as the engine counts. One that cannot be read and one that
/// is not as wanted are two kinds of failure: each is counted from its first. While a write is still
/// being verified nothing has failed.
fn failures(visit: &Visit, known: &Known) -> i64 {
    let unreachable = visit.record.verdict == Verdict::Unreachable;
    let before = if known.was_unreachable == unreachable { known.failures } else { 0 };
    match visit.record.verdict {
        Verdict::Drifted | Verdict::Failed | Verdict::Unreachable if visit.unverified => before,
        Verdict::Drifted | Verdict::Failed | Verdict::Unreachable => before.saturating_add(1),
        Verdict::InSync
        | Verdict::Converged
        | Verdict::Held
        | Verdict::Skipped
        | Verdict::NotVisited => 0,
    }
}

async fn keep_findings(
    connection: &mut SqliteConnection,
    visit: &Visit,
    seen: &Seen,
    known: &Known,
) -> sqlx::Result<()> {
    let record = &visit.record;
    let account = record.id.to_string();
    if is_right(record.verdict) {
        if known.has_findings {
            sqlx::query("DELETE FROM findings WHERE account = ?")
                .bind(account)
                .execute(connection)
                .await?;
        }
        return Ok(());
    }
    let steps = record.plan.as_ref().map(|plan| plan.steps.as_slice()).unwrap_or_default();
    sqlx::query(
        "INSERT OR REPLACE INTO findings (account, differences, steps, violations, found)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(account)
    .bind(to_json(&difference_lines(&record.differences)?)?)
    .bind(to_json(&steps)?)
    .bind(to_json(&record.violations)?)
    .bind(seen.found.as_ref().map(to_json).transpose()?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the role was last seen as wanted.
pub(super) fn is_right(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::InSync | Verdict::Converged)
}
