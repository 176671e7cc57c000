//! The loop that keeps an organization right, day and night.

mod event;
mod resume;
mod settings;

pub use event::{KeepEvent, PassSummary, PassTrigger, Seen, Visit};
pub use resume::{OpenIntent, Remembered, RememberedRecord, Resume};
pub use settings::{KeepCommand, KeepSettings, Timing};
