//! `accounts`.

use clap::Args;
use digitalex_core::{AccountId, Identity};
use digitalex_engine::{Account, Scope, Selection};
use futures::StreamExt;
use miette::Report;
use serde::Serialize;

use crate::Context;
use crate::connection::{Connection, RunFlags, Tenant};
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::output::{fitting_table, print, print_json, safe, table_text};

/// Arguments of `accounts`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0, or 3 where the list of accounts is not whole; 1 error.

Examples:
  digitalex-rollout accounts
  digitalex-rollout accounts --ou ou-ab12-cdefgh34 --output json")]
pub struct AccountsArgs {
    #[command(flatten)]
    run: RunFlags,
}

/// One account, and whether it takes part.
#[derive(Debug, Serialize)]
struct Line {
    id: AccountId,
    name: String,
    state: String,
    selected: bool,
    profile: Option<String>,
    identity: Option<Identity>,
    /// Why it does not take part.
    reason: Option<String>,
}

/// The accounts of the organization.
#[derive(Debug, Serialize)]
struct AccountList<'a> {
    schema_version: u32,
    organization: &'a str,
    listing_incomplete: Option<String>,
    accounts: Vec<Line>,
}

/// Runs the command.
pub(crate) async fn run(
    context: &Context,
    args: &AccountsArgs,
    stop: &Stop,
) -> Result<Exit, Report> {
    let connection = Connection::open(context, &args.run, Tenant::NotNeeded, stop).await?;
    let scope = connection.scope()?;
    let mut list = AccountList {
        schema_version: 2,
        organization: &connection.info.id,
        listing_incomplete: None,
        accounts: Vec::new(),
    };
    let mut accounts = connection.organization().accounts(scope.detail());
    loop {
        let next = tokio::select! {
            next = accounts.next() => next,
            () = stop.requested() => {
                list.listing_incomplete = Some("stopped".to_owned());
                break;
            }
        };
        match next {
            Some(Ok(account)) => list.accounts.push(line(&scope, account)),
            Some(Err(error)) => list.listing_incomplete = Some(error.to_string()),
            None => break,
        }
    }
    list.accounts.sort_by_key(|line| line.id);
    if context.is_json() {
        print_json(&list)?
    } else {
        print(&render(&list))?
    }
    Ok(if list.listing_incomplete.is_none() { Exit::Done } else { Exit::Incomplete })
}

fn line(scope: &Scope, account: Account) -> Line {
    let blank = Line {
        id: account.id,
        name: account.name.clone(),
        state: account.state.to_string(),
        selected: false,
        profile: None,
        identity: None,
        reason: None,
    };
    match scope.select(&account) {
        Ok(Selection::Selected(assignment)) => Line {
            selected: true,
            profile: Some(assignment.template.profile().to_owned()),
            identity: Some(assignment.template.identity()),
            ..blank
        },
        Ok(Selection::Skipped(reason)) => Line { reason: Some(reason.to_string()), ..blank },
        Err(error) => Line { reason: Some(error.to_string()), ..blank },
    }
}

fn render(list: &AccountList<'_>) -> String {
    let mut table = fitting_table();
    table.set_header(["ACCOUNT", "NAME", "STATE", "SELECTED", "PROFILE", "ROLE, USER OR REASON"]);
    for line in &list.accounts {
        let selected = if line.selected { "yes" } else { "no" };
        let profile = line.profile.as_deref().unwrap_or("-");
        let last = line.identity.as_ref().map(ToString::to_string).or(line.reason.clone());
        let id = line.id.to_string();
        table.add_row([
            &id,
            &safe(&line.name),
            &safe(&line.state),
            selected,
            profile,
            &safe(&last.unwrap_or_default()),
        ]);
    }
    let selected = list.accounts.iter().filter(|line| line.selected).count();
    let mut text =
        format!("{}\n\n{} accounts, {selected} selected", table_text(&table), list.accounts.len());
    if let Some(reason) = &list.listing_incomplete {
        text = format!("{text}\nThe list of accounts is not whole: {}", safe(reason));
    }
    text
}
