//! The report for people: what it adds up to, then every account that is not as wanted, and why.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use clap::builder::styling::{AnsiColor, Style};
use comfy_table::CellAlignment;
use digitalex_core::{AccountId, AccountRecord, Effect, FleetStatus, Verdict};

use super::difference::{describe, writes};
use super::{fitting_table, safe, table_text};
use crate::run_report::{Action, RecordSink, RunHead, RunReport};

/// Why accounts are skipped that the configuration leaves out by rule, and that are only counted.
const COUNTED_ONLY: [&str; 2] = ["not_included", "excluded"];

/// The report as it grows. Of an account that is as wanted nothing is kept.
#[derive(Default)]
pub(crate) struct HumanReport {
    groups: BTreeMap<Group, Members>,
    adopted: Vec<Named>,
}

/// An account's id and its name, safe to show.
type Named = (AccountId, Box<str>);

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

/// The accounts of a group.
enum Members {
    Named(Vec<Named>),
    Counted(usize),
}

impl HumanReport {
    /// The whole report.
    pub(crate) fn render(mut self, report: &RunReport) -> String {
        let mut lines = vec![heading(&report.head), String::new(), summary(&report.status)];
        self.adopted.sort_unstable();
        lines.extend(remarks(report, &self.adopted));
        for (group, members) in self.groups {
            lines.push(String::new());
            lines.extend(render_group(&group, members));
        }
        lines.join("\n")
    }
}

impl RecordSink for HumanReport {
    fn add(&mut self, record: &AccountRecord) {
        if record.adopted {
            self.adopted.push(named(record));
        }
        if matches!(record.verdict, Verdict::InSync | Verdict::Converged) {
            return;
        }
        let code = record.cause.as_ref().map_or("", |cause| cause.code);
        let members = self.groups.entry(group(record)).or_insert_with(|| {
            if COUNTED_ONLY.contains(&code) {
                Members::Counted(0)
            } else {
                Members::Named(Vec::new())
            }
        });
        match members {
            Members::Named(accounts) => accounts.push(named(record)),
            Members::Counted(count) => *count += 1,
        }
    }
}

fn heading(head: &RunHead) -> String {
    let organization = &head.organization;
    let action = head.action.as_str();
    bold(&format!(
        "{action} of organization {} (management account {}), called from account {}, run {}",
        organization.id, organization.management_account, organization.caller, head.run
    ))
}

fn summary(status: &FleetStatus) -> String {
    let mut table = fitting_table();
    for verdict in Verdict::ALL {
        let count = status.count(verdict);
        if count > 0 {
            table.add_row([count.to_string(), words(verdict)]);
        }
    }
    let whole = if status.listing_incomplete.is_some() { " listed, not all" } else { "" };
    table.add_row([status.total().to_string(), format!("accounts{whole}")]);
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table_text(&table)
}

fn remarks(report: &RunReport, adopted: &[Named]) -> Vec<String> {
    let mut lines = Vec::new();
    let applied = report.head.action == Action::Apply;
    if let Some(reason) = &report.status.listing_incomplete {
        lines.push(format!("The list of accounts is not whole: {}", safe(reason)));
    }
    match report.status.widened {
        0 => {}
        count if applied => {
            lines.push(format!("Roles that allowed or trusted more than they should: {count}."));
        }
        count => lines.push(format!("Roles that allow or trust more than they should: {count}.")),
    }
    if !adopted.is_empty() {
        let done = if applied { "adopted" } else { "to be adopted" };
        lines.push(format!("Made by hand before, {done}:"));
        lines.extend(adopted.iter().map(|(id, name)| format!("  {id}  {name}")));
    }
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
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

fn render_group(group: &Group, members: Members) -> Vec<String> {
    let why = group.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let (count, accounts) = match members {
        Members::Counted(count) => {
            (count, vec!["    `digitalex-rollout accounts` names them".to_owned()])
        }
        Members::Named(mut accounts) => {
            accounts.sort_unstable();
            let lines = accounts.iter().map(|(id, name)| format!("    {id}  {name}"));
            (accounts.len(), lines.collect())
        }
    };
    let verdict = Verdict::ALL.get(group.order).copied().map(words).unwrap_or_default();
    let mut lines = vec![bold(&format!("{verdict} ({count}){why}"))];
    lines.extend(group.differences.iter().map(|line| format!("  {}", emphasized(line))));
    lines.extend(group.writes.iter().map(|writes| format!("  to do: {writes}")));
    lines.extend(group.remedy.iter().map(|remedy| format!("  next step: {remedy}")));
    lines.extend(accounts);
    lines
}

fn named(record: &AccountRecord) -> Named {
    (record.id, safe(&record.name).into())
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

    fn rendered(action: Action, records: &[AccountRecord]) -> String {
        let mut human = HumanReport::default();
        records.iter().for_each(|record| human.add(record));
        human.render(&report(action, records))
    }

    fn unreachable(number: u64) -> AccountRecord {
        let message = format!("AssumeRole in account {number:012}: AccessDenied");
        let remedy = Some("create an admin role".to_owned());
        let cause = Some(Cause { code: "admin_role_not_assumable", message, remedy });
        AccountRecord { cause, ..record(number, Verdict::Unreachable) }
    }

    #[test]
    fn accounts_with_one_cause_should_stand_under_it_together() {
        let text = rendered(Action::Audit, &[unreachable(2), unreachable(1)]);
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
        let text = rendered(Action::Audit, &[hostile]);
        assert!(text.contains("a\\u{1b}]0;owned\\u{7}"), "{text}");
    }

    #[test]
    fn report_should_say_that_the_list_is_not_whole() {
        let mut partial = report(Action::Audit, &[record(1, Verdict::InSync)]);
        partial.status.listing_incomplete = Some("ListAccounts: throttled".to_owned());
        let text = HumanReport::default().render(&partial);
        assert!(text.contains("accounts listed, not all"), "{text}");
        assert!(
            text.contains("The list of accounts is not whole: ListAccounts: throttled"),
            "{text}"
        );
    }

    #[test]
    fn adopted_roles_should_be_named() {
        let adopted = AccountRecord { adopted: true, ..record(7, Verdict::Converged) };
        let text = rendered(Action::Apply, &[adopted, record(8, Verdict::Converged)]);
        assert!(
            text.contains("Made by hand before, adopted:\n  000000000007  account 7"),
            "{text}"
        );
        assert!(!text.contains("account 8"), "{text}");
    }

    #[test]
    fn accounts_that_the_configuration_leaves_out_should_only_be_counted() {
        let left_out = |number| {
            let cause = Cause { code: "excluded", message: "left out".to_owned(), remedy: None };
            AccountRecord { cause: Some(cause), ..record(number, Verdict::Skipped) }
        };
        let text = rendered(Action::Audit, &[left_out(1), left_out(2)]);
        assert!(text.contains("skipped (2): left out"), "{text}");
        assert!(text.contains("`digitalex-rollout accounts` names them"), "{text}");
        assert!(!text.contains("000000000001"), "{text}");
    }
}
