//! What one run over the organization gave, and the exit code that it deserves.

use std::collections::BTreeMap;
use std::time::Duration;

use digitalex_core::{AccountPlan, AccountRecord, FleetStatus, Verdict};
use digitalex_engine::{CallCounts, Floor, OrganizationInfo};
use jiff::Timestamp;

use crate::exit::Exit;

/// The command that a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Audit,
    Plan,
    Apply,
}

/// What is known of a run when it begins.
#[derive(Debug, Clone)]
pub(crate) struct RunHead {
    pub(crate) action: Action,
    /// The run's id, as in the session names that CloudTrail shows.
    pub(crate) run: String,
    pub(crate) organization: OrganizationInfo,
    /// A digest of the configuration, the tenant id left out.
    pub(crate) config_digest: String,
    /// The admin role that is tried first.
    pub(crate) admin_role: String,
    /// The paths of names of roots and OUs by id, where they were read.
    pub(crate) units: BTreeMap<String, String>,
    pub(crate) started_at: Timestamp,
}

/// What one run over the organization gave. The records of the accounts are not kept: each goes to
/// the run's sinks when its account is done.
#[derive(Debug, Clone)]
pub(crate) struct RunReport {
    pub(crate) head: RunHead,
    pub(crate) finished_at: Timestamp,
    pub(crate) status: FleetStatus,
    pub(crate) calls: CallCounts,
    pub(crate) pace: Pace,
    /// The exit code, as documented in the help.
    pub(crate) exit: Exit,
}

/// How fast a run went, beside how fast AWS's limits let it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace {
    pub(crate) floor: Floor,
    /// What going over the accounts took.
    pub(crate) elapsed: Duration,
    pub(crate) throttled: CallCounts,
}

/// Takes the record of each account, in the order in which they are done. What goes wrong in a sink
/// must not stop a pass that writes: it is kept, and told when the pass is over.
pub(crate) trait RecordSink: Send {
    /// Takes one record.
    fn add(&mut self, record: &AccountRecord);
}

/// The gravest exit code of the accounts so far.
pub(crate) struct ExitFold {
    action: Action,
    gravest: Exit,
}

impl Action {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Plan => "plan",
            Self::Apply => "apply",
        }
    }
}

impl ExitFold {
    pub(crate) fn new(action: Action) -> Self {
        Self { action, gravest: Exit::Done }
    }

    /// The exit code of the whole run.
    pub(crate) fn end(self, status: &FleetStatus) -> Exit {
        match status.listing_incomplete {
            Some(_) => self.gravest.max(Exit::Incomplete),
            None => self.gravest,
        }
    }
}

impl RecordSink for ExitFold {
    fn add(&mut self, record: &AccountRecord) {
        self.gravest = self.gravest.max(account_exit(self.action, record));
    }
}

/// The writes that a person can approve, where there are any.
pub(crate) fn planned_writes(record: &AccountRecord) -> Option<&AccountPlan> {
    let drifted = record.verdict == Verdict::Drifted;
    record.plan.as_ref().filter(|plan| drifted && !plan.is_empty())
}

/// What one account alone would give. An account that is held was read, unless there is nothing to
/// say of its role.
fn account_exit(action: Action, record: &AccountRecord) -> Exit {
    match (record.verdict, action) {
        (Verdict::InSync | Verdict::Converged | Verdict::Skipped, _) => Exit::Done,
        (Verdict::Unreachable | Verdict::NotVisited | Verdict::Failed, _)
        | (Verdict::Drifted | Verdict::Held, Action::Apply) => Exit::Incomplete,
        (Verdict::Drifted | Verdict::Held, _) if record.plan.is_some() => Exit::Drift,
        (Verdict::Drifted | Verdict::Held, _) => Exit::Incomplete,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What is known of a run when it begins.
    pub(crate) fn head(action: Action) -> RunHead {
        let management = "111122223333".parse().expect("an id");
        RunHead {
            action,
            run: "20261123T200000Z-abcdef".to_owned(),
            organization: OrganizationInfo {
                id: "o-exampleorg".to_owned(),
                management_account: management,
                caller: management,
                caller_arn: "arn:aws:iam::111122223333:user/finops".to_owned(),
                partition: digitalex_core::Partition::Aws,
            },
            config_digest: "0123456789abcdef".to_owned(),
            admin_role: "OrganizationAccountAccessRole".to_owned(),
            units: BTreeMap::new(),
            started_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// The report of a run with these records.
    pub(crate) fn report(action: Action, accounts: &[AccountRecord]) -> RunReport {
        let (mut status, mut exit) = (FleetStatus::default(), ExitFold::new(action));
        for record in accounts {
            status.add(record);
            exit.add(record);
        }
        RunReport {
            head: head(action),
            finished_at: Timestamp::UNIX_EPOCH,
            exit: exit.end(&status),
            status,
            calls: CallCounts::default(),
            pace: Pace::default(),
        }
    }

    /// The record of an account that was not read.
    pub(crate) fn record(number: u64, verdict: Verdict) -> AccountRecord {
        AccountRecord {
            id: digitalex_core::AccountId::from_number(number).expect("an id"),
            name: format!("account {number}"),
            unit: None,
            verdict,
            profile: None,
            identity: None,
            access_key: None,
            adopted: false,
            effect: None,
            differences: digitalex_core::IdentityDiff::default(),
            plan: None,
            violations: Vec::new(),
            cause: None,
        }
    }

    #[test]
    fn exit_should_be_the_gravest_of_all_accounts() {
        use Verdict::{Converged, Drifted, Failed, Held, InSync, NotVisited, Skipped, Unreachable};
        let cases: [(Action, &[Verdict], Exit); 11] = [
            (Action::Audit, &[], Exit::Done),
            (Action::Audit, &[InSync, Skipped], Exit::Done),
            (Action::Apply, &[InSync, Converged, Skipped], Exit::Done),
            (Action::Audit, &[InSync, Unreachable], Exit::Incomplete),
            (Action::Audit, &[NotVisited], Exit::Incomplete),
            (Action::Plan, &[Failed], Exit::Incomplete),
            (Action::Audit, &[Held], Exit::Incomplete),
            (Action::Apply, &[Converged, Held], Exit::Incomplete),
            (Action::Apply, &[Drifted], Exit::Incomplete),
            (Action::Apply, &[Failed], Exit::Incomplete),
            (Action::Apply, &[Converged, Unreachable], Exit::Incomplete),
        ];
        for (action, verdicts, exit) in cases {
            let records = (1..).zip(verdicts).map(|(number, verdict)| record(number, *verdict));
            let mut records: Vec<_> = records.collect();
            assert_eq!(report(action, &records).exit, exit, "{action:?} {verdicts:?}");
            records.reverse();
            assert_eq!(report(action, &records).exit, exit, "{action:?} {verdicts:?} reversed");
        }
    }

    #[test]
    fn exit_should_be_incomplete_where_the_listing_is() {
        let mut exit = ExitFold::new(Action::Audit);
        exit.add(&record(1, Verdict::InSync));
        let status = FleetStatus {
            listing_incomplete: Some("ListAccounts: throttled".to_owned()),
            ..FleetStatus::default()
        };
        assert_eq!(exit.end(&status), Exit::Incomplete);
    }
}
