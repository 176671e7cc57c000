//! `status`.

use clap::Args;
use digitalex_core::Verdict;
use digitalex_engine::{Clock, SystemClock};
use digitalex_store::{FleetSummary, HolderInfo, PageRequest, PassLine, Word};
use miette::Report;
use serde::Serialize;

use super::remembered::{StoreFlags, shown_effect, shown_time, unread};
use crate::Context;
use crate::exit::Exit;
use crate::output::{fitting_table, print, print_json, safe, table_text};

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the store only; asks nothing of AWS. What it says is as old as the last pass.

Examples:
  digitalex-rollout status
  digitalex-rollout status --output json")]
pub struct StatusArgs {
    #[command(flatten)]
    store: StoreFlags,
}

#[derive(Serialize)]
struct Status {
    organization: String,
    #[serde(flatten)]
    summary: FleetSummary,
    last_pass: Option<PassLine>,
    /// The one that holds the lease.
    daemon: Option<HolderInfo>,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &StatusArgs) -> Result<Exit, Report> {
    let store = args.store.open(context).await?;
    // A lease that ran out is nobody's.
    let now = SystemClock::start().now();
    let newest = PageRequest { cursor: None, limit: 1 };
    let status = Status {
        organization: store.organization().to_owned(),
        summary: store.summary().await.map_err(unread)?,
        last_pass: store.passes(&newest).await.map_err(unread)?.items.pop(),
        daemon: store.lease_holder().await.map_err(unread)?.filter(|holder| holder.until > now),
    };
    if context.is_json() {
        print_json(&status)?
    } else {
        print(&render(&status))?
    }
    Ok(Exit::Done)
}

fn render(status: &Status) -> String {
    let mut table = fitting_table();
    table.add_row(["organization", &safe(&status.organization)]);
    let none = "none holds the lease";
    table.add_row(["daemon", &status.daemon.as_ref().map_or(none.to_owned(), daemon)]);
    let none = "none: no daemon has begun one";
    let last_pass = |line: &PassLine| pass(line, status.daemon.is_some());
    table.add_row(["last pass", &status.last_pass.as_ref().map_or(none.to_owned(), last_pass)]);
    table.add_row(["listing", &listing(&status.summary)]);
    table.add_row(["accounts", &accounts(&status.summary)]);
    table.add_row(["open drift", &drift(&status.summary)]);
    if status.summary.widened > 0 {
        let widened = status.summary.widened;
        table.add_row([
            "WIDENED",
            &format!("accounts that allow or trust more than they should: {widened}"),
        ]);
    }
    table_text(&table)
}

fn daemon(holder: &HolderInfo) -> String {
    format!("process {} on {}", holder.holder.pid, safe(&holder.holder.host))
}

fn pass(pass: &PassLine, has_daemon: bool) -> String {
    let began = shown_time(pass.started_at);
    let state = match (pass.ended_at, pass.interrupted, &pass.listing_incomplete) {
        (None, ..) if has_daemon => return format!("began {began}, still running"),
        (None, ..) => return format!("began {began}, cut short: the daemon did not end it"),
        (Some(at), true, _) => format!("interrupted {}", shown_time(at)),
        (Some(at), false, Some(_)) => {
            format!("ended {}, the listing was not whole", shown_time(at))
        }
        (Some(at), false, None) => format!("ended {}", shown_time(at)),
    };
    format!("began {began}, {state}; accounts visited: {}", pass.visited)
}

fn listing(summary: &FleetSummary) -> String {
    match &summary.listing {
        None => "none ended yet".to_owned(),
        Some(listing) if listing.complete => shown_time(listing.at),
        Some(listing) => format!("{}, NOT WHOLE: accounts may be missing", shown_time(listing.at)),
    }
}

fn accounts(summary: &FleetSummary) -> String {
    let counted = Verdict::ALL.iter().filter_map(|verdict| {
        let count = summary.by_verdict.get(verdict).filter(|count| **count > 0)?;
        Some(format!("{count} {}", verdict.as_str().replace('_', " ")))
    });
    let unvisited = Some(summary.not_yet_visited).filter(|count| *count > 0);
    let parts: Vec<String> =
        counted.chain(unvisited.map(|count| format!("{count} never visited"))).collect();
    let colon = if parts.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", summary.accounts, parts.join(", "))
}

fn drift(summary: &FleetSummary) -> String {
    let parts: Vec<String> = summary
        .drift
        .iter()
        .flat_map(|(aspect, effects)| {
            effects.iter().map(move |(effect, count)| (aspect, effect, count))
        })
        .filter(|(_, _, count)| **count > 0)
        .map(|(aspect, effect, count)| {
            format!("{count} {} ({})", aspect.word().replace('_', " "), shown_effect(*effect))
        })
        .collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}
