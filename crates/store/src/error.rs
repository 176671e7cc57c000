//! Why the store could not do what was asked.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use digitalex_engine::JournalError;

use crate::Holder;

/// The store could not do what was asked. What AWS holds is the truth: a store that is lost is
/// rebuilt by the next pass, but for its history.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be made or opened.
    #[error("the store {} cannot be opened: {source}; see that its folder is there and can be written", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no such file.
    #[error("there is no store at {}; the daemon makes it when it first runs, or name it with --store", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a store of digitalex-rollout; name another path under [store]", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program wrote it.
    #[error(
        "the store {} has version {found}, and this program knows versions up to {known}; run the \
         newer program, or name another path under [store]", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// An older version of this program wrote it, and it is only read here.
    #[error(
        "the store {} has version {found}, and this program reads version {known}; run the daemon \
         of this version once, which brings it up to date", path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The one that is read.
        known: i64,
    },
    /// It holds the memory of another organization.
    #[error(
        "the store {} belongs to organization {found}, not {wanted}; name another path under [store]",
        path.display()
    )]
    OtherOrganization {
        /// The file.
        path: PathBuf,
        /// The organization it belongs to.
        found: String,
        /// The one that was asked for.
        wanted: String,
    },
    /// The file is damaged.
    #[error(
        "the store {} is damaged ({source}); move it and its -wal and -shm files away and start \
         again: AWS is the truth, and the next pass rebuilds it, but for its history", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was met.
        source: Arc<sqlx::Error>,
    },
    /// The disk is full.
    #[error("the store {} cannot be written, since the disk is full: make room", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What was met.
        source: Arc<sqlx::Error>,
    },
    /// It cannot be read or written.
    #[error("the store {} cannot be {verb}: {source}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        verb: &'static str,
        /// What was met.
        source: Arc<sqlx::Error>,
    },
    /// What it holds is not what this program writes there.
    #[error("the store {} holds {what}, which cannot be understood; look what else writes to it", path.display())]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// The place and the word.
        what: String,
    },
    /// It was opened to read only.
    #[error("the store {} was opened to read only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another daemon has taken the lease that this one had.
    #[error(
        "process {} on host {:?} has taken the lease of the store {}, since this one did not renew it \
         in time; nothing is written without it: start this one again, and it waits for its turn",
        by.pid, by.host, path.display()
    )]
    LeaseLost {
        /// The file.
        path: PathBuf,
        /// Who has it now.
        by: Holder,
    },
    /// The task that writes is gone: the program is ending.
    #[error("the store {} was closed", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
    },
    /// The cursor was not given out by this listing.
    #[error("the cursor is not one that this listing gave out; ask for the first page without one")]
    Cursor,
}

impl StoreError {
    /// The same, as an error of the journal port.
    pub(crate) fn into_journal_error(self) -> JournalError {
        let (path, kind) = match &self {
            Self::Full { path, .. } => (path, io::ErrorKind::StorageFull),
            Self::ReadOnly { path } => (path, io::ErrorKind::ReadOnlyFilesystem),
            Self::Open { path, source } => (path, source.kind()),
            Self::Missing { path }
            | Self::NotAStore { path }
            | Self::Newer { path, .. }
            | Self::Older { path, .. }
            | Self::OtherOrganization { path, .. }
            | Self::Damaged { path, .. }
            | Self::Failed { path, .. }
            | Self::NotUnderstood { path, .. }
            | Self::LeaseLost { path, .. }
            | Self::Closed { path } => (path, io::ErrorKind::Other),
            Self::Cursor => {
                return JournalError { place: String::new(), source: io::Error::other(self) };
            }
        };
        JournalError { place: path.display().to_string(), source: io::Error::new(kind, self) }
    }
}
