//! The plan file: what a person looks at and approves. Each account's plan is bound by its digest, so
//! that an apply does exactly what stands here or leaves the account alone.

mod write;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;

use digitalex_core::{AccountId, PlanDigest};
use digitalex_engine::{Approval, OrganizationInfo};
use miette::Report;
use serde::Deserialize;
use serde::de::IgnoredAny;

pub(crate) use self::write::PlanWriter;
use crate::connection::Connection;
use crate::exit::Failure;

/// The version of the file's shape.
const PLAN_VERSION: u32 = 1;

/// A plan file, as far as an apply needs it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanFile {
    plan_version: u32,
    tool_version: String,
    /// The run that planned; also the salt of the tenant's check code.
    run: String,
    organization: String,
    caller: AccountId,
    /// Tells a mixed-up tenant without telling which tenant it is.
    tenant_check: String,
    /// A digest of the configuration, the tenant id left out.
    configuration: String,
    accounts: BTreeMap<AccountId, PlannedAccount>,
    #[serde(rename = "created_at")]
    _created_at: IgnoredAny,
    listing_complete: bool,
}

/// What is to be done in one account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedAccount {
    #[serde(rename = "name")]
    _name: IgnoredAny,
    digest: PlanDigest,
    /// For a person to read; the digest speaks for it.
    #[serde(rename = "plan")]
    _plan: IgnoredAny,
}

/// The version of a plan file, whatever else is in it.
#[derive(Deserialize)]
struct Versions {
    plan_version: u32,
    tool_version: String,
}

impl PlanFile {
    /// Reads a plan file of this version of the program.
    pub(crate) fn read(path: &Path) -> Result<Self, Report> {
        let file = File::open(path).map_err(|error| unreadable(path, error))?;
        let plan: Self = serde_json::from_reader(BufReader::new(&file))
            .map_err(|error| misread(path, &file, error))?;
        own_version(path, plan.plan_version, &plan.tool_version)?;
        Ok(plan)
    }

    /// What a person should know who applies the file here; no reason to refuse it.
    pub(crate) fn remarks(&self, info: &OrganizationInfo) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.listing_complete {
            remarks.push(
                "the plan was made over a list of accounts that was not whole: accounts that were \
                 not listed then are not in it"
                    .to_owned(),
            );
        }
        if self.caller != info.caller {
            remarks.push(format!(
                "the plan was made from account {}; this run is called from account {}",
                self.caller, info.caller
            ));
        }
        remarks
    }

    /// What the file approves, if it was made for this organization, tenant and configuration.
    pub(crate) fn approval(self, connection: &Connection) -> Result<Approval, Report> {
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
        let digests = self.accounts.into_iter().map(|(id, account)| (id, account.digest));
        Ok(Approval::Only(digests.collect()))
    }
}

fn own_version(path: &Path, plan_version: u32, tool_version: &str) -> Result<(), Failure> {
    let own = env!("CARGO_PKG_VERSION");
    if (plan_version, tool_version) == (PLAN_VERSION, own) {
        return Ok(());
    }
    let shown = path.display();
    let message =
        format!("{shown} was written by version {tool_version} of this program; this is {own}");
    Err(Failure::new(message, "plan again with this version"))
}

/// Why the file was not understood.
fn misread(path: &Path, mut file: &File, error: serde_json::Error) -> Failure {
    if error.is_io() {
        return unreadable(path, error);
    }
    // The file of another version may have another shape.
    let versions = file
        .rewind()
        .ok()
        .and_then(|()| serde_json::from_reader::<_, Versions>(BufReader::new(file)).ok());
    let other = versions.and_then(|Versions { plan_version, tool_version }| {
        own_version(path, plan_version, &tool_version).err()
    });
    other.unwrap_or_else(|| {
        let next_step = "plan again, and apply the file as it was written";
        Failure::caused(format!("{} is not a plan file", path.display()), next_step, error)
    })
}

fn unreadable(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    let next_step = "give the file that `digitalex-rollout plan --out FILE` wrote";
    Failure::caused(format!("the plan file {} cannot be read", path.display()), next_step, error)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use digitalex_core::{AccountPlan, AccountRecord, IdentityKind, Observation, Step, Verdict};

    use super::*;
    use crate::run_report::tests::{head, record, report};
    use crate::run_report::{Action, RecordSink};

    fn drifted(number: u64, steps: Vec<Step>) -> AccountRecord {
        let record = record(number, Verdict::Drifted);
        let role = format!("arn:aws:iam::{}:role/digitalex-finops", record.id);
        let plan = AccountPlan {
            account: record.id,
            identity: role.parse().expect("an ARN"),
            observation: Observation::Absent.fingerprint(),
            adopts: false,
            steps,
            holds: Vec::new(),
        };
        AccountRecord { plan: Some(plan), ..record }
    }

    /// Writes a plan of these records; says how many it holds.
    fn written(path: &Path, records: &[AccountRecord], listing_incomplete: Option<&str>) -> usize {
        let secrets = ["check".to_owned(), "digest".to_owned()];
        let mut plan = PlanWriter::start(path, &head(Action::Plan), secrets).expect("a file");
        records.iter().for_each(|record| plan.add(record));
        let mut report = report(Action::Plan, records);
        report.status.listing_incomplete = listing_incomplete.map(str::to_owned);
        plan.end(&report).expect("a plan")
    }

    fn path(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("plan.json")
    }

    #[test]
    fn plan_should_be_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path(&folder);
        let step = || vec![Step::DeletePermissionsBoundary { on: IdentityKind::Role }];
        let planned = [drifted(9, step()), drifted(2, step())];
        let rest = [drifted(3, Vec::new()), record(4, Verdict::InSync)];
        let count = written(&path, &[&planned[..], &rest].concat(), None);
        assert_eq!(count, 2);
        let read = PlanFile::read(&path).expect("a plan");
        assert_eq!(read.accounts.len(), 2);
        for record in &planned {
            let digest = record.plan.as_ref().map(AccountPlan::digest);
            assert_eq!(read.accounts.get(&record.id).map(|read| read.digest.clone()), digest);
        }
        let info = head(Action::Apply).organization;
        assert_eq!((&read.organization, read.caller), (&info.id, info.caller));
        assert_eq!([&read.tenant_check, &read.configuration], ["check", "digest"]);
        assert!(read.remarks(&info).is_empty());
    }

    #[test]
    fn plan_of_another_version_should_be_told_whatever_its_shape() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path(&folder);
        std::fs::write(&path, r#"{"plan_version":2,"tool_version":"9.0.0","news":[]}"#)
            .expect("a file");
        let error = PlanFile::read(&path).expect_err("another shape");
        assert!(error.to_string().contains("was written by version 9.0.0"), "{error}");
    }

    #[test]
    fn plan_over_a_partial_list_or_by_another_caller_should_be_remarked_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path(&folder);
        written(&path, &[], Some("ListAccounts: throttled"));
        let mut info = head(Action::Apply).organization;
        info.caller = "444455556666".parse().expect("an id");
        let remarks = PlanFile::read(&path).expect("a plan").remarks(&info);
        assert_eq!(remarks.len(), 2, "{remarks:?}");
        assert!(remarks[0].contains("not whole"), "{remarks:?}");
        assert!(remarks[1].contains("444455556666"), "{remarks:?}");
    }

    #[test]
    fn plan_that_is_given_up_should_leave_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = ["check".to_owned(), "digest".to_owned()];
        let mut plan =
            PlanWriter::start(&path(&folder), &head(Action::Plan), secrets).expect("a file");
        plan.add(&drifted(1, vec![Step::DeletePermissionsBoundary { on: IdentityKind::Role }]));
        drop(plan);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
