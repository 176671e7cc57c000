//! What one handle of the store, with its clones, has of the right to write: the lock of its process,
//! and the number of its lease.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::open::open_private;

/// The lock tells that a holder of the lease is dead, which the lease itself only tells when it runs
/// out: the system gives the lock of a process that was killed to the next one that asks. Its file stands
/// beside the store, since closing any other handle of the store's own file would drop SQLite's locks
/// on it (sqlite.org/howtocorrupt.html, 2.2).
pub(super) struct Tenure {
    lock_path: PathBuf,
    /// The file that is locked, until the handle is dropped.
    lock: Option<File>,
    /// The number of the lease that was given last.
    pub(super) fencing: Option<i64>,
}

impl Tenure {
    /// Nothing yet.
    pub(super) fn new(store: &Path) -> Self {
        let mut lock_path = OsString::from(store);
        lock_path.push(".lock");
        Self { lock_path: lock_path.into(), lock: None, fencing: None }
    }

    /// Whether this handle has the lock; asks for it where it has not. A file system that knows no
    /// locks, or has no room for the file, gives none: then the lease must run out.
    pub(super) fn is_locked(&mut self) -> bool {
        if self.lock.is_none() {
            let file = open_private(&self.lock_path).ok();
            self.lock = file.filter(|file| file.try_lock().is_ok());
        }
        self.lock.is_some()
    }
}
