//! `history`.

use std::path::PathBuf;

use clap::Args;
use digitalex_core::AccountId;
use digitalex_store::{HistoryEntry, HistoryFilter, HistoryKind, Page, PageRequest};
use miette::Report;

use super::remembered::{StoreFlags, more, plain_table, shown_time, unread};
use super::restore;
use crate::Context;
use crate::exit::Exit;
use crate::output::{print, print_json, safe, table_text};

/// Arguments of `history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the store only; asks nothing of AWS. The newest entry comes first. The documents that a role had before
a change are written with --documents-before, for you to put back with the AWS CLI; they hold the
external id.

Examples:
  digitalex-rollout history
  digitalex-rollout history 111122223333
  digitalex-rollout history --documents-before 42 --to before-42")]
pub struct HistoryArgs {
    /// Show this account only
    #[arg(value_name = "ACCOUNT")]
    account: Option<AccountId>,
    /// Show at most so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Go on where the lines before ended: what they gave as --cursor, `next` in JSON
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// Write the documents that the role had before this change (SEQ of an intent)
    #[arg(long, value_name = "SEQ", requires = "to", conflicts_with_all = ["account", "cursor"])]
    documents_before: Option<i64>,
    /// The folder that they are written to; only you can read it
    #[arg(long, value_name = "FOLDER", requires = "documents_before")]
    to: Option<PathBuf>,
    #[command(flatten)]
    store: StoreFlags,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &HistoryArgs) -> Result<Exit, Report> {
    let store = args.store.open(context).await?;
    if let (Some(change), Some(folder)) = (args.documents_before, &args.to) {
        let documents = store.documents_before(change).await.map_err(unread)?;
        return restore::write(context, change, documents, folder);
    }
    let filter = HistoryFilter { account: args.account };
    let request = PageRequest { cursor: args.cursor.clone(), limit: args.limit };
    let page = store.history(&filter, &request).await.map_err(unread)?;
    if context.is_json() {
        print_json(&page)?
    } else {
        print(&render(&page))?
    }
    Ok(Exit::Done)
}

fn render(page: &Page<HistoryEntry>) -> String {
    if page.items.is_empty() {
        return "Nothing was changed yet.".to_owned();
    }
    let mut table = plain_table(["SEQ", "TIME", "ACCOUNT", "NAME", "WHAT"]);
    for entry in &page.items {
        table.add_row([
            entry.seq.to_string(),
            shown_time(entry.at),
            entry.account.to_string(),
            safe(entry.account_name.as_deref().unwrap_or("-")),
            safe(&what(entry)),
        ]);
    }
    format!("{}{}", table_text(&table), more(page.next.as_deref()))
}

fn what(entry: &HistoryEntry) -> String {
    let verdict = entry.verdict.map(|verdict| verdict.as_str().replace('_', " "));
    match entry.kind {
        HistoryKind::Intent => format!("about to: {}", entry.calls.join(", ")),
        HistoryKind::Outcome => verdict.unwrap_or_default(),
        HistoryKind::Interrupted => {
            format!("was interrupted; read again: {}", verdict.unwrap_or_default())
        }
    }
}
