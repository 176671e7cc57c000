//! The plan file: what a person looks at and approves. Each account's plan is bound by its digest, so
//! that an apply does exactly what stands here or leaves the account alone.

use std::collections::BTreeMap;
use std::path::Path;

use digitalex_core::{AccountId, PlanDigest, Verdict};
use digitalex_engine::Approval;
use jiff::Timestamp;
use miette::Report;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::connection::Connection;
use crate::exit::Failure;
use crate::run_report::RunReport;

/// The version of the file's shape.
const PLAN_VERSION: u32 = 1;

/// A plan file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanFile {
    plan_version: u32,
    tool_version: String,
    /// The run that planned; also the salt of the tenant's check code.
    run: String,
    created_at: Timestamp,
    organization: String,
    caller: AccountId,
    /// Tells a mixed-up tenant without telling which tenant it is.
    tenant_check: String,
    /// A digest of the configuration, the tenant id left out.
    configuration: String,
    listing_complete: bool,
    accounts: BTreeMap<AccountId, PlannedAccount>,
}

/// What is to be done in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedAccount {
    name: String,
    digest: PlanDigest,
    /// The plan, to read; external ids are hidden in it.
    plan: Value,
}

/// The version of a plan file, whatever else is in it.
#[derive(Deserialize)]
struct Versions {
    plan_version: u32,
    tool_version: String,
}

impl PlanFile {
    /// What the report's drifted accounts need.
    pub(crate) fn new(report: &RunReport, connection: &Connection) -> Result<Self, Report> {
        let planned = |record: &digitalex_core::AccountRecord| {
            let plan = record
                .plan
                .as_ref()
                .filter(|plan| record.verdict == Verdict::Drifted && !plan.is_empty())?;
            let name = record.name.clone();
            Some(serde_json::to_value(plan).map(|value| {
                (record.id, PlannedAccount { name, digest: plan.digest(), plan: value })
            }))
        };
        let accounts = report.accounts.iter().filter_map(planned);
        Ok(Self {
            plan_version: PLAN_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            run: report.run.clone(),
            created_at: report.finished_at,
            organization: report.organization.id.clone(),
            caller: report.organization.caller,
            tenant_check: connection.external_id.check_code(&report.run),
            configuration: connection.settings.digest(),
            listing_complete: report.status.listing_incomplete.is_none(),
            accounts: accounts.collect::<Result<_, _>>().map_err(|error| {
                Failure::caused("the plan could not be written", "report this", error)
            })?,
        })
    }

    /// Reads a plan file of this version of the program.
    pub(crate) fn read(path: &Path) -> Result<Self, Report> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let next_step = "give the file that `digitalex-rollout plan --out FILE` wrote";
            Failure::caused(format!("the plan file {shown} cannot be read"), next_step, error)
        })?;
        let broken = |error: serde_json::Error| {
            let next_step = "plan again, and apply the file as it was written";
            Failure::caused(format!("{shown} is not a plan file"), next_step, error)
        };
        let versions: Versions = serde_json::from_str(&text).map_err(broken)?;
        let own = (PLAN_VERSION, env!("CARGO_PKG_VERSION"));
        if (versions.plan_version, versions.tool_version.as_str()) != own {
            let message = format!(
                "{shown} was written by version {} of this program; this is {}",
                versions.tool_version, own.1
            );
            return Err(Failure::new(message, "plan again with this version").into());
        }
        Ok(serde_json::from_str(&text).map_err(broken)?)
    }

    /// Writes the file.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Report> {
        let unwritten = |error: Box<dyn std::error::Error + Send + Sync>| {
            let message = format!("the plan file {} cannot be written", path.display());
            Failure::caused(message, "check the path and its permissions", error)
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| unwritten(error.into()))?;
        std::fs::write(path, text + "\n").map_err(|error| unwritten(error.into()))?;
        Ok(())
    }

    /// How many accounts it changes.
    pub(crate) fn len(&self) -> usize {
        self.accounts.len()
    }

    /// What the file approves, if it was made for this organization, tenant and configuration.
    pub(crate) fn approval(&self, connection: &Connection) -> Result<Approval, Report> {
        let refused = |message: String, next_step: &str| {
            Err(Failure::new(format!("nothing was done: {message}"), next_step).into())
        };
        let found = &connection.info.id;
        if self.organization != *found {
            return refused(
                format!("the plan is for organization {}, and this is {found}", self.organization),
                "use the credentials of the organization that was planned for, or plan again",
            );
        }
        if self.tenant_check != connection.external_id.check_code(&self.run) {
            return refused(
                "the plan was made with another DigitalEx tenant id".to_owned(),
                "set the tenant id that was planned with, or plan again",
            );
        }
        if self.configuration != connection.settings.digest() {
            return refused(
                "the configuration is not the one that was planned with".to_owned(),
                "apply with the same configuration file, variables and flags, or plan again",
            );
        }
        let digests = self.accounts.iter().map(|(id, account)| (*id, account.digest.clone()));
        Ok(Approval::Only(digests.collect()))
    }
}
