//! What can be read.

use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_engine::{LearnedRates, Resume};
use jiff::Timestamp;

use super::cursor::{after, page};
use super::{
    SqliteStore, accounts, documents, drift_events, fleet, history, lease, outbox, resume,
};
use crate::{
    AccountFilter, AccountLine, AccountPage, DocumentsBefore, DriftEvent, DriftFilter, DriftPoint,
    FleetSummary, HistoryEntry, HistoryFilter, HolderInfo, Page, PageRequest, PassLine,
    QueuedNotification, StoreError, UnitLine, VerifiedAges,
};

impl SqliteStore {
    /// What the loop begins with.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn resume(&self) -> Result<Resume, StoreError> {
        self.0.readers.read(async |connection| resume::resume(connection).await).await
    }

    /// What was learned of rates.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn learned_rates(&self) -> Result<LearnedRates, StoreError> {
        self.0.readers.read(async |connection| resume::learned_rates(connection).await).await
    }

    /// Who was the last to hold the lease, and until when; in the past where it ran out or was given up.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn lease_holder(&self) -> Result<Option<HolderInfo>, StoreError> {
        self.0.readers.read(async |connection| lease::holder(connection).await).await
    }

    /// What all accounts add up to.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn summary(&self) -> Result<FleetSummary, StoreError> {
        self.0.readers.read(async |connection| fleet::summary(connection).await).await
    }

    /// How many accounts were found as wanted no longer ago than each of `bounds`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn verified_ages(
        &self,
        now: Timestamp,
        bounds: &[Duration],
    ) -> Result<VerifiedAges, StoreError> {
        let read = async |connection: &mut _| fleet::verified_ages(connection, now, bounds).await;
        self.0.readers.read(read).await
    }

    /// The accounts of the organization, by id.
    ///
    /// # Errors
    /// The file cannot be read, or the cursor is not of this list.
    pub async fn accounts(
        &self,
        filter: &AccountFilter,
        request: &PageRequest,
    ) -> Result<Page<AccountLine>, StoreError> {
        let from = after(request)?;
        let read =
            async |connection: &mut _| accounts::list(connection, filter, from, request).await;
        let (lines, total) = self.0.readers.read(read).await?;
        Ok(page(lines, request, Some(total), |line| line.id))
    }

    /// One account; none where it was never listed.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn account(&self, id: AccountId) -> Result<Option<AccountPage>, StoreError> {
        self.0.readers.read(async |connection| accounts::one(connection, id).await).await
    }

    /// What was done and what became of it, newest first. It is not counted.
    ///
    /// # Errors
    /// The file cannot be read, or the cursor is not of this list.
    pub async fn history(
        &self,
        filter: &HistoryFilter,
        request: &PageRequest,
    ) -> Result<Page<HistoryEntry>, StoreError> {
        let from = after(request)?;
        let read =
            async |connection: &mut _| history::list(connection, filter, from, request).await;
        let entries = self.0.readers.read(read).await?;
        Ok(page(entries, request, None, |entry| entry.seq))
    }

    /// Drift, newest first.
    ///
    /// # Errors
    /// The file cannot be read, or the cursor is not of this list.
    pub async fn drift(
        &self,
        filter: &DriftFilter,
        request: &PageRequest,
    ) -> Result<Page<DriftEvent>, StoreError> {
        let from = after(request)?;
        let read =
            async |connection: &mut _| drift_events::list(connection, filter, from, request).await;
        let (events, total) = self.0.readers.read(read).await?;
        Ok(page(events, request, Some(total), |event| event.id))
    }

    /// Drift at the end of each of `steps` equal steps (10,000 at most) from `from` to `to`, by the
    /// effect that each had last.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn drift_series(
        &self,
        from: Timestamp,
        to: Timestamp,
        steps: u32,
    ) -> Result<Vec<DriftPoint>, StoreError> {
        let read =
            async |connection: &mut _| drift_events::series(connection, from, to, steps).await;
        self.0.readers.read(read).await
    }

    /// The passes, newest first. They are not counted.
    ///
    /// # Errors
    /// The file cannot be read, or the cursor is not of this list.
    pub async fn passes(&self, request: &PageRequest) -> Result<Page<PassLine>, StoreError> {
        let from = after(request)?;
        let read = async |connection: &mut _| history::passes(connection, from, request).await;
        let passes = self.0.readers.read(read).await?;
        Ok(page(passes, request, None, |pass| pass.id))
    }

    /// All roots and OUs, each with what the accounts anywhere below it add up to.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn units(&self) -> Result<Vec<UnitLine>, StoreError> {
        self.0.readers.read(async |connection| fleet::units(connection).await).await
    }

    /// The role before the change whose intent has this number in the history, exactly, with the
    /// external id: for restoring only.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn documents_before(
        &self,
        change: i64,
    ) -> Result<Option<DocumentsBefore>, StoreError> {
        self.0.readers.read(async |connection| documents::read(connection, change).await).await
    }

    /// Notifications of one target whose time has come, the longest due first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn due_notifications(
        &self,
        target: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedNotification>, StoreError> {
        self.0
            .readers
            .read(async |connection| outbox::due(connection, target, now, limit).await)
            .await
    }
}
