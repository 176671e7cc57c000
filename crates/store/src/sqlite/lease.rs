//! The lease: who may write.

use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::columns::Columns;
use crate::{Holder, HolderInfo, Lease};

/// Gives the lease to `holder` if nobody else has it now; to the same process again under the same
/// number.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    holder: Holder,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<Lease> {
    let row = sqlx::query("SELECT * FROM lease").fetch_optional(&mut *connection).await?;
    let mut fencing = 1;
    if let Some(row) = row {
        let info = info(&row)?;
        let last: i64 = Columns(&row).get("fencing")?;
        let same = info.holder == holder;
        if !same && info.until > now {
            return Ok(Lease::HeldBy(info));
        }
        fencing = if same && info.until > now { last } else { last + 1 };
    }
    sqlx::query(
        "INSERT OR REPLACE INTO lease (id, fencing, host, pid, run, until)
         VALUES (1, ?, ?, ?, ?, ?)",
    )
    .bind(fencing)
    .bind(holder.host)
    .bind(holder.pid)
    .bind(holder.run)
    .bind(until.as_microsecond())
    .execute(connection)
    .await?;
    Ok(Lease::Held { fencing })
}

/// Keeps the lease until then, if it is still that holder's. One that has run out is renewed too, where
/// nobody took it.
pub(super) async fn renew(
    connection: &mut SqliteConnection,
    fencing: i64,
    until: Timestamp,
) -> sqlx::Result<bool> {
    let renewed = sqlx::query("UPDATE lease SET until = ? WHERE fencing = ?")
        .bind(until.as_microsecond())
        .bind(fencing)
        .execute(connection)
        .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Gives the lease up: it has run out then. Its number stays, so that the next is greater.
pub(super) async fn release(connection: &mut SqliteConnection, fencing: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE lease SET until = ? WHERE fencing = ?")
        .bind(Timestamp::UNIX_EPOCH.as_microsecond())
        .bind(fencing)
        .execute(connection)
        .await?;
    Ok(())
}

/// Who was the last to hold it, and until when.
pub(super) async fn holder(connection: &mut SqliteConnection) -> sqlx::Result<Option<HolderInfo>> {
    let row = sqlx::query("SELECT * FROM lease").fetch_optional(connection).await?;
    row.as_ref().map(info).transpose()
}

fn info(row: &SqliteRow) -> sqlx::Result<HolderInfo> {
    let columns = Columns(row);
    let (host, pid, run) = (columns.get("host")?, columns.count("pid")?, columns.get("run")?);
    Ok(HolderInfo { holder: Holder { host, pid, run }, until: columns.time("until")? })
}
