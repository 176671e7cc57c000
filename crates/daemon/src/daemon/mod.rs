//! The daemon: keeps an organization right until it is stopped, and tells others of it.

mod announce;
mod assignments;
mod backlog;
mod lease;
mod live;
mod recorder;
mod reload;
mod reload_signal;
mod run;
mod systemd;
mod webhooks;

pub use live::{Listing, Live, Problem, Role, RunningPass};
pub(crate) use reload_signal::ReloadSignal;
pub(crate) use run::Daemon;
