//! What became of each account between two reports.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Report;
use crate::output::schema::{Account, Verdict};

/// What changed from one run to another.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Comparison<'a> {
    schema_version: u32,
    organization: &'a str,
    old_run: &'a str,
    new_run: &'a str,
    /// Where one of the lists is not whole, an account that is not in it need not have left or joined.
    listings_complete: bool,
    changes: BTreeMap<Change, Vec<Line<'a>>>,
    unchanged: usize,
}

/// What became of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// It was in sync, and differs.
    Drifted,
    /// It differed, and now in another way.
    DriftedOtherwise,
    /// It differed, or could not be done, and is in sync.
    Corrected,
    /// It could be read, and cannot.
    Lost,
    /// It could not be read, and can.
    Reached,
    /// It was not in the organization.
    Joined,
    /// It is no longer in the organization.
    Left,
    /// Another verdict in another way.
    Other,
}

/// One account.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line<'a> {
    id: &'a str,
    name: &'a str,
    old: Option<Verdict>,
    new: Option<Verdict>,
    /// What differs now.
    findings: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn of(old: &'a Report, new: &'a Report) -> Self {
        let mut before: BTreeMap<&str, &Account> =
            old.accounts.iter().map(|account| (account.id.as_str(), account)).collect();
        let mut changes: BTreeMap<Change, Vec<Line<'a>>> = BTreeMap::new();
        let mut unchanged = 0;
        for account in &new.accounts {
            let was = before.remove(account.id.as_str());
            match change(was, account) {
                Some(change) => changes.entry(change).or_default().push(line(was, Some(account))),
                None => unchanged += 1,
            }
        }
        let left: Vec<_> = before.into_values().map(|was| line(Some(was), None)).collect();
        if !left.is_empty() {
            changes.insert(Change::Left, left);
        }
        Self {
            schema_version: 1,
            organization: &new.organization,
            old_run: &old.run,
            new_run: &new.run,
            listings_complete: old.listing_complete && new.listing_complete,
            changes,
            unchanged,
        }
    }

    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// In words, for a terminal.
    pub(crate) fn render(&self) -> String {
        let mut lines = Vec::new();
        if !self.listings_complete {
            lines.push("One of the lists of accounts is not whole: an account that is not in it need not have left or joined.".to_owned());
        }
        for (change, accounts) in &self.changes {
            lines.push(format!("{} ({})", change.words(), accounts.len()));
            for account in accounts {
                let word = |verdict: Option<Verdict>| verdict.map_or("-", Verdict::as_str);
                let name = crate::output::safe(account.name);
                let (old, new) = (word(account.old), word(account.new));
                lines.push(format!("    {}  {name}  {old} -> {new}", account.id));
                let findings = account.findings.iter();
                lines.extend(findings.map(|text| format!("      {}", crate::output::safe(text))));
            }
        }
        lines.push(format!("unchanged ({})", self.unchanged));
        lines.join("\n")
    }
}

impl Change {
    fn words(self) -> &'static str {
        match self {
            Self::Drifted => "drifted",
            Self::DriftedOtherwise => "differ in another way",
            Self::Corrected => "corrected",
            Self::Lost => "can no longer be read",
            Self::Reached => "can be read again",
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Other => "otherwise changed",
        }
    }
}

fn change(was: Option<&Account>, is: &Account) -> Option<Change> {
    let Some(was) = was else { return Some(Change::Joined) };
    let (before, now) = (Standing::of(was.verdict), Standing::of(is.verdict));
    match (before, now) {
        (Standing::Right, Standing::Differs) => Some(Change::Drifted),
        (Standing::Differs, Standing::Differs) => {
            (lines(was) != lines(is)).then_some(Change::DriftedOtherwise)
        }
        (Standing::Differs | Standing::Unread, Standing::Right) => Some(Change::Corrected),
        (Standing::Right | Standing::Differs, Standing::Unread) => Some(Change::Lost),
        (Standing::Unread, Standing::Differs) => Some(Change::Reached),
        _ if before == now => None,
        _ => Some(Change::Other),
    }
}

/// What a verdict says, as far as two runs are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Right,
    Differs,
    Unread,
    Skipped,
}

impl Standing {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::InSync | Verdict::Converged => Self::Right,
            Verdict::Drifted | Verdict::Held | Verdict::Failed => Self::Differs,
            Verdict::Unreachable | Verdict::NotVisited => Self::Unread,
            Verdict::Skipped => Self::Skipped,
        }
    }
}

fn lines(account: &Account) -> Vec<String> {
    account.findings.iter().map(|finding| finding.line()).collect()
}

fn line<'a>(was: Option<&'a Account>, is: Option<&'a Account>) -> Line<'a> {
    let (id, name) =
        is.or(was).map_or(("", ""), |account| (account.id.as_str(), account.name.as_str()));
    Line {
        id,
        name,
        old: was.map(|account| account.verdict),
        new: is.map(|account| account.verdict),
        findings: is.map(lines).unwrap_or_default(),
    }
}
