//! Connections that read, beside the writer and beside each other.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::Semaphore;

use super::failure::failed;
use super::open::to_read;
use crate::StoreError;

/// Most reads at once.
const AT_ONCE_MAX: usize = 4;

/// Lends connections. It has no timers, so that it works under paused time too.
pub(super) struct Readers {
    path: Arc<Path>,
    idle: Mutex<Vec<SqliteConnection>>,
    places: Semaphore,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), idle: Mutex::default(), places: Semaphore::new(AT_ONCE_MAX) }
    }

    /// Reads. A connection whose read failed, or was left halfway, is not used again.
    pub(super) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> sqlx::Result<T>,
    ) -> Result<T, StoreError> {
        let fail = |error| failed(&self.path, "read", error);
        // Never closed: an error here is only that of a semaphore that is.
        let _place = self.places.acquire().await;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => to_read(&self.path).connect().await.map_err(fail)?,
        };
        let answer = work(&mut connection).await.map_err(fail)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(answer)
    }
}
