//! The report for a ticket: the totals, then what is to be done, by what accounts have in common.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Report;
use crate::output::safe;
use crate::output::schema::{Account, Verdict};

/// So many accounts of a group are named.
const NAMED_MAX: usize = 20;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { command, organization, .. } = report;
    writeln!(out, "# digitalex-rollout: {command} of organization {}\n", text(organization))?;
    if let Some(reason) = &report.summary.listing_incomplete {
        writeln!(out, "> **The list of accounts is not whole:** {}\n", text(reason))?;
    }
    writeln!(
        out,
        "Run {} by {}, {} to {}, version {}, configuration {}.\n",
        text(&report.run),
        text(&report.caller_arn),
        report.started_at,
        report.finished_at,
        report.tool_version,
        &report.config_digest.get(..12).unwrap_or_default(),
    )?;
    writeln!(out, "| accounts | |\n| ---: | --- |")?;
    for (verdict, count) in &report.summary.verdicts {
        writeln!(out, "| {count} | {} |", verdict.words())?;
    }
    writeln!(out, "| **{}** | **in all** |\n", report.summary.total)?;
    if report.summary.widened > 0 {
        let count = report.summary.widened;
        writeln!(out, "**{count} allow or trust more than they should.**\n")?;
    }
    groups(report).iter().try_for_each(|(group, accounts)| write_group(group, accounts, out))
}

/// What accounts have in common that are told together, in the order in which they are told.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    verdict: Verdict,
    why: Option<String>,
    remedy: Option<String>,
    differences: Vec<String>,
}

fn groups(report: &Report) -> BTreeMap<Group, Vec<&Account>> {
    let mut groups: BTreeMap<Group, Vec<&Account>> = BTreeMap::new();
    for account in &report.accounts {
        if matches!(account.verdict, Verdict::InSync | Verdict::Converged) {
            continue;
        }
        let alike = |words: &str| words.replace(&account.id, "<account>");
        let cause = account.cause.as_ref();
        let group = Group {
            verdict: account.verdict,
            why: cause.map(|cause| alike(&cause.message)),
            remedy: cause.and_then(|cause| cause.remedy.as_deref()).map(alike),
            differences: account.findings.iter().map(|finding| alike(&finding.line())).collect(),
        };
        groups.entry(group).or_default().push(account);
    }
    groups
}

fn write_group(group: &Group, accounts: &[&Account], out: &mut dyn Write) -> io::Result<()> {
    let why = group.why.as_ref().map(|why| format!(": {}", text(why))).unwrap_or_default();
    writeln!(out, "## {} ({}){why}\n", group.verdict.words(), accounts.len())?;
    for line in &group.differences {
        writeln!(out, "- {}", text(line))?;
    }
    if let Some(remedy) = &group.remedy {
        writeln!(out, "\nNext step: {}", text(remedy))?;
    }
    writeln!(out, "\n| account | name |\n| --- | --- |")?;
    for account in accounts.iter().take(NAMED_MAX) {
        writeln!(out, "| {} | {} |", account.id, text(&account.name))?;
    }
    match accounts.len().saturating_sub(NAMED_MAX) {
        0 => writeln!(out),
        more => writeln!(out, "| … | {more} more |\n"),
    }
}

/// Text that stays text: nothing in it is taken for Markdown or HTML, and it stays on its line.
fn text(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    for character in safe(words).chars() {
        match character {
            '<' => plain.push_str("&lt;"),
            '&' => plain.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '!' | '~' | '>' | '@' => {
                plain.push('\\');
                plain.push(character);
            }
            other => plain.push(other),
        }
    }
    plain
}
