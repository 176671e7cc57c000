//! What happened, written down: one transaction for all that is given at once.

mod accounts;
mod drift;
mod passes;
mod visit;

use sqlx::SqliteConnection;

use crate::{Change, DriftChange};

/// Writes the changes down, in order; gives what became of drift.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> sqlx::Result<Vec<DriftChange>> {
    let mut drift = Vec::new();
    for change in changes {
        match change {
            Change::Listed(account, _) => accounts::listed(connection, account).await?,
            Change::ListingEnded { at, complete } => {
                accounts::listing_ended(connection, *at, *complete).await?;
            }
            Change::Left(account, at) => {
                drift.extend(accounts::left(connection, *account, *at).await?);
            }
            Change::Visited(visit) => drift.extend(visit::visited(connection, visit).await?),
            Change::PassStarted { at, trigger, due_at } => {
                passes::started(connection, *at, *trigger, *due_at).await?;
            }
            Change::PassEnded(summary) => passes::ended(connection, summary).await?,
            Change::OrganizationalUnits(units) => accounts::units(connection, units).await?,
        }
    }
    Ok(drift)
}
