//! What the daemon shares with those who ask over HTTP.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use digitalex_core::{AccountId, DesiredIdentity};
use digitalex_engine::{Caller, Clock, KeepCommand};
use digitalex_store::SqliteStore;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::daemon::Live;
use crate::http::{Metrics, News};

/// What the daemon shares with those who ask over HTTP.
pub struct Shared {
    /// Which daemon this is.
    pub about: About,
    /// Its memory.
    pub store: SqliteStore,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Makes its calls, and counts them.
    pub caller: Caller,
    /// What it does now.
    pub live: Mutex<Live>,
    /// What it counts.
    pub metrics: Metrics,
    /// What it tells those who listen.
    pub news: News,
    /// Where the loop takes commands.
    pub commands: mpsc::Sender<KeepCommand>,
    /// Reads the configuration again.
    pub reload: Reload,
    /// The role that an account should have.
    pub desired: Desired,
}

/// Reads the configuration again, and keeps the old one where the new one is wrong.
pub type Reload =
    Box<dyn Fn() -> BoxFuture<'static, Result<Reloaded, ReloadRefused>> + Send + Sync>;

/// The role that an account should have, by the present configuration; none where it takes no part.
pub type Desired = Box<dyn Fn(AccountId) -> Option<DesiredIdentity> + Send + Sync>;

/// Which daemon this is.
#[derive(Debug, Clone)]
pub struct About {
    /// The organization's management account.
    pub management_account: AccountId,
    /// The program's version.
    pub version: &'static str,
    /// The run, as the journal names it.
    pub run: String,
    /// When the process started.
    pub started_at: Timestamp,
}

/// A new configuration is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reloaded {
    /// The sections that changed but need a restart, as `[limits]`.
    pub needs_restart: Vec<String>,
}

/// The new configuration is wrong, and the old one still in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReloadRefused {
    /// What is wrong with it, and where; safe to print.
    pub message: String,
    /// The next step for a person.
    pub remedy: Option<String>,
}

impl Shared {
    /// Reads the configuration again, and counts whether it is right.
    ///
    /// # Errors
    /// It is wrong, and the old one still in force.
    pub async fn read_configuration(&self) -> Result<Reloaded, ReloadRefused> {
        let reloaded = (self.reload)().await;
        self.metrics.set_config_reload(reloaded.is_ok());
        reloaded
    }

    /// What the daemon does now, for a short look or change.
    pub fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
