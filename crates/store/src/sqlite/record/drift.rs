//! What becomes of drift when an account was read.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::{AccountId, Aspect, Difference, Effect, IdentityDiff, Verdict};
use digitalex_engine::Visit;
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::visit::{Known, is_right};
use crate::sqlite::columns::Columns;
use crate::sqlite::drift_events::event;
use crate::sqlite::mends::Mended;
use crate::{DriftChange, DriftEnd, DriftEvent, Word};

/// What tells one difference of an account from another.
type Key = (Aspect, String);

/// Compares what the visit found with the drift that was there.
pub(super) async fn track(
    connection: &mut SqliteConnection,
    visit: &Visit,
    known: &Known,
) -> sqlx::Result<Vec<DriftChange>> {
    let record = &visit.record;
    let there = if is_right(record.verdict) { BTreeMap::new() } else { keyed(&record.differences) };
    let mut corrected = keyed(&visit.corrected);
    if record.verdict == Verdict::Converged {
        corrected.extend(keyed(&record.differences));
    }
    corrected.retain(|key, _| !there.contains_key(key));
    let mut open = BTreeMap::new();
    if known.has_open_drift {
        for one in open_events(connection, record.id).await? {
            open.insert((one.event.aspect, one.event.subject.clone()), one);
        }
    }
    let mut changes = Vec::new();
    for (key, difference) in there {
        match open.remove(&key) {
            Some(one) => {
                changes.extend(seen_again(connection, visit, one.event, difference).await?)
            }
            None => {
                let event = first_seen(connection, visit, known, key, difference).await?;
                changes.push(DriftChange::Opened(event));
            }
        }
    }
    let was_open: BTreeSet<Key> = open.keys().cloned().collect();
    for (key, one) in open {
        let ours = record.verdict == Verdict::Converged
            || corrected.contains_key(&key)
            || was_mended(connection, &one).await?;
        let by = if ours { DriftEnd::Corrected } else { DriftEnd::Elsewhere };
        changes.push(DriftChange::Ended(end(connection, one.event, visit.at, by).await?));
    }
    for (key, difference) in corrected {
        if !was_open.contains(&key) {
            let event = first_seen(connection, visit, known, key, difference).await?;
            changes.push(DriftChange::Opened(event.clone()));
            let ended = end(connection, event, visit.at, DriftEnd::Corrected).await?;
            changes.push(DriftChange::Ended(ended));
        }
    }
    Ok(changes)
}

/// Ends all drift of an account that left.
pub(super) async fn end_all(
    connection: &mut SqliteConnection,
    account: AccountId,
    at: Timestamp,
) -> sqlx::Result<Vec<DriftChange>> {
    let mut changes = Vec::new();
    for one in open_events(connection, account).await? {
        let ended = end(connection, one.event, at, DriftEnd::Elsewhere).await?;
        changes.push(DriftChange::Ended(ended));
    }
    Ok(changes)
}

fn keyed(differences: &IdentityDiff) -> BTreeMap<Key, &Difference> {
    differences.iter().map(|one| ((one.aspect(), one.subject()), one)).collect()
}

/// Drift that is there, and the time of the visit before it was first seen.
struct Open {
    event: DriftEvent,
    since: i64,
}

async fn open_events(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> sqlx::Result<Vec<Open>> {
    let rows = sqlx::query(
        "SELECT drift.*, accounts.name AS account_name
         FROM drift LEFT JOIN accounts ON accounts.id = drift.account
         WHERE drift.account = ? AND ended_at IS NULL ORDER BY drift.id",
    )
    .bind(account.to_string())
    .fetch_all(connection)
    .await?;
    let open = |row| Ok(Open { event: event(row)?, since: Columns(row).get("since")? });
    rows.iter().map(open).collect()
}

async fn first_seen(
    connection: &mut SqliteConnection,
    visit: &Visit,
    known: &Known,
    (aspect, subject): Key,
    difference: &Difference,
) -> sqlx::Result<DriftEvent> {
    let (account, at) = (visit.record.id, visit.at);
    let (effect, summary) = (difference.effect(), difference.summary());
    let id = sqlx::query(
        "INSERT INTO drift
             (account, aspect, subject, effect, summary, since, first_seen, last_seen, was_in_sync)
         VALUES (?, ?, ?, ?, ?, ?, ?7, ?7, ?8)",
    )
    .bind(account.to_string())
    .bind(aspect.word())
    .bind(&subject)
    .bind(effect.word())
    .bind(&summary)
    .bind(known.visited_at)
    .bind(at.as_microsecond())
    .bind(known.was_in_sync)
    .execute(connection)
    .await?
    .last_insert_rowid();
    let account_name = visit.record.name.clone();
    Ok(DriftEvent {
        id,
        account,
        account_name,
        aspect,
        subject,
        effect,
        summary,
        first_seen: at,
        last_seen: at,
        ended_at: None,
        ended_by: None,
        was_in_sync: known.was_in_sync,
    })
}

async fn seen_again(
    connection: &mut SqliteConnection,
    visit: &Visit,
    mut event: DriftEvent,
    difference: &Difference,
) -> sqlx::Result<Option<DriftChange>> {
    let effect_before = event.effect;
    (event.effect, event.summary) = (difference.effect(), difference.summary());
    event.last_seen = event.last_seen.max(visit.at);
    sqlx::query("UPDATE drift SET last_seen = ?, effect = ?, summary = ? WHERE id = ?")
        .bind(event.last_seen.as_microsecond())
        .bind(event.effect.word())
        .bind(&event.summary)
        .bind(event.id)
        .execute(connection)
        .await?;
    let widened = event.effect == Effect::Widens && effect_before != Effect::Widens;
    Ok(widened.then_some(DriftChange::Widened(event)))
}

async fn end(
    connection: &mut SqliteConnection,
    mut event: DriftEvent,
    at: Timestamp,
    by: DriftEnd,
) -> sqlx::Result<DriftEvent> {
    (event.ended_at, event.ended_by) = (Some(at), Some(by));
    sqlx::query("UPDATE drift SET ended_at = ?, ended_by = ? WHERE id = ?")
        .bind(at.as_microsecond())
        .bind(by.word())
        .bind(event.id)
        .execute(connection)
        .await?;
    Ok(event)
}

/// Whether this program's last change of the account, since before the drift was first seen, was to take
/// it away: its end may have been lost with a daemon that was killed.
async fn was_mended(connection: &mut SqliteConnection, drift: &Open) -> sqlx::Result<bool> {
    let row = sqlx::query(
        "SELECT mends FROM journal WHERE account = ? AND kind = 'intent' AND at >= ?
         ORDER BY seq DESC LIMIT 1",
    )
    .bind(drift.event.account.to_string())
    .bind(drift.since)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(false) };
    let mends: Vec<Mended> = Columns(&row).json("mends")?;
    Ok(mends.iter().any(|mended| mended.covers(drift.event.aspect, &drift.event.subject)))
}
