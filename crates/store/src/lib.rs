//! The journal port, on disk.

mod file_journal;

pub use file_journal::FileJournal;
