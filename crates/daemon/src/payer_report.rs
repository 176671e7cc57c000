//! The payer's Cost and Usage Report: which one is handed over, or why none.

use digitalex_core::{AccountId, BucketName};
use digitalex_engine::{
    CallError, CallErrorKind, Choice, CostReports, NotChosen, ReportDefinition, choose,
};
use serde::Serialize;

use crate::connection::Connection;
use crate::interrupt::Stop;
use crate::output::{safe, tell};

/// What of the payer's Cost and Usage Reports is handed over.
pub(crate) enum PayerReport {
    /// One of them.
    Chosen(ChosenReport),
    /// None: why, and the next step.
    Missing(String),
}

/// The report that is handed over.
#[derive(Debug, Serialize)]
pub(crate) struct ChosenReport {
    pub(crate) payer_account: AccountId,
    name: String,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    region: String,
    why: String,
    /// What else to know, for people.
    #[serde(skip)]
    remarks: Vec<String>,
}

/// Where the report can be looked up by hand.
const BY_HAND: &str = "look the report up in the management account's Billing console";

impl PayerReport {
    /// Reads the payer's reports, where the caller can, and chooses one. Whatever goes wrong, the accounts
    /// are handed over without it.
    pub(crate) async fn find(connection: &Connection, stop: &Stop) -> Self {
        tokio::select! {
            biased;
            found = read(connection) => found,
            () = stop.requested() => Self::Missing("the run was stopped: run again".to_owned()),
        }
    }

    /// Says it to the person at the terminal, since a sheet has no room for the reason, nor for a report
    /// whose account is left out.
    pub(crate) fn tell(&self) {
        match self {
            Self::Chosen(chosen) => {
                let ChosenReport { payer_account, name, bucket, prefix, region, why, .. } = chosen;
                tell(&safe(&format!(
                    "Cost and Usage Report of the payer {payer_account}: {name}, bucket {bucket} \
                     in {region}, report path prefix {prefix:?}; {why}"
                )));
                chosen.remarks.iter().for_each(|remark| tell(&safe(remark)));
            }
            Self::Missing(why) => {
                tell(&safe(&format!("no Cost and Usage Report is handed over: {why}")));
            }
        }
    }
}

async fn read(connection: &Connection) -> PayerReport {
    let info = &connection.info;
    let Some(reports) = connection.aws.cost_reports(info) else {
        return PayerReport::Missing(
            "accounts of GovCloud are billed through an account outside of it: look the report up \
             in that account's Billing console"
                .to_owned(),
        );
    };
    if info.caller != info.management_account {
        return PayerReport::Missing(format!(
            "the program runs in account {}, and the payer's reports show in the management account \
             {} alone: run `export` with credentials of that one, or {BY_HAND}",
            info.caller, info.management_account
        ));
    }
    match reports.definitions().await {
        Ok(definitions) => {
            let bucket = connection.settings.bucket.as_ref();
            decided(info.management_account, choose(&definitions), bucket)
        }
        Err(error) => PayerReport::Missing(unreadable(&error)),
    }
}

fn unreadable(error: &CallError) -> String {
    let next_step = match (&error.kind, error.remedy()) {
        (CallErrorKind::Denied(_), _) => {
            "allow cur:DescribeReportDefinitions to whom the program runs as (deploy/hub-role)"
        }
        (CallErrorKind::InvalidRequest, _) | (_, "") => "run again later",
        (_, remedy) => remedy,
    };
    format!("{error}; {next_step}, or {BY_HAND}")
}

fn decided(payer_account: AccountId, choice: Choice, bucket: Option<&BucketName>) -> PayerReport {
    let Some(report) = choice.chosen else {
        return PayerReport::Missing(format!(
            "{}; make one in the management account's Billing console (Data Exports, Legacy CUR \
             export): daily or hourly, text/csv, GZIP, overwriting",
            choice.why
        ));
    };
    let others = choice.others.iter().map(other);
    let remarks = others.chain(doubts(&report)).chain(other_bucket(&report, bucket)).collect();
    let ReportDefinition { name, bucket, prefix, region, .. } = report;
    let why = choice.why;
    PayerReport::Chosen(ChosenReport { payer_account, name, bucket, prefix, region, why, remarks })
}

fn other(NotChosen { name, why }: &NotChosen) -> String {
    format!("report {name} is not handed over: {why}")
}

/// In what the report is not as DigitalEx asks for it.
fn doubts(report: &ReportDefinition) -> impl Iterator<Item = String> {
    let ReportDefinition { name, compression, versioning, last_status, .. } = report;
    let compressed = (compression != "GZIP")
        .then(|| format!("report {name} is {compression}: DigitalEx asks for GZIP"));
    let versioned = versioning.as_ref().filter(|it| *it != "OVERWRITE_REPORT");
    let versioned = versioned
        .map(|it| format!("report {name} is {it}: DigitalEx asks for one that is overwritten"));
    let failed = last_status.as_ref().filter(|it| *it != "SUCCESS");
    let failed = failed.map(|it| {
        format!("the last delivery of report {name} failed ({it}): see to its bucket's policy")
    });
    [compressed, versioned, failed].into_iter().flatten()
}

/// What the DigitalEx role may read is the configured bucket.
fn other_bucket(report: &ReportDefinition, configured: Option<&BucketName>) -> Option<String> {
    let configured = configured.filter(|it| it.to_string() != report.bucket)?;
    let ReportDefinition { name, bucket, .. } = report;
    Some(format!(
        "report {name} is delivered to bucket {bucket}, but the configured bucket is {configured}, \
         which is all that DigitalEx may read: set bucket = \"{bucket}\" and apply, or hand over the \
         report of {configured} by hand"
    ))
}
