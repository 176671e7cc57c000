//! The store in one SQLite file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use digitalex_core::AccountId;
use digitalex_engine::{Clock, Journal, JournalEntry, JournalError, LearnedRates, Resume};
use jiff::Timestamp;

use crate::{
    AccountFilter, AccountLine, AccountPage, Change, DocumentsBefore, DriftChange, DriftEvent,
    DriftFilter, DriftPoint, FleetSummary, HistoryEntry, HistoryFilter, Holder, HolderInfo, Lease,
    NewNotification, Page, PageRequest, PassLine, QueuedNotification, StoreError, UnitLine,
    VerifiedAges,
};

/// The memory of the daemon in one SQLite file. Cheap to clone.
#[derive(Clone)]
pub struct SqliteStore {}

type Result<T> = std::result::Result<T, StoreError>;

impl SqliteStore {
    pub async fn open(_path: &Path, _organization: &str, _clock: Arc<dyn Clock>) -> Result<Self> {
        todo!()
    }
    pub async fn open_to_read(_path: &Path) -> Result<Self> {
        todo!()
    }
    pub fn organization(&self) -> &str {
        todo!()
    }
    pub async fn take_lease(&self, _holder: &Holder, _ttl: Duration) -> Result<Lease> {
        todo!()
    }
    pub async fn renew_lease(&self, _fencing: i64, _ttl: Duration) -> Result<bool> {
        todo!()
    }
    pub async fn release_lease(&self, _fencing: i64) -> Result<()> {
        todo!()
    }
    pub async fn lease_holder(&self) -> Result<Option<HolderInfo>> {
        todo!()
    }
    pub async fn record(&self, _changes: Vec<Change>) -> Result<Vec<DriftChange>> {
        todo!()
    }
    pub async fn resume(&self) -> Result<Resume> {
        todo!()
    }
    pub async fn learned_rates(&self) -> Result<LearnedRates> {
        todo!()
    }
    pub async fn keep_learned_rates(&self, _rates: &LearnedRates) -> Result<()> {
        todo!()
    }
    pub async fn retire(&self, _retention: Duration) -> Result<u64> {
        todo!()
    }
    pub async fn summary(&self) -> Result<FleetSummary> {
        todo!()
    }
    pub async fn verified_ages(
        &self,
        _now: Timestamp,
        _bounds: &[Duration],
    ) -> Result<VerifiedAges> {
        todo!()
    }
    pub async fn accounts(
        &self,
        _filter: &AccountFilter,
        _page: &PageRequest,
    ) -> Result<Page<AccountLine>> {
        todo!()
    }
    pub async fn account(&self, _id: AccountId) -> Result<Option<AccountPage>> {
        todo!()
    }
    pub async fn history(
        &self,
        _filter: &HistoryFilter,
        _page: &PageRequest,
    ) -> Result<Page<HistoryEntry>> {
        todo!()
    }
    pub async fn drift(
        &self,
        _filter: &DriftFilter,
        _page: &PageRequest,
    ) -> Result<Page<DriftEvent>> {
        todo!()
    }
    pub async fn drift_series(
        &self,
        _from: Timestamp,
        _to: Timestamp,
        _steps: u32,
    ) -> Result<Vec<DriftPoint>> {
        todo!()
    }
    pub async fn passes(&self, _page: &PageRequest) -> Result<Page<PassLine>> {
        todo!()
    }
    pub async fn units(&self) -> Result<Vec<UnitLine>> {
        todo!()
    }
    pub async fn documents_before(&self, _change: i64) -> Result<Option<DocumentsBefore>> {
        todo!()
    }
    pub async fn enqueue(&self, _notifications: Vec<NewNotification>) -> Result<()> {
        todo!()
    }
    pub async fn due_notifications(
        &self,
        _now: Timestamp,
        _limit: u32,
    ) -> Result<Vec<QueuedNotification>> {
        todo!()
    }
    pub async fn mark_sent(&self, _id: i64, _at: Timestamp) -> Result<()> {
        todo!()
    }
    pub async fn mark_failed(&self, _id: i64, _error: &str, _next_at: Timestamp) -> Result<()> {
        todo!()
    }
}

#[async_trait]
impl Journal for SqliteStore {
    async fn append(&self, _entry: &JournalEntry) -> std::result::Result<(), JournalError> {
        todo!()
    }
    async fn check(&self) -> std::result::Result<(), JournalError> {
        todo!()
    }
}
