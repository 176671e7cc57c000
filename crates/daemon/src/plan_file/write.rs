//! Writes a plan file while the audit goes on.

use std::io;
use std::path::{Path, PathBuf};

use digitalex_core::{AccountId, AccountPlan, AccountRecord, PlanDigest};
use jiff::Timestamp;
use miette::Report;
use serde::Serialize;

use super::PLAN_VERSION;
use crate::connection::Connection;
use crate::exit::Failure;
use crate::output::stream::ObjectStream;
use crate::run_report::{RecordSink, RunHead, RunReport, planned_writes};
use crate::whole_file::WholeFile;

/// A plan file on its way. It comes to stand under its name when it is whole.
pub(crate) struct PlanWriter {
    path: PathBuf,
    stream: ObjectStream<WholeFile>,
    accounts: usize,
}

/// What a plan is for. See [`super::PlanFile`] for the fields.
#[derive(Serialize)]
struct Head<'a> {
    plan_version: u32,
    tool_version: &'static str,
    run: &'a str,
    organization: &'a str,
    caller: AccountId,
    tenant_check: String,
    configuration: String,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    digest: PlanDigest,
    plan: &'a AccountPlan,
}

#[derive(Serialize)]
struct Tail {
    created_at: Timestamp,
    listing_complete: bool,
}

impl PlanWriter {
    /// Begins the plan of this run.
    pub(crate) fn create(
        path: &Path,
        head: &RunHead,
        connection: &Connection,
    ) -> Result<Self, Report> {
        let tenant_check = connection.external_id.check_code(&head.run);
        Self::start(path, head, [tenant_check, connection.settings.digest()])
    }

    /// Ends the plan; says how many accounts are in it. The first error in writing is told now.
    pub(crate) fn end(self, report: &RunReport) -> Result<usize, Report> {
        let tail = Tail {
            created_at: report.finished_at,
            listing_complete: report.status.listing_incomplete.is_none(),
        };
        let kept = self.stream.end(&tail).and_then(WholeFile::keep);
        kept.map_err(|error| unwritten(&self.path, error))?;
        Ok(self.accounts)
    }

    pub(super) fn start(
        path: &Path,
        head: &RunHead,
        [tenant_check, configuration]: [String; 2],
    ) -> Result<Self, Report> {
        let file = WholeFile::create(path, &head.run).map_err(|error| unwritten(path, error))?;
        let head = Head {
            plan_version: PLAN_VERSION,
            tool_version: env!("CARGO_PKG_VERSION"),
            run: &head.run,
            organization: &head.organization.id,
            caller: head.organization.caller,
            tenant_check,
            configuration,
        };
        let stream = ObjectStream::of_object(file, &head, "accounts");
        Ok(Self { path: path.to_owned(), stream, accounts: 0 })
    }
}

impl RecordSink for PlanWriter {
    fn add(&mut self, record: &AccountRecord) {
        let Some(plan) = planned_writes(record) else { return };
        let entry = Entry { name: &record.name, digest: plan.digest(), plan };
        self.stream.field(&record.id.to_string(), &entry);
        self.accounts += 1;
    }
}

fn unwritten(path: &Path, error: io::Error) -> Report {
    let message = format!("the plan file {} cannot be written", path.display());
    Failure::caused(message, "check the path and its permissions", error).into()
}
