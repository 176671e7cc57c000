//! The report for programs, written while the run goes on; its schema is in [`super::schema`].

use std::collections::BTreeMap;
use std::io::{self, Write};

use digitalex_core::{
    AccountId, AccountRecord, Aspect, Difference, DifferenceLine, Effect, FleetStatus,
};
use digitalex_engine::CallCounts;
use jiff::Timestamp;
use serde::Serialize;

use super::schema::{CauseSummary, REPORT_SCHEMA_VERSION};
use super::stream::ObjectStream;
use crate::report::causes::CauseFold;
use crate::run_report::{RecordSink, RunHead, RunReport};

/// The report on its way.
pub(crate) struct JsonReport<W> {
    stream: ObjectStream<W>,
    causes: CauseFold,
    with_accounts: bool,
}

/// One account as it is written.
#[derive(Serialize)]
pub(crate) struct Entry<'a> {
    #[serde(flatten)]
    record: &'a AccountRecord,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    effect: Effect,
    aspect: Aspect,
    text: String,
    meaning: Option<String>,
}

/// The record with its differences in words, what widens first.
pub(crate) fn entry(record: &AccountRecord) -> Entry<'_> {
    let mut findings: Vec<_> = record.differences.iter().flat_map(findings).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.effect));
    Entry { record, findings }
}

fn findings(difference: &Difference) -> impl Iterator<Item = Finding> {
    difference.lines().into_iter().map(|line| {
        let DifferenceLine { effect, text, meaning } = line;
        Finding { effect, aspect: difference.aspect(), text, meaning }
    })
}

#[derive(Serialize)]
struct Head<'a> {
    schema_version: u32,
    tool_version: &'static str,
    command: &'static str,
    run: &'a str,
    organization: &'a str,
    management_account: AccountId,
    caller: AccountId,
    caller_arn: &'a str,
    config_digest: &'a str,
    started_at: Timestamp,
}

#[derive(Serialize)]
struct Tail<'a> {
    finished_at: Timestamp,
    listing_complete: bool,
    summary: Summary<'a>,
    causes: Vec<CauseSummary>,
    units: &'a BTreeMap<String, String>,
    calls: &'a CallCounts,
    pace: PaceLine<'a>,
}

#[derive(Serialize)]
struct PaceLine<'a> {
    floor_seconds: f64,
    elapsed_seconds: f64,
    throttled: &'a CallCounts,
}

#[derive(Serialize)]
struct Summary<'a> {
    total: usize,
    #[serde(flatten)]
    status: &'a FleetStatus,
}

impl<W: Write> JsonReport<W> {
    /// Begins a report, which is written with its first record.
    pub(crate) fn start(out: W, head: &RunHead) -> Self {
        let causes = CauseFold::start(head);
        let head = Head {
            schema_version: REPORT_SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION"),
            command: head.action.as_str(),
            run: &head.run,
            organization: &head.organization.id,
            management_account: head.organization.management_account,
            caller: head.organization.caller,
            caller_arn: &head.organization.caller_arn,
            config_digest: &head.config_digest,
            started_at: head.started_at,
        };
        let stream = ObjectStream::of_list(out, &head, "accounts");
        Self { stream, causes, with_accounts: true }
    }

    /// The same, with no account written.
    pub(crate) fn without_accounts(self) -> Self {
        Self { with_accounts: false, ..self }
    }

    /// Ends the report.
    ///
    /// # Errors
    ///
    /// The first error in writing since the start.
    pub(crate) fn end(self, report: &RunReport) -> io::Result<W> {
        let tail = Tail {
            finished_at: report.finished_at,
            listing_complete: report.status.listing_incomplete.is_none(),
            summary: Summary { total: report.status.total(), status: &report.status },
            causes: self.causes.end(),
            units: &report.head.units,
            calls: &report.calls,
            pace: PaceLine {
                floor_seconds: report.pace.floor.time.as_secs_f64(),
                elapsed_seconds: report.pace.elapsed.as_secs_f64(),
                throttled: &report.pace.throttled,
            },
        };
        self.stream.end(&tail)
    }
}

impl<W: Write + Send> RecordSink for JsonReport<W> {
    fn add(&mut self, record: &AccountRecord) {
        self.causes.add(record);
        if self.with_accounts {
            self.stream.item(&entry(record));
        }
    }
}

#[cfg(test)]
mod tests {
    use digitalex_core::Verdict;

    use super::*;
    use crate::output::schema::{Account, Report};
    use crate::run_report::Action;
    use crate::run_report::tests::{head, record, report};

    fn written(records: &[AccountRecord]) -> String {
        let mut bytes = Vec::new();
        let mut json = JsonReport::start(&mut bytes, &head(Action::Audit));
        records.iter().for_each(|record| json.add(record));
        json.end(&report(Action::Audit, records)).expect("a vector takes it");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn report_should_keep_to_its_schema_with_the_accounts_as_they_came() {
        for numbers in [&[][..], &[7], &[3, 1, 2]] {
            let records: Vec<_> =
                numbers.iter().map(|number| record(*number, Verdict::InSync)).collect();
            let text = written(&records);
            let read: Report = serde_json::from_str(&text).expect("the schema's shape");
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(serde_json::to_value(&read).expect("JSON"), value);
            let ids: Vec<_> = records.iter().map(|record| record.id.to_string()).collect();
            assert!(read.accounts.iter().map(|account| &account.id).eq(&ids), "{text}");
            assert_eq!(read.summary.total, records.len());
        }
    }

    #[test]
    fn each_account_should_stand_on_a_line_of_its_own() {
        let text = written(&[record(1, Verdict::InSync), record(2, Verdict::Skipped)]);
        let lines = text.lines().map(|line| line.trim().trim_end_matches(','));
        let accounts = lines.filter(|line| serde_json::from_str::<Account>(line).is_ok());
        assert_eq!(accounts.count(), 2, "{text}");
    }
}
