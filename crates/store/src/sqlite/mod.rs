//! The store in one SQLite file. All SQL is in this module.

mod accounts;
mod columns;
mod cursor;
mod documents;
mod drift_events;
mod failure;
mod findings;
mod fleet;
mod fold;
mod history;
mod journal;
mod lease;
mod mends;
mod migrate;
mod open;
mod outbox;
mod reader;
mod reads;
mod record;
mod resume;
mod retire;
mod tenure;
#[cfg(test)]
mod tests;
mod writer;
mod writes;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use digitalex_engine::Clock;
use tokio::sync::Mutex;

use self::reader::Readers;
use self::tenure::Tenure;
use self::writer::Writer;
use crate::StoreError;

/// The memory of the daemon in one SQLite file. Cheap to clone; the file is closed when the last clone
/// is dropped. It speaks for one daemon, or for none: who shall count as another must open the store
/// anew.
///
/// What was written is durable: it survives a loss of power. Every method that reads or writes fails
/// with a [`StoreError`] that names the file; after a failure the next call tries anew.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    organization: String,
    readers: Readers,
    /// None where it was opened to read only.
    writing: Option<Writing>,
}

struct Writing {
    writer: Writer,
    clock: Arc<dyn Clock>,
    tenure: Mutex<Tenure>,
}

impl Writing {
    fn new(path: &Path, writer: Writer, clock: Arc<dyn Clock>) -> Self {
        Self { writer, clock, tenure: Mutex::new(Tenure::new(path)) }
    }
}

impl SqliteStore {
    /// Opens the store of the organization with this id (`o-…`). Makes the file (mode 0600) and its
    /// folder (0700) where they are not there, and brings an older store up to date. Must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// The file cannot be made or opened, is not a store, is newer than this program, belongs to
    /// another organization, or is damaged.
    pub async fn open(
        path: &Path,
        organization: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let connection = open::open_writer(path, organization).await?;
        let writer = Writer::start(path, open::to_write(path), connection);
        let writing = Some(Writing::new(path, writer, clock));
        Ok(Self::new(path, organization.to_owned(), writing))
    }

    /// Opens a store that is there, beside the daemon that writes to it; never writes.
    ///
    /// # Errors
    /// There is no such file, it is not a store, is newer or older than this program, or is damaged.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let organization = open::organization_to_read(path).await?;
        Ok(Self::new(path, organization, None))
    }

    /// The organization whose memory it is.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.0.organization
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    fn new(path: &Path, organization: String, writing: Option<Writing>) -> Self {
        let (path, readers) = (path.to_owned(), Readers::new(path));
        Self(Arc::new(Inner { path, organization, readers, writing }))
    }

    fn writing(&self) -> Result<&Writing, StoreError> {
        let read_only = || StoreError::ReadOnly { path: self.0.path.clone() };
        self.0.writing.as_ref().ok_or_else(read_only)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("SqliteStore").field(&self.0.path).finish()
    }
}
