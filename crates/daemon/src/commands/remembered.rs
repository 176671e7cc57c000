//! What the commands on the store have in common.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{Table, presets};
use digitalex_store::{SqliteStore, StoreError};
use jiff::Timestamp;
use miette::Report;

use crate::Context;
use crate::commands::config::read_settings;
use crate::config::{ConfigError, ConfigFlags};
use crate::exit::Failure;

/// Which store.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreFlags {
    /// The store, as the daemon and apply keep it [default: [store] path of the configuration]
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

impl StoreFlags {
    /// Opens the store to read. A daemon may be at work on it.
    pub(crate) async fn open(&self, context: &Context) -> Result<SqliteStore, Report> {
        let path = match &self.store {
            Some(path) => path.clone(),
            None => read_settings(context.global.config.as_deref(), &ConfigFlags::default())?
                .store
                .ok_or(ConfigError::NoStateFolder)?,
        };
        SqliteStore::open_to_read(&path).await.map_err(unread)
    }
}

/// The store could not be read; the error says what to do.
pub(crate) fn unread(error: StoreError) -> Report {
    Failure::new(error.to_string(), "AWS is the truth: `digitalex-rollout audit` needs no store")
        .into()
}

/// A table without lines.
pub(crate) fn plain_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    table
}

/// To the second, which is enough for a person.
pub(crate) fn shown_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
