//! The memory of the daemon, and what one run leaves for the next, on disk.
//!
//! The types here say nothing of SQL: [`SqliteStore`] keeps them in one file, and another database can
//! take its place.

mod account_line;
mod change;
mod documents_before;
mod drift_event;
mod error;
mod fleet_summary;
mod history_entry;
mod lease;
mod notification;
mod page;
mod pass_line;
mod sqlite;
mod state_folder;
mod word;

pub use account_line::{AccountFilter, AccountLine, AccountPage, CauseLine, RoleLine};
pub use change::Change;
pub use documents_before::{DocumentsBefore, IdentityBefore, RoleBefore};
pub use drift_event::{DriftChange, DriftEnd, DriftEvent, DriftFilter, DriftPoint};
pub use error::StoreError;
pub use fleet_summary::{FleetSummary, ListingLine, UnitLine, VerifiedAges};
pub use history_entry::{HistoryEntry, HistoryFilter, HistoryKind};
pub use lease::{Holder, HolderInfo, Lease};
pub use notification::{NewNotification, QueuedNotification};
pub use page::{Page, PageRequest};
pub use pass_line::PassLine;
pub use sqlite::SqliteStore;
pub use state_folder::{AccountListWriter, StateFolder};
pub use word::Word;
