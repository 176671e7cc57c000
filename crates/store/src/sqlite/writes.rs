//! What can be written. A write is durable when its method has come back without an error; where it
//! has not, it may or may not be there.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use digitalex_engine::{Journal, JournalEntry, JournalError, LearnedRates};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::failure::failed;
use super::{SqliteStore, journal, lease, open, outbox, record, resume, retire};
use crate::{Change, DriftChange, Holder, Lease, NewNotification, StoreError};

#[async_trait]
impl Journal for SqliteStore {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let written = self.write_journal(Some(Arc::new(entry.clone())));
        written.await.map_err(StoreError::into_journal_error)
    }

    async fn check(&self) -> Result<(), JournalError> {
        self.write_journal(None).await.map_err(StoreError::into_journal_error)
    }
}

impl SqliteStore {
    /// Takes the lease for `ttl` if nobody else has it; the same process gets it again. One of this
    /// machine that was killed is not waited for: the system has taken its lock on `<store>.lock`
    /// from it, and gives it to this one. From then on this handle appends to the journal only while no
    /// other has taken the lease.
    ///
    /// # Errors
    /// The file cannot be written: then it is not known who has the lease, and the caller does not.
    pub async fn take_lease(&self, holder: &Holder, ttl: Duration) -> Result<Lease, StoreError> {
        let writing = self.writing()?;
        let mut tenure = writing.tenure.lock().await;
        let (locked, clock) = (tenure.is_locked(), Arc::clone(&writing.clock));
        let claim = lease::Claim { holder: holder.clone(), locked, fencing: tenure.fencing };
        let lease = self.write(move |connection| {
            let (claim, now) = (claim.clone(), clock.now());
            Box::pin(lease::take(connection, claim, now, later(now, ttl)))
        });
        let lease = lease.await?;
        if let Lease::Held { fencing } = lease {
            tenure.fencing = Some(fencing);
        }
        Ok(lease)
    }

    /// Keeps the lease for `ttl` from now; `false` where another has taken it meanwhile.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn renew_lease(&self, fencing: i64, ttl: Duration) -> Result<bool, StoreError> {
        let writing = self.writing()?;
        // Who had the lock when the lease was taken may have ended since.
        let locked = writing.tenure.lock().await.is_locked();
        let clock = Arc::clone(&writing.clock);
        self.write(move |connection| {
            Box::pin(lease::renew(connection, fencing, locked, later(clock.now(), ttl)))
        })
        .await
    }

    /// Gives the lease up, so that another need not wait until it runs out.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn release_lease(&self, fencing: i64) -> Result<(), StoreError> {
        self.write(move |connection| Box::pin(lease::release(connection, fencing))).await
    }

    /// Writes down what happened, all of it or nothing; gives what became of drift.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn record(&self, changes: Vec<Change>) -> Result<Vec<DriftChange>, StoreError> {
        let changes = Arc::new(changes);
        self.write(move |connection| {
            let changes = Arc::clone(&changes);
            Box::pin(async move { record::record(connection, &changes).await })
        })
        .await
    }

    /// Keeps what was learned of rates.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn keep_learned_rates(&self, rates: &LearnedRates) -> Result<(), StoreError> {
        let rates = Arc::new(rates.clone());
        self.write(move |connection| {
            let rates = Arc::clone(&rates);
            Box::pin(async move { resume::keep_learned_rates(connection, &rates).await })
        })
        .await
    }

    /// Queues notifications to be sent now. One whose key its target has had before is dropped.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn enqueue(&self, notifications: Vec<NewNotification>) -> Result<(), StoreError> {
        let (new, now) = (Arc::new(notifications), self.writing()?.clock.now());
        self.write(move |connection| {
            let new = Arc::clone(&new);
            Box::pin(async move { outbox::enqueue(connection, &new, now).await })
        })
        .await
    }

    /// The notification was sent.
    ///
    /// # Errors
    /// The file cannot be written: it may be sent again.
    pub async fn mark_sent(&self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| Box::pin(outbox::mark_sent(connection, id, at))).await
    }

    /// The notification could not be sent, and is due again at `next_at`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn mark_failed(
        &self,
        id: i64,
        error: &str,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        let error: Arc<str> = error.into();
        self.write(move |connection| {
            let error = Arc::clone(&error);
            Box::pin(async move { outbox::mark_failed(connection, id, &error, next_at).await })
        })
        .await
    }

    /// The notification could not be sent, and is not due again.
    ///
    /// # Errors
    /// The file cannot be written: it is due again.
    pub async fn give_up_notification(&self, id: i64, error: &str) -> Result<(), StoreError> {
        let (error, now): (Arc<str>, _) = (error.into(), self.writing()?.clock.now());
        self.write(move |connection| {
            let error = Arc::clone(&error);
            Box::pin(async move { outbox::give_up(connection, id, &error, now).await })
        })
        .await
    }

    /// Deletes what is older than `retention`: history with its documents, drift that is gone,
    /// passes, sent notifications, accounts that left. Gives how many rows that were, and shrinks the
    /// file. Never open intents, nor open drift.
    ///
    /// # Errors
    /// The file cannot be written; what was deleted until then stays so.
    pub async fn retire(&self, retention: Duration) -> Result<u64, StoreError> {
        let now = self.writing()?.clock.now();
        let retention = SignedDuration::try_from(retention).unwrap_or(SignedDuration::MAX);
        let before = now.saturating_sub(retention).unwrap_or(Timestamp::MIN);
        let mut retired = 0;
        for old in retire::OLD {
            loop {
                let deleted = self
                    .write(move |connection| Box::pin(retire::delete_some(connection, old, before)))
                    .await?;
                retired += deleted;
                if deleted == 0 {
                    break;
                }
            }
        }
        if retired > 0 {
            while self.write(|connection| Box::pin(retire::shrink_some(connection))).await? {}
            self.checkpoint().await?;
        }
        Ok(retired)
    }

    /// Moves what is committed from the WAL to the file, where nobody reads just now: only then does the
    /// file shrink. SQLite does it by itself sooner or later.
    async fn checkpoint(&self) -> Result<(), StoreError> {
        let fail = |error| failed(&self.0.path, "written", error);
        let mut connection = open::to_write(&self.0.path).connect().await.map_err(fail)?;
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
            .fetch_all(&mut connection)
            .await
            .map_err(fail)?;
        connection.close().await.map_err(fail)
    }

    /// Writes an entry down, or only sees whether one could be; nothing where another daemon has taken the
    /// lease of this one: it may have slept through that, and must not go on.
    async fn write_journal(&self, entry: Option<Arc<JournalEntry>>) -> Result<(), StoreError> {
        let fencing = self.writing()?.tenure.lock().await.fencing;
        let taken_by = self.write(move |connection| {
            let entry = entry.clone();
            Box::pin(async move {
                let taken_by = lease::taken_by(connection, fencing).await?;
                match (&taken_by, entry) {
                    (Some(_), _) => {}
                    (None, Some(entry)) => journal::append(connection, &entry).await?,
                    (None, None) => journal::check(connection).await?,
                }
                Ok(taken_by)
            })
        });
        let lost = |by| Err(StoreError::LeaseLost { path: self.0.path.clone(), by });
        taken_by.await?.map_or(Ok(()), lost)
    }

    /// Makes a write, and comes back when it is durable.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<T>>
            + Send
            + 'static,
    {
        self.writing()?.writer.write(work).await
    }
}

fn later(now: Timestamp, ttl: Duration) -> Timestamp {
    let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
    now.saturating_add(ttl).unwrap_or(Timestamp::MAX)
}
