//! Accounts, to read.

use digitalex_core::{AccountId, Aspect, Verdict};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::columns::Columns;
use super::cursor::rows_max;
use super::fold::fold;
use crate::{AccountFilter, AccountLine, AccountPage, CauseLine, PageRequest, RoleLine, Word};

const LINES: &str = "
    SELECT accounts.*, ou_paths.path
    FROM accounts LEFT JOIN ou_paths ON ou_paths.id = accounts.ou_path";

/// Those that the filter names, by id, and how many there are in all.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    filter: &AccountFilter,
    after: Option<AccountId>,
    page: &PageRequest,
) -> sqlx::Result<(Vec<AccountLine>, u64)> {
    let mut count = QueryBuilder::new("SELECT count(*) FROM accounts");
    narrow(&mut count, filter);
    let total: i64 = count.build_query_scalar().fetch_one(&mut *connection).await?;
    let mut query = QueryBuilder::new(LINES);
    narrow(&mut query, filter);
    if let Some(after) = after {
        query.push(" AND accounts.id > ").push_bind(after.to_string());
    }
    query.push(" ORDER BY accounts.id LIMIT ").push_bind(rows_max(page));
    let rows = query.build().fetch_all(connection).await?;
    let lines = rows.iter().map(line).collect::<sqlx::Result<_>>()?;
    Ok((lines, total.try_into().unwrap_or_default()))
}

/// One account, also one that left.
pub(super) async fn one(
    connection: &mut SqliteConnection,
    id: AccountId,
) -> sqlx::Result<Option<AccountPage>> {
    let row = sqlx::query(
        "SELECT accounts.*, ou_paths.path, differences, steps, violations, found
         FROM accounts LEFT JOIN ou_paths ON ou_paths.id = accounts.ou_path
             LEFT JOIN findings ON findings.account = accounts.id
         WHERE accounts.id = ?",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(account_page).transpose()
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &AccountFilter) {
    query.push(" WHERE left_at IS NULL");
    // One that was never visited has no verdict.
    let or_none = filter.verdicts.contains(&Verdict::NotVisited);
    among(query, "verdict", &filter.verdicts, or_none);
    among(query, "effect", &filter.effects, false);
    if let Some(aspect) = filter.aspect {
        query.push(" AND aspects & ").push_bind(bit(aspect)).push(" != 0");
    }
    if let Some(unit) = &filter.unit {
        query
            .push(" AND ou_path IN (SELECT ou.id FROM ou_paths AS ou WHERE instr(ou.path, ")
            .push_bind(format!("/{unit}/"))
            .push(") > 0)");
    }
    if let Some(cause) = &filter.cause {
        query.push(" AND cause_code = ").push_bind(cause.clone());
    }
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        query.push(" AND (instr(folded_name, ").push_bind(fold(search)).push(") > 0");
        query.push(" OR instr(accounts.id, ").push_bind(search.to_owned()).push(") = 1)");
    }
}

fn among<T: Word>(query: &mut QueryBuilder<Sqlite>, column: &str, words: &[T], or_none: bool) {
    if words.is_empty() {
        return;
    }
    query.push(format_args!(" AND ({column} IN ("));
    let mut list = query.separated(", ");
    for word in words {
        list.push_bind(word.word());
    }
    query.push(")");
    if or_none {
        query.push(format_args!(" OR {column} IS NULL"));
    }
    query.push(")");
}

/// The bit of an aspect in the column `aspects`.
pub(super) fn bit(aspect: Aspect) -> i64 {
    let place = Aspect::WORDS.iter().position(|(known, _)| *known == aspect);
    place.map_or(0, |place| 1 << place)
}

fn line(row: &SqliteRow) -> sqlx::Result<AccountLine> {
    let columns = Columns(row);
    let aspects: i64 = columns.get("aspects")?;
    let all_aspects = Aspect::WORDS.iter().map(|(aspect, _)| *aspect);
    Ok(AccountLine {
        id: columns.account("id")?,
        name: columns.get("name")?,
        state: columns.get("state")?,
        ou_path: columns.get::<Option<&str>>("path")?.map(path_ids),
        profile: columns.get("profile")?,
        verdict: columns.word_if_any("verdict")?,
        effect: columns.word_if_any("effect")?,
        aspects: all_aspects.filter(|aspect| aspects & bit(*aspect) != 0).collect(),
        cause_code: columns.get("cause_code")?,
        visited_at: columns.time_if_any("visited_at")?,
        verified_at: columns.time_if_any("verified_at")?,
        next_visit_at: columns.time_if_any("next_at")?,
    })
}

fn account_page(row: &SqliteRow) -> sqlx::Result<AccountPage> {
    let columns = Columns(row);
    let fingerprint: Option<String> = columns.get("fingerprint")?;
    let role = RoleLine {
        arn: columns.get("role_arn")?,
        id: columns.get("role_id")?,
        ownership: columns.word_if_any("ownership")?,
    };
    let cause = columns.get::<Option<String>>("cause_code")?.map(|code| {
        let message = columns.get::<Option<String>>("cause_message")?.unwrap_or_default();
        Ok::<_, sqlx::Error>(CauseLine { code, message, remedy: columns.get("cause_remedy")? })
    });
    Ok(AccountPage {
        line: line(row)?,
        role: fingerprint.is_some().then_some(role),
        differences: columns.json_or_default("differences")?,
        steps: columns.json_or_default("steps")?,
        violations: columns.json_or_default("violations")?,
        cause: cause.transpose()?,
        found: columns.json_or_default("found")?,
        fingerprint,
        failures: columns.count("failures")?,
        left_at: columns.time_if_any("left_at")?,
    })
}

/// The ids in `/r-…/ou-…/`.
pub(super) fn path_ids(path: &str) -> Vec<String> {
    path.split('/').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}
