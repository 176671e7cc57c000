//! What a daemon begins with: the memory of the one before it.

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_engine::{
    Account, AccountState, LearnedRates, OpenIntent, OuPath, Remembered, RememberedRecord, Resume,
};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::accounts::path_ids;
use super::columns::{Columns, to_json};

/// The accounts as last listed and visited, the changes of which no end is known, and the last pass.
pub(super) async fn resume(connection: &mut SqliteConnection) -> sqlx::Result<Resume> {
    let accounts = sqlx::query(
        "SELECT accounts.id, name, state, path, tags, verdict, effect, failures, visited_at
         FROM accounts LEFT JOIN ou_paths ON ou_paths.id = accounts.ou_path
         WHERE left_at IS NULL ORDER BY accounts.id",
    )
    .fetch_all(&mut *connection)
    .await?;
    let open = sqlx::query(
        "SELECT account, at, run FROM journal
         WHERE kind = 'intent' AND closed_by IS NULL ORDER BY seq",
    )
    .fetch_all(&mut *connection)
    .await?;
    let last_pass = sqlx::query(
        "SELECT started_at FROM passes WHERE ended_at IS NOT NULL AND interrupted = 0
         ORDER BY id DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    Ok(Resume {
        accounts: accounts.iter().map(remembered).collect::<sqlx::Result<_>>()?,
        open_intents: match is_planted(PlantedBug::ForgetOpenIntents) {
            true => Vec::new(),
            false => open.iter().map(open_intent).collect::<sqlx::Result<_>>()?,
        },
        last_pass_at: last_pass.map(|row| Columns(&row).time("started_at")).transpose()?,
    })
}

fn remembered(row: &SqliteRow) -> sqlx::Result<Remembered> {
    let columns = Columns(row);
    let account = Account {
        id: columns.account("id")?,
        name: columns.get("name")?,
        state: AccountState::from(columns.get::<&str>("state")?),
        invited: false,
        ou_path: columns.get::<Option<&str>>("path")?.map(|path| OuPath(path_ids(path))),
        tags: columns.json_or_default("tags")?,
    };
    let verdict = columns.word_if_any("verdict")?;
    let record = match (verdict, columns.time_if_any("visited_at")?) {
        (Some(verdict), Some(visited_at)) => Some(RememberedRecord {
            verdict,
            effect: columns.word_if_any("effect")?,
            failures: columns.count("failures")?,
            visited_at,
        }),
        _ => None,
    };
    Ok(Remembered { account, record })
}

fn open_intent(row: &SqliteRow) -> sqlx::Result<OpenIntent> {
    let columns = Columns(row);
    let (account, at) = (columns.account("account")?, columns.time("at")?);
    Ok(OpenIntent { account, at, run: columns.get("run")? })
}

/// What was learned of rates.
pub(super) async fn learned_rates(connection: &mut SqliteConnection) -> sqlx::Result<LearnedRates> {
    let row = sqlx::query("SELECT learned_rates FROM store").fetch_one(connection).await?;
    Columns(&row).json_or_default("learned_rates")
}

/// Keeps what was learned of rates.
pub(super) async fn keep_learned_rates(
    connection: &mut SqliteConnection,
    rates: &LearnedRates,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE store SET learned_rates = ?")
        .bind(to_json(rates)?)
        .execute(connection)
        .await?;
    Ok(())
}
