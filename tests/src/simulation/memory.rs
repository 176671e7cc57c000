//! The product's store, as a simulated process has it: the real one, over a real file. Virtual time
//! stands still while it works, so that its thread leaves the order of things alone.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;

use digitalex_engine::Clock;
use digitalex_store::{SqliteStore, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::time::LastTime;

/// Files of the stores of one simulation.
pub struct Disk {
    folder: TempDir,
    thread: Handle,
    time: LastTime,
}

/// A process's handle of its store.
#[derive(Clone)]
pub struct Memory {
    store: SqliteStore,
    disk: Arc<Disk>,
}

impl Disk {
    /// An empty disk. Stores work on `thread`, a runtime of its own.
    ///
    /// # Panics
    /// There is no room.
    #[must_use]
    pub fn new(thread: Handle) -> Self {
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() { TempDir::new_in(shared) } else { TempDir::new() };
        let folder = folder.expect("a folder");
        Self { folder, thread, time: LastTime::default() }
    }

    /// Leaves half of the store's file; whether there was one.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn tear(&self, name: &str) -> bool {
        self.settle();
        let path = self.path(name);
        // Whether the WAL was moved to the file depends on the system's threads: now it is.
        let whole = path.clone();
        self.thread_does(async move {
            let options = SqliteConnectOptions::new().filename(whole);
            let mut connection = options.connect().await?;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
            connection.close().await
        })
        .ok();
        let Ok(bytes) = std::fs::read(&path) else { return false };
        for file in [format!("{}-wal", path.display()), format!("{}-shm", path.display())] {
            let _ = std::fs::remove_file(file);
        }
        std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("a file");
        true
    }

    /// Removes the store.
    pub fn remove(&self, name: &str) {
        self.settle();
        let path = self.path(name);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }

    /// Waits until the thread has closed what nobody uses any more.
    fn settle(&self) {
        while self.thread.metrics().num_alive_tasks() > 0 {
            std::thread::yield_now();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name).join("store.sqlite")
    }

    /// Does something on the store's thread while everything else stands still.
    fn with_thread<T: Send + 'static>(
        &self,
        clock: &dyn Clock,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        self.time.set(clock.now());
        self.thread_does(work)
    }

    fn thread_does<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (done, result) = mpsc::sync_channel(1);
        self.thread.spawn(async move {
            let _ = done.send(work.await);
        });
        result.recv().expect("the store's thread answers")
    }
}

impl Memory {
    /// Opens the store of this name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(
        disk: &Arc<Disk>,
        name: &str,
        organization: &str,
        clock: &dyn Clock,
    ) -> Result<Self, StoreError> {
        let (path, time) = (disk.path(name), Arc::new(disk.time.clone()));
        let organization = organization.to_owned();
        let open = async move { SqliteStore::open(&path, &organization, time).await };
        Ok(Self { store: disk.with_thread(clock, open)?, disk: Arc::clone(disk) })
    }

    /// Does something with the store while everything else stands still.
    pub fn with<T, W>(&self, clock: &dyn Clock, work: impl FnOnce(SqliteStore) -> W) -> T
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        self.disk.with_thread(clock, work(self.store.clone()))
    }
}
