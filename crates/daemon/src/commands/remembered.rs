//! What the commands on the store have in common.

use std::path::PathBuf;

use clap::Args;
use comfy_table::Table;
use digitalex_core::Effect;
use digitalex_store::{SqliteStore, StoreError};
use jiff::Timestamp;
use miette::Report;

use crate::Context;
use crate::commands::config::read_settings;
use crate::config::{ConfigError, ConfigFlags};
use crate::connection::sandbox_store;
use crate::exit::Failure;
use crate::output::fitting_table;

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
    let next_step = match &error {
        StoreError::Missing { path } if sandbox_store(path).exists() => {
            let left = sandbox_store(path);
            format!("what the last run with --sandbox left: --store {}", left.display())
        }
        StoreError::Cursor => {
            "give --cursor what the same command with the same flags gave as `next`".to_owned()
        }
        _ => "AWS is the truth: `digitalex-rollout audit` needs no store".to_owned(),
    };
    Failure::new(error.to_string(), next_step).into()
}

/// Where the lines after these are; nothing where there are none.
pub(crate) fn more(next: Option<&str>) -> String {
    next.map(|cursor| format!("\n\nThere is more: --cursor {cursor}")).unwrap_or_default()
}

/// What the effect is called before people; the one that matters stands out.
pub(crate) fn shown_effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Widens => "WIDENS",
        Effect::Narrows => "narrows",
        Effect::Cosmetic => "cosmetic",
    }
}

/// A table without lines.
pub(crate) fn plain_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = fitting_table();
    table.set_header(header);
    table
}

/// To the second, which is enough for a person.
pub(crate) fn shown_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
