//! The journal port, and what one run leaves for the next, on disk.

mod file_journal;
mod state_folder;

pub use file_journal::FileJournal;
pub use state_folder::{AccountListWriter, StateFolder};
