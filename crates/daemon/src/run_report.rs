//! What one run over the organization gave, and the exit code that it deserves.

use digitalex_core::{AccountRecord, FleetStatus, Verdict};
use digitalex_engine::{CallCounts, OrganizationInfo};
use jiff::Timestamp;

use crate::exit::Exit;

/// The command that a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Audit,
    Plan,
    Apply,
}

/// What one run over the organization gave.
#[derive(Debug, Clone)]
pub(crate) struct RunReport {
    pub(crate) action: Action,
    /// The run's id, as in the session names that CloudTrail shows.
    pub(crate) run: String,
    pub(crate) organization: OrganizationInfo,
    pub(crate) started_at: Timestamp,
    pub(crate) finished_at: Timestamp,
    pub(crate) status: FleetStatus,
    pub(crate) calls: CallCounts,
    /// Every listed account, by id.
    pub(crate) accounts: Vec<AccountRecord>,
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

impl RunReport {
    /// The exit code, as documented in the help.
    pub(crate) fn exit(&self) -> Exit {
        let exits = self.accounts.iter().map(|record| account_exit(self.action, record));
        let listing = match self.status.listing_incomplete {
            Some(_) => Exit::Incomplete,
            None => Exit::Done,
        };
        exits.chain([listing]).max().unwrap_or(Exit::Done)
    }
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

    /// A report of accounts with these records.
    pub(crate) fn report(action: Action, accounts: Vec<AccountRecord>) -> RunReport {
        let mut status = FleetStatus::default();
        accounts.iter().for_each(|record| status.add(record));
        let management = "111122223333".parse().expect("an id");
        RunReport {
            action,
            run: "20261123T200000Z-abcdef".to_owned(),
            organization: OrganizationInfo {
                id: "o-exampleorg".to_owned(),
                management_account: management,
                caller: management,
                caller_arn: "arn:aws:iam::111122223333:user/finops".to_owned(),
                partition: digitalex_core::Partition::Aws,
            },
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            status,
            calls: CallCounts::default(),
            accounts,
        }
    }

    /// The record of an account that was not read.
    pub(crate) fn record(number: u64, verdict: Verdict) -> AccountRecord {
        AccountRecord {
            id: digitalex_core::AccountId::from_number(number).expect("an id"),
            name: format!("account {number}"),
            verdict,
            profile: None,
            role: None,
            adopted: false,
            effect: None,
            differences: digitalex_core::RoleDiff::default(),
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
            assert_eq!(report(action, records.collect()).exit(), exit, "{action:?} {verdicts:?}");
        }
    }

    #[test]
    fn exit_should_be_incomplete_where_the_listing_is() {
        let mut report = report(Action::Audit, vec![record(1, Verdict::InSync)]);
        report.status.listing_incomplete = Some("ListAccounts: throttled".to_owned());
        assert_eq!(report.exit(), Exit::Incomplete);
    }
}
