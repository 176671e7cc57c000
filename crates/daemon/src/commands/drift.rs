//! `drift`.

use clap::Args;
use digitalex_core::AccountId;
use digitalex_store::{DriftEnd, DriftEvent, DriftFilter, Page, PageRequest};
use miette::Report;

use super::remembered::{StoreFlags, more, plain_table, shown_effect, shown_time, unread};
use crate::Context;
use crate::exit::Exit;
use crate::output::{print, print_json, safe, table_text};

/// Arguments of `drift`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the store only; asks nothing of AWS. Exit codes: 0 no drift is open, 2 some is, 1 error.

Examples:
  digitalex-rollout drift
  digitalex-rollout drift --all --account 111122223333
  digitalex-rollout drift --output json --limit 500")]
pub struct DriftArgs {
    /// Show this account only
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Show what is gone again too
    #[arg(long)]
    all: bool,
    /// Show at most so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Go on where the lines before ended: what they gave as --cursor, `next` in JSON
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    #[command(flatten)]
    store: StoreFlags,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &DriftArgs) -> Result<Exit, Report> {
    let store = args.store.open(context).await?;
    let filter = DriftFilter {
        open: (!args.all).then_some(true),
        account: args.account,
        ..DriftFilter::default()
    };
    let request = PageRequest { cursor: args.cursor.clone(), limit: args.limit };
    let page = store.drift(&filter, &request).await.map_err(unread)?;
    if context.is_json() {
        print_json(&page)?
    } else {
        print(&render(&page, args.all))?
    }
    // The page may show none of what is open.
    let open = DriftFilter { open: Some(true), ..filter };
    let first = PageRequest { cursor: None, limit: 1 };
    let is_open = !store.drift(&open, &first).await.map_err(unread)?.items.is_empty();
    Ok(if is_open { Exit::Drift } else { Exit::Done })
}

fn render(page: &Page<DriftEvent>, all: bool) -> String {
    if page.items.is_empty() {
        return if all { "No drift was seen." } else { "No drift is open." }.to_owned();
    }
    let mut table =
        plain_table(["ACCOUNT", "NAME", "EFFECT", "WHAT", "FIRST SEEN", "LAST SEEN", "STATE"]);
    for event in &page.items {
        table.add_row([
            event.account.to_string(),
            safe(&event.account_name),
            shown_effect(event.effect).to_owned(),
            safe(&event.summary),
            shown_time(event.first_seen),
            shown_time(event.last_seen),
            state(event),
        ]);
    }
    format!("{}{}", table_text(&table), more(page.next.as_deref()))
}

fn state(event: &DriftEvent) -> String {
    match (event.ended_at, event.ended_by) {
        (None, _) => "open".to_owned(),
        (Some(at), Some(DriftEnd::Corrected)) => format!("corrected {}", shown_time(at)),
        (Some(at), _) => format!("gone {}", shown_time(at)),
    }
}
