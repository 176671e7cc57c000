//! The report for programs; its schema is in [`super::schema`].

use digitalex_core::{AccountId, AccountRecord, FleetStatus};
use digitalex_engine::CallCounts;
use jiff::Timestamp;
use serde::Serialize;

use super::schema::REPORT_SCHEMA_VERSION;
use crate::run_report::RunReport;

/// The report as it is written.
#[derive(Serialize)]
pub(crate) struct JsonReport<'a> {
    schema_version: u32,
    tool_version: &'static str,
    command: &'static str,
    run: &'a str,
    organization: &'a str,
    management_account: AccountId,
    caller: AccountId,
    started_at: Timestamp,
    finished_at: Timestamp,
    listing_complete: bool,
    summary: Summary<'a>,
    calls: &'a CallCounts,
    accounts: &'a [AccountRecord],
}

#[derive(Serialize)]
struct Summary<'a> {
    total: usize,
    #[serde(flatten)]
    status: &'a FleetStatus,
}

impl<'a> From<&'a RunReport> for JsonReport<'a> {
    fn from(report: &'a RunReport) -> Self {
        Self {
            schema_version: REPORT_SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION"),
            command: report.action.as_str(),
            run: &report.run,
            organization: &report.organization.id,
            management_account: report.organization.management_account,
            caller: report.organization.caller,
            started_at: report.started_at,
            finished_at: report.finished_at,
            listing_complete: report.status.listing_incomplete.is_none(),
            summary: Summary { total: report.status.total(), status: &report.status },
            calls: &report.calls,
            accounts: &report.accounts,
        }
    }
}
