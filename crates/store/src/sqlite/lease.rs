//! The lease: who may write.

use digitalex_core::planted::{PlantedBug, is_planted};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::columns::Columns;
use crate::{Holder, HolderInfo, Lease};

/// Who asks for the lease.
#[derive(Clone)]
pub(super) struct Claim {
    pub(super) holder: Holder,
    /// Whether it has the lock of the processes of its machine.
    pub(super) locked: bool,
    /// The number it was given before.
    pub(super) fencing: Option<i64>,
}

/// Gives the lease to who claims it if nobody else has it now; to the same process again under the same
/// number.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    claim: Claim,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<Lease> {
    let row = sqlx::query("SELECT * FROM lease").fetch_optional(&mut *connection).await?;
    let mut fencing = 1;
    if let Some(row) = row {
        let info = info(&row)?;
        let last: i64 = Columns(&row).get("fencing")?;
        let (same, runs) = (info.holder == claim.holder, info.until > now);
        let held = runs && !same && !claim.knows_to_be_dead(&row, &info.holder)?;
        if held && !is_planted(PlantedBug::TakeHeldLease) {
            return Ok(Lease::HeldBy(info));
        }
        fencing = if same && runs { last } else { last + 1 };
    }
    sqlx::query(
        "INSERT OR REPLACE INTO lease (id, fencing, host, pid, run, until, locked)
         VALUES (1, ?, ?, ?, ?, ?, ?)",
    )
    .bind(fencing)
    .bind(claim.holder.host)
    .bind(claim.holder.pid)
    .bind(claim.holder.run)
    .bind(until.as_microsecond())
    .bind(claim.locked)
    .execute(connection)
    .await?;
    Ok(Lease::Held { fencing })
}

/// Keeps the lease until then, if it is still that holder's. One that has run out is renewed too, where
/// nobody took it.
pub(super) async fn renew(
    connection: &mut SqliteConnection,
    fencing: i64,
    locked: bool,
    until: Timestamp,
) -> sqlx::Result<bool> {
    let renewed = sqlx::query("UPDATE lease SET until = ?, locked = ? WHERE fencing = ?")
        .bind(until.as_microsecond())
        .bind(locked)
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

/// Who has taken the lease after the holder of this number; none where it is still that one's, or where
/// it never had one.
pub(super) async fn taken_by(
    connection: &mut SqliteConnection,
    fencing: Option<i64>,
) -> sqlx::Result<Option<Holder>> {
    let Some(fencing) = fencing.filter(|_| !is_planted(PlantedBug::IgnoreFencing)) else {
        return Ok(None);
    };
    let row = sqlx::query("SELECT * FROM lease").fetch_one(connection).await?;
    let taken = Columns(&row).get::<i64>("fencing")? != fencing;
    taken.then(|| Ok(info(&row)?.holder)).transpose()
}

/// Who was the last to hold it, and until when.
pub(super) async fn holder(connection: &mut SqliteConnection) -> sqlx::Result<Option<HolderInfo>> {
    let row = sqlx::query("SELECT * FROM lease").fetch_optional(connection).await?;
    row.as_ref().map(info).transpose()
}

impl Claim {
    /// Whether the holder is known to be dead. It had the lock of the processes of its machine, and who
    /// claims has it now: of one machine only one can, and only its end takes it from a process. A
    /// holder that had no lock may live although the lock is free, and so may one on another machine,
    /// whose locks are not seen here.
    fn knows_to_be_dead(&self, row: &SqliteRow, holder: &Holder) -> sqlx::Result<bool> {
        let columns = Columns(row);
        let (fencing, locked): (i64, bool) = (columns.get("fencing")?, columns.get("locked")?);
        let is_here = !holder.host.is_empty() && holder.host == self.holder.host;
        Ok(self.locked && locked && is_here && self.fencing != Some(fencing))
    }
}

fn info(row: &SqliteRow) -> sqlx::Result<HolderInfo> {
    let columns = Columns(row);
    let (host, pid, run) = (columns.get("host")?, columns.count("pid")?, columns.get("run")?);
    Ok(HolderInfo { holder: Holder { host, pid, run }, until: columns.time("until")? })
}
