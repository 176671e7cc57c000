//! The report for people: what it adds up to, then every account that is not as wanted, and why.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use clap::builder::styling::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, presets};
use digitalex_core::{AccountRecord, Effect, Verdict};

use super::difference::{describe, writes};
use super::{safe, table_text};
use crate::run_report::{Action, RunReport};

/// Why accounts are skipped that the configuration leaves out by rule, and that are only counted.
const COUNTED_ONLY: [&str; 2] = ["not_included", "excluded"];

/// What accounts have in common that are reported together. The order is that of the report.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    order: usize,
    gravest: Reverse<Option<Effect>>,
    why: Option<String>,
    remedy: Option<String>,
    differences: Vec<String>,
    writes: Option<String>,
}

/// The whole report.
pub(crate) fn render(report: &RunReport) -> String {
    let mut lines = vec![heading(report), String::new(), summary(report)];
    lines.extend(remarks(report));
    for (group, accounts) in groups(report) {
        lines.push(String::new());
        lines.extend(render_group(&group, &accounts));
    }
    lines.join("\n")
}

fn heading(report: &RunReport) -> String {
    let organization = &report.organization;
    let action = report.action.as_str();
    bold(&format!(
        "{action} of organization {} (management account {}), called from account {}, run {}",
        organization.id, organization.management_account, organization.caller, report.run
    ))
}

fn summary(report: &RunReport) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for verdict in Verdict::ALL {
        let count = report.status.count(verdict);
        if count > 0 {
            table.add_row([count.to_string(), words(verdict)]);
        }
    }
    let whole = if report.status.listing_incomplete.is_some() { " listed, not all" } else { "" };
    table.add_row([report.status.total().to_string(), format!("accounts{whole}")]);
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table_text(&table)
}

fn remarks(report: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = &report.status.listing_incomplete {
        lines.push(format!("The list of accounts is not whole: {}", safe(reason)));
    }
    match report.status.widened {
        0 => {}
        count if report.action == Action::Apply => {
            lines.push(format!("Roles that allowed or trusted more than they should: {count}."));
        }
        count => lines.push(format!("Roles that allow or trust more than they should: {count}.")),
    }
    let adopted = report.accounts.iter().filter(|record| record.adopted);
    let names: Vec<_> = adopted.map(|record| format!("  {}", account(record))).collect();
    if !names.is_empty() {
        let done = if report.action == Action::Apply { "adopted" } else { "to be adopted" };
        lines.push(format!("Made by hand before, {done}:"));
        lines.extend(names);
    }
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

fn groups(report: &RunReport) -> BTreeMap<Group, Vec<&AccountRecord>> {
    let mut groups: BTreeMap<Group, Vec<&AccountRecord>> = BTreeMap::new();
    let fine =
        |record: &&AccountRecord| !matches!(record.verdict, Verdict::InSync | Verdict::Converged);
    for record in report.accounts.iter().filter(fine) {
        groups.entry(group(record)).or_default().push(record);
    }
    groups
}

fn group(record: &AccountRecord) -> Group {
    let id = record.id.to_string();
    let alike = |text: &str| safe(&text.replace(&id, "<account>"));
    let differences = describe(&record.differences);
    let drifted = record.plan.as_ref().filter(|_| record.verdict == Verdict::Drifted);
    Group {
        order: Verdict::ALL.iter().position(|verdict| *verdict == record.verdict).unwrap_or(0),
        gravest: Reverse(record.effect),
        why: record.cause.as_ref().map(|cause| alike(&cause.message)),
        remedy: record.cause.as_ref().and_then(|cause| cause.remedy.as_deref()).map(alike),
        differences: differences.iter().map(|line| alike(line)).collect(),
        writes: drifted.map(writes),
    }
}

fn render_group(group: &Group, accounts: &[&AccountRecord]) -> Vec<String> {
    let Some(first) = accounts.first() else { return Vec::new() };
    let why = group.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let count = accounts.len();
    let mut lines = vec![bold(&format!("{} ({count}){why}", words(first.verdict)))];
    lines.extend(group.differences.iter().map(|line| format!("  {}", emphasized(line))));
    lines.extend(group.writes.iter().map(|writes| format!("  to do: {writes}")));
    lines.extend(group.remedy.iter().map(|remedy| format!("  next step: {remedy}")));
    let code = first.cause.as_ref().map_or("", |cause| cause.code);
    if COUNTED_ONLY.contains(&code) {
        lines.push("    `digitalex-rollout accounts` names them".to_owned());
    } else {
        lines.extend(accounts.iter().map(|record| format!("    {}", account(record))));
    }
    lines
}

fn account(record: &AccountRecord) -> String {
    format!("{}  {}", record.id, safe(&record.name))
}

fn words(verdict: Verdict) -> String {
    verdict.as_str().replace('_', " ")
}

fn bold(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// What widens access stands out.
fn emphasized(line: &str) -> String {
    if line.starts_with("widens") {
        let style = AnsiColor::Red.on_default();
        format!("{style}{line}{style:#}")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use digitalex_core::Cause;

    use super::*;
    use crate::run_report::tests::{record, report};

    fn unreachable(number: u64) -> AccountRecord {
        let message = format!("AssumeRole in account {number:012}: AccessDenied");
        let remedy = Some("create an admin role".to_owned());
        let cause = Some(Cause { code: "admin_role_not_assumable", message, remedy });
        AccountRecord { cause, ..record(number, Verdict::Unreachable) }
    }

    #[test]
    fn accounts_with_one_cause_should_stand_under_it_together() {
        let text = render(&report(Action::Audit, vec![unreachable(1), unreachable(2)]));
        let why = "unreachable (2): AssumeRole in account <account>: AccessDenied";
        assert!(text.contains(why), "{text}");
        assert_eq!(text.matches("next step: create an admin role").count(), 1, "{text}");
        assert!(
            text.contains("    000000000001  account 1\n    000000000002  account 2"),
            "{text}"
        );
    }

    #[test]
    fn account_names_should_not_steer_the_terminal() {
        let mut hostile = unreachable(1);
        hostile.name = "a\u{1b}]0;owned\u{7}".to_owned();
        let text = render(&report(Action::Audit, vec![hostile]));
        assert!(text.contains("a\\u{1b}]0;owned\\u{7}"), "{text}");
    }

    #[test]
    fn report_should_say_that_the_list_is_not_whole() {
        let mut partial = report(Action::Audit, vec![record(1, Verdict::InSync)]);
        partial.status.listing_incomplete = Some("ListAccounts: throttled".to_owned());
        let text = render(&partial);
        assert!(text.contains("accounts listed, not all"), "{text}");
        assert!(
            text.contains("The list of accounts is not whole: ListAccounts: throttled"),
            "{text}"
        );
    }

    #[test]
    fn adopted_roles_should_be_named() {
        let adopted = AccountRecord { adopted: true, ..record(7, Verdict::Converged) };
        let text = render(&report(Action::Apply, vec![adopted, record(8, Verdict::Converged)]));
        assert!(
            text.contains("Made by hand before, adopted:\n  000000000007  account 7"),
            "{text}"
        );
        assert!(!text.contains("account 8"), "{text}");
    }
}
