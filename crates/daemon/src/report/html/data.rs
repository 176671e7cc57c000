//! What the page is given: the report with what many accounts share said once, so that 50,000 of them stay
//! small.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use crate::output::schema::{Account, CauseSummary, Finding, Report, Verdict};
use crate::report::causes;

/// Where an account's own id stood in a text that it shares with others.
const OWN_ID: &str = "<account>";

#[derive(Serialize)]
pub(super) struct Data<'a> {
    head: Value,
    listing_incomplete: Option<&'a str>,
    total: usize,
    widened: usize,
    adopted: usize,
    verdicts: Vec<(Verdict, usize)>,
    calls: &'a BTreeMap<String, u64>,
    causes: &'a [CauseSummary],
    units: Vec<String>,
    profiles: Vec<String>,
    findings: Vec<Value>,
    writes: Vec<String>,
    messages: Vec<String>,
    remedies: Vec<String>,
    identities: Vec<String>,
    accounts: Vec<Value>,
}

/// Texts, each once, by number.
#[derive(Default)]
struct Shared {
    numbers: HashMap<String, i64>,
    texts: Vec<String>,
}

impl Shared {
    /// The number of the text; −1 where there is none.
    fn number(&mut self, text: Option<String>) -> i64 {
        let Some(text) = text else { return -1 };
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = i64::try_from(self.texts.len()).unwrap_or(-1);
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}

#[derive(Default)]
struct Tables {
    units: Shared,
    profiles: Shared,
    findings: Shared,
    writes: Shared,
    messages: Shared,
    remedies: Shared,
    identities: Shared,
}

impl<'a> Data<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let mut tables = Tables::default();
        let causes: HashMap<&str, i64> = (0..)
            .zip(&report.causes)
            .map(|(number, cause)| (cause.code.as_str(), number))
            .collect();
        let accounts = report.accounts.iter();
        let accounts = accounts.map(|account| tables.row(report, &causes, account)).collect();
        let head = json!({
            "command": report.command,
            "organization": report.organization,
            "management_account": report.management_account,
            "caller": report.caller,
            "caller_arn": report.caller_arn,
            "run": report.run,
            "started_at": report.started_at,
            "finished_at": report.finished_at,
            "tool_version": report.tool_version,
            "config_digest": report.config_digest,
        });
        let summary = &report.summary;
        let parsed = |text: String| serde_json::from_str(&text).unwrap_or_default();
        Self {
            head,
            listing_incomplete: summary.listing_incomplete.as_deref(),
            total: summary.total,
            widened: summary.widened,
            adopted: summary.adopted,
            verdicts: in_order(&summary.verdicts),
            calls: &report.calls,
            causes: &report.causes,
            units: tables.units.texts,
            profiles: tables.profiles.texts,
            findings: tables.findings.texts.into_iter().map(parsed).collect(),
            writes: tables.writes.texts,
            messages: tables.messages.texts,
            remedies: tables.remedies.texts,
            identities: tables.identities.texts,
            accounts,
        }
    }
}

impl Tables {
    fn row(&mut self, report: &Report, causes: &HashMap<&str, i64>, account: &Account) -> Value {
        let alike = |text: &str| Some(text.replace(&account.id, OWN_ID));
        let cause = account.cause.as_ref();
        let code = cause.map_or(causes::DRIFT, |cause| cause.code.as_str());
        let is_next = cause.is_some() || account.verdict == Verdict::Drifted;
        json!([
            account.id,
            account.name,
            self.units.number(report.unit_of(account).map(str::to_owned)),
            place(account.verdict),
            self.profiles.number(account.profile.clone()),
            self.identities.number(account.identity.as_deref().and_then(alike)),
            account.access_key,
            u8::from(account.adopted),
            self.findings.number(findings(account).as_deref().and_then(alike)),
            self.writes.number(account.writes()),
            causes.get(code).filter(|_| is_next).unwrap_or(&-1),
            self.messages.number(cause.and_then(|cause| alike(&cause.message))),
            self.remedies.number(cause.and_then(|cause| cause.remedy.as_deref()).and_then(alike)),
        ])
    }
}

/// In the order of reports.
fn in_order(verdicts: &BTreeMap<Verdict, usize>) -> Vec<(Verdict, usize)> {
    let mut counts: Vec<_> = verdicts.iter().map(|(verdict, count)| (*verdict, *count)).collect();
    counts.sort_by_key(|(verdict, _)| place(*verdict));
    counts
}

fn place(verdict: Verdict) -> Option<usize> {
    digitalex_core::Verdict::ALL.iter().position(|other| *other == verdict.core())
}

/// As JSON, the gravest first; none where nothing differs.
fn findings(account: &Account) -> Option<String> {
    let mut findings: Vec<&Finding> = account.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.effect));
    (!findings.is_empty()).then(|| serde_json::to_string(&findings).unwrap_or_default())
}
