//! What all accounts add up to, to read.

use std::collections::BTreeMap;
use std::time::Duration;

use digitalex_core::{Aspect, Effect, Verdict};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::accounts::path_ids;
use super::columns::Columns;
use crate::{FleetSummary, ListingLine, UnitLine, VerifiedAges};

/// What all accounts add up to.
pub(super) async fn summary(connection: &mut SqliteConnection) -> sqlx::Result<FleetSummary> {
    let mut summary = FleetSummary {
        accounts: 0,
        by_verdict: BTreeMap::new(),
        not_yet_visited: 0,
        widened: 0,
        drift: open_drift(connection).await?,
        listing: listing(connection).await?,
    };
    let rows = sqlx::query(
        "SELECT verdict, count(*) AS count FROM accounts WHERE left_at IS NULL GROUP BY verdict",
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in &rows {
        let columns = Columns(row);
        let count: u64 = columns.count("count")?;
        summary.accounts += count;
        match columns.word_if_any::<Verdict>("verdict")? {
            Some(verdict) => *summary.by_verdict.entry(verdict).or_default() += count,
            None => summary.not_yet_visited += count,
        }
    }
    let widened = sqlx::query(
        "SELECT count(*) AS count FROM accounts WHERE effect = 'widens' AND left_at IS NULL",
    )
    .fetch_one(connection)
    .await?;
    summary.widened = Columns(&widened).count("count")?;
    Ok(summary)
}

async fn open_drift(
    connection: &mut SqliteConnection,
) -> sqlx::Result<BTreeMap<Aspect, BTreeMap<Effect, u64>>> {
    let rows = sqlx::query(
        "SELECT aspect, effect, count(*) AS count FROM drift WHERE ended_at IS NULL
         GROUP BY aspect, effect",
    )
    .fetch_all(connection)
    .await?;
    let mut drift: BTreeMap<Aspect, BTreeMap<Effect, u64>> = BTreeMap::new();
    for row in &rows {
        let columns = Columns(row);
        let effects = drift.entry(columns.word("aspect")?).or_default();
        effects.insert(columns.word("effect")?, columns.count("count")?);
    }
    Ok(drift)
}

async fn listing(connection: &mut SqliteConnection) -> sqlx::Result<Option<ListingLine>> {
    let row =
        sqlx::query("SELECT listing_at, listing_complete FROM store").fetch_one(connection).await?;
    let columns = Columns(&row);
    let complete = columns.get::<Option<bool>>("listing_complete")?.unwrap_or_default();
    Ok(columns.time_if_any("listing_at")?.map(|at| ListingLine { at, complete }))
}

/// How long ago accounts were last as wanted.
pub(super) async fn verified_ages(
    connection: &mut SqliteConnection,
    now: Timestamp,
    bounds: &[Duration],
) -> sqlx::Result<VerifiedAges> {
    let now = now.as_microsecond();
    // An account whose clock was ahead is as old as one that was verified now.
    let row = sqlx::query(
        "SELECT count(*) AS accounts,
             total(max(0, ?1 - verified_at)) / 1e6 AS sum_s
         FROM accounts WHERE left_at IS NULL AND verdict IS NOT 'skipped'",
    )
    .bind(now)
    .fetch_one(&mut *connection)
    .await?;
    let columns = Columns(&row);
    let mut ages = VerifiedAges {
        within: Vec::new(),
        accounts: columns.count("accounts")?,
        sum_s: columns.get("sum_s")?,
    };
    for bound in bounds {
        let bound = i64::try_from(bound.as_micros()).unwrap_or(i64::MAX);
        let row = sqlx::query(
            "SELECT count(*) AS accounts FROM accounts
             WHERE left_at IS NULL AND verdict IS NOT 'skipped' AND verified_at >= ?",
        )
        .bind(now.saturating_sub(bound))
        .fetch_one(&mut *connection)
        .await?;
        ages.within.push(Columns(&row).count("accounts")?);
    }
    Ok(ages)
}

/// All roots and OUs, each with the accounts anywhere below it: those whose names were read, and those
/// that only accounts' paths name.
pub(super) async fn units(connection: &mut SqliteConnection) -> sqlx::Result<Vec<UnitLine>> {
    let mut units = BTreeMap::new();
    let rows =
        sqlx::query("SELECT id, name, parent FROM units").fetch_all(&mut *connection).await?;
    for row in &rows {
        let columns = Columns(row);
        let (name, parent) = (columns.get("name")?, columns.get("parent")?);
        let unit = unit(columns.get("id")?, Some(name), parent);
        units.insert(unit.id.clone(), unit);
    }
    let rows = sqlx::query(
        "SELECT path, verdict, count(*) AS count
         FROM accounts JOIN ou_paths ON ou_paths.id = accounts.ou_path
         WHERE left_at IS NULL GROUP BY accounts.ou_path, verdict",
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in &rows {
        let columns = Columns(row);
        let count: u64 = columns.count("count")?;
        let verdict: Option<Verdict> = columns.word_if_any("verdict")?;
        let mut parent = None;
        for id in path_ids(columns.get("path")?) {
            let new = || unit(id.clone(), None, parent);
            let unit = units.entry(id.clone()).or_insert_with(new);
            unit.accounts += count;
            if let Some(verdict) = verdict {
                *unit.by_verdict.entry(verdict).or_default() += count;
            }
            parent = Some(id);
        }
    }
    let rows = sqlx::query(
        "SELECT path, count(*) AS count
         FROM accounts JOIN ou_paths ON ou_paths.id = accounts.ou_path
         WHERE effect = 'widens' AND left_at IS NULL GROUP BY accounts.ou_path",
    )
    .fetch_all(connection)
    .await?;
    for row in &rows {
        let columns = Columns(row);
        let count: u64 = columns.count("count")?;
        for id in path_ids(columns.get("path")?) {
            units.entry(id).and_modify(|unit| unit.widened += count);
        }
    }
    Ok(units.into_values().collect())
}

fn unit(id: String, name: Option<String>, parent: Option<String>) -> UnitLine {
    UnitLine { id, name, parent, accounts: 0, by_verdict: BTreeMap::new(), widened: 0 }
}
