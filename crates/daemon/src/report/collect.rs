//! Collects a run into one value, which every format is rendered from.

use std::io;

use digitalex_core::AccountRecord;

use super::Report;
use crate::output::json::{JsonReport, entry};
use crate::output::schema::Account;
use crate::run_report::{RecordSink, RunHead, RunReport};

/// A report on its way: its accounts as they are done.
pub(crate) struct Collector {
    accounts: Vec<Account>,
    /// Head, causes and totals: the report for programs, without an account.
    frame: JsonReport<Vec<u8>>,
    failed: Option<serde_json::Error>,
}

impl Collector {
    pub(crate) fn start(head: &RunHead) -> Self {
        let frame = JsonReport::start(Vec::new(), head).without_accounts();
        Self { accounts: Vec::new(), frame, failed: None }
    }

    /// The whole report.
    ///
    /// # Errors
    /// A record is not as its schema says; not expected.
    pub(crate) fn end(self, run: &RunReport) -> io::Result<Report> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let mut report: Report = serde_json::from_slice(&self.frame.end(run)?)?;
        report.accounts = self.accounts;
        report.accounts.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(report)
    }
}

impl RecordSink for Collector {
    fn add(&mut self, record: &AccountRecord) {
        self.frame.add(record);
        let account = serde_json::to_value(entry(record)).and_then(serde_json::from_value);
        match account {
            // No format that needs the whole shows the writes, which hold whole policies.
            Ok(account) => self.accounts.push(Account { plan: None, ..account }),
            Err(error) => self.failed = Some(error),
        }
    }
}
