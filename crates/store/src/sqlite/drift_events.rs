//! Drift, to read.

use std::collections::BTreeMap;

use digitalex_core::Effect;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::columns::{Columns, time};
use super::cursor::rows_max;
use crate::{DriftEvent, DriftFilter, DriftPoint, PageRequest, Word};

/// Those that the filter names, newest first, and how many there are in all.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    filter: &DriftFilter,
    after: Option<i64>,
    page: &PageRequest,
) -> sqlx::Result<(Vec<DriftEvent>, u64)> {
    let mut count = QueryBuilder::new("SELECT count(*) FROM drift");
    narrow(&mut count, filter);
    let total: i64 = count.build_query_scalar().fetch_one(&mut *connection).await?;
    let mut query = QueryBuilder::new(
        "SELECT drift.*, accounts.name AS account_name
         FROM drift LEFT JOIN accounts ON accounts.id = drift.account",
    );
    narrow(&mut query, filter);
    if let Some(after) = after {
        query.push(" AND drift.id < ").push_bind(after);
    }
    query.push(" ORDER BY drift.id DESC LIMIT ").push_bind(rows_max(page));
    let rows = query.build().fetch_all(connection).await?;
    let events = rows.iter().map(event).collect::<sqlx::Result<_>>()?;
    Ok((events, total.try_into().unwrap_or_default()))
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &DriftFilter) {
    query.push(" WHERE true");
    match filter.open {
        Some(true) => query.push(" AND ended_at IS NULL"),
        Some(false) => query.push(" AND ended_at IS NOT NULL"),
        None => query,
    };
    if let Some(aspect) = filter.aspect {
        query.push(" AND aspect = ").push_bind(aspect.word());
    }
    if let Some(effect) = filter.effect {
        query.push(" AND drift.effect = ").push_bind(effect.word());
    }
    if let Some(account) = filter.account {
        query.push(" AND drift.account = ").push_bind(account.to_string());
    }
}

/// One event out of a row of `drift` with `account_name`.
pub(super) fn event(row: &SqliteRow) -> sqlx::Result<DriftEvent> {
    let columns = Columns(row);
    Ok(DriftEvent {
        id: columns.get("id")?,
        account: columns.account("account")?,
        account_name: columns.get::<Option<String>>("account_name")?.unwrap_or_default(),
        aspect: columns.word("aspect")?,
        subject: columns.get("subject")?,
        effect: columns.word("effect")?,
        summary: columns.get("summary")?,
        first_seen: columns.time("first_seen")?,
        last_seen: columns.time("last_seen")?,
        ended_at: columns.time_if_any("ended_at")?,
        ended_by: columns.word_if_any("ended_by")?,
        was_in_sync: columns.get("was_in_sync")?,
    })
}

/// Most points of a chart.
const STEPS_MAX: u32 = 10_000;

/// Counts by step and effect.
type Counts = BTreeMap<(i64, Effect), i64>;

/// Drift at the end of each of `steps` equal steps between the two times.
pub(super) async fn series(
    connection: &mut SqliteConnection,
    from: Timestamp,
    to: Timestamp,
    steps: u32,
) -> sqlx::Result<Vec<DriftPoint>> {
    let steps = i64::from(steps.clamp(1, STEPS_MAX));
    let (from, to) = (from.as_microsecond(), to.as_microsecond());
    let step = to.saturating_sub(from).max(0).div_euclid(steps).max(1);
    let to = from.saturating_add(step.saturating_mul(steps));
    // Step -1: all before.
    let opened = counts(connection, OPENED, from, to, step).await?;
    let ended = counts(connection, ENDED, from, to, step).await?;
    let corrected = counts(connection, CORRECTED, from, to, step).await?;
    let at_step = |counts: &Counts, step: i64| -> i64 {
        Effect::WORDS.iter().filter_map(|(effect, _)| counts.get(&(step, *effect))).sum()
    };
    let mut open: BTreeMap<Effect, i64> = BTreeMap::new();
    let mut points = Vec::new();
    for place in -1..steps {
        for (effect, _) in Effect::WORDS {
            let key = (place, *effect);
            let change = opened.get(&key).unwrap_or(&0) - ended.get(&key).unwrap_or(&0);
            *open.entry(*effect).or_default() += change;
        }
        if place >= 0 {
            let end = from.saturating_add(step.saturating_mul(place + 1));
            points.push(DriftPoint {
                at: time(end)?,
                open: open.iter().map(|(effect, count)| (*effect, unsigned(*count))).collect(),
                opened: unsigned(at_step(&opened, place)),
                corrected: unsigned(at_step(&corrected, place)),
            });
        }
    }
    Ok(points)
}

/// A step has its end, and not its beginning.
const OPENED: &str = "
    SELECT CASE WHEN first_seen <= ?1 THEN -1 ELSE (first_seen - ?1 - 1) / ?3 END AS step, effect,
        count(*) AS count
    FROM drift WHERE first_seen <= ?2 GROUP BY 1, 2";
const ENDED: &str = "
    SELECT CASE WHEN ended_at <= ?1 THEN -1 ELSE (ended_at - ?1 - 1) / ?3 END AS step, effect,
        count(*) AS count
    FROM drift WHERE ended_at <= ?2 GROUP BY 1, 2";
const CORRECTED: &str = "
    SELECT (ended_at - ?1 - 1) / ?3 AS step, effect, count(*) AS count
    FROM drift WHERE ended_at > ?1 AND ended_at <= ?2 AND ended_by = 'corrected' GROUP BY 1, 2";

async fn counts(
    connection: &mut SqliteConnection,
    query: &'static str,
    from: i64,
    to: i64,
    step: i64,
) -> sqlx::Result<Counts> {
    let rows = sqlx::query(query).bind(from).bind(to).bind(step).fetch_all(connection).await?;
    let count = |row| {
        let columns = Columns(row);
        Ok(((columns.get("step")?, columns.word("effect")?), columns.get("count")?))
    };
    rows.iter().map(count).collect()
}

fn unsigned(count: i64) -> u64 {
    count.try_into().unwrap_or_default()
}
