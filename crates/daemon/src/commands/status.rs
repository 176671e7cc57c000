//! `status`.

use clap::Args;
use comfy_table::{Table, presets};
use digitalex_core::{Effect, Verdict};
use digitalex_store::{FleetSummary, HolderInfo, PageRequest, PassLine, Word};
use miette::Report;
use serde::Serialize;

use super::remembered::{StoreFlags, shown_time, unread};
use crate::Context;
use crate::exit::Exit;
use crate::output::{print, print_json, safe, table_text};

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
    daemon: Option<HolderInfo>,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &StatusArgs) -> Result<Exit, Report> {
    let store = args.store.open(context).await?;
    let newest = PageRequest { cursor: None, limit: 1 };
    let status = Status {
        organization: store.organization().to_owned(),
        summary: store.summary().await.map_err(unread)?,
        last_pass: store.passes(&newest).await.map_err(unread)?.items.pop(),
        daemon: store.lease_holder().await.map_err(unread)?,
    };
    if context.is_json() {
        print_json(&status)?
    } else {
        print(&render(&status))?
    }
    Ok(Exit::Done)
}

fn render(status: &Status) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row(["organization", &safe(&status.organization)]);
    table.add_row(["daemon", &status.daemon.as_ref().map_or("none".to_owned(), daemon)]);
    table.add_row(["last pass", &status.last_pass.as_ref().map_or("none yet".to_owned(), pass)]);
    table.add_row(["accounts", &accounts(&status.summary)]);
    table.add_row(["drift", &drift(&status.summary)]);
    table_text(&table)
}

fn daemon(holder: &HolderInfo) -> String {
    let HolderInfo { holder, until } = holder;
    format!("{}, process {}, until {}", safe(&holder.host), holder.pid, shown_time(*until))
}

fn pass(pass: &PassLine) -> String {
    let state = match (pass.ended_at, pass.interrupted, &pass.listing_incomplete) {
        (None, ..) => "not ended".to_owned(),
        (Some(at), true, _) => format!("interrupted {}", shown_time(at)),
        (Some(at), false, Some(_)) => {
            format!("ended {}, the listing was not whole", shown_time(at))
        }
        (Some(at), false, None) => format!("ended {}", shown_time(at)),
    };
    format!("{}, {state}, {} visited", shown_time(pass.started_at), pass.visited)
}

fn accounts(summary: &FleetSummary) -> String {
    let counted = Verdict::ALL.iter().filter_map(|verdict| {
        let count = summary.by_verdict.get(verdict)?;
        Some(format!("{count} {}", verdict.as_str().replace('_', " ")))
    });
    let unvisited = Some(summary.not_yet_visited).filter(|count| *count > 0);
    let parts: Vec<String> =
        counted.chain(unvisited.map(|count| format!("{count} not visited yet"))).collect();
    let whole = match &summary.listing {
        Some(listing) if listing.complete => "",
        _ => ", the last listing was not whole",
    };
    format!("{}: {}{whole}", summary.accounts, parts.join(", "))
}

fn drift(summary: &FleetSummary) -> String {
    let parts: Vec<String> = summary
        .drift
        .iter()
        .flat_map(|(aspect, effects)| {
            effects.iter().map(move |(effect, count)| (aspect, effect, count))
        })
        .filter(|(_, _, count)| **count > 0)
        .map(|(aspect, effect, count)| format!("{count} {} ({})", aspect.word(), word(*effect)))
        .collect();
    if parts.is_empty() { "none is open".to_owned() } else { parts.join(", ") }
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Widens => "WIDENS",
        Effect::Narrows => "narrows",
        Effect::Cosmetic => "cosmetic",
    }
}
