//! A small report with an account of each kind.

use std::collections::BTreeMap;

use digitalex_core::{
    AccountRecord, Cause, Difference, Effect, IdentityDiff, ManagedPolicyArn, Verdict,
};
use digitalex_engine::CallCounts;

use crate::report::collect::Collector;
use crate::report::{Format, Report};
use crate::run_report::tests::{head, record, report as run};
use crate::run_report::{Action, RecordSink};

/// Of these records.
pub(super) fn report_of(records: &[AccountRecord], incomplete: Option<&str>) -> Report {
    let mut head = head(Action::Audit);
    head.units = BTreeMap::from([("ou-ab12-prod".to_owned(), "Root / Prod".to_owned())]);
    let mut collector = Collector::start(&head);
    records.iter().for_each(|record| collector.add(record));
    let mut run = run(Action::Audit, records);
    run.head = head;
    run.status.listing_incomplete = incomplete.map(str::to_owned);
    run.calls = CallCounts(BTreeMap::from([("AssumeRole", 4), ("GetRole", 3)]));
    collector.end(&run).unwrap()
}

/// One of each kind, with a name that no format may take for its own.
pub(super) fn sample() -> Report {
    report_of(&records("=cmd|' /C calc'!A0"), None)
}

pub(super) fn records(name: &str) -> Vec<AccountRecord> {
    let arn: ManagedPolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess".parse().unwrap();
    let widened = Difference::ManagedExtra { arn };
    let in_sync = AccountRecord {
        unit: Some("ou-ab12-prod".to_owned()),
        profile: Some("member".to_owned()),
        ..record(1, Verdict::InSync)
    };
    let drifted = AccountRecord {
        name: name.to_owned(),
        unit: Some("ou-ab12-prod".to_owned()),
        effect: Some(Effect::Widens),
        differences: [widened, Difference::RoleMissing].into_iter().collect::<IdentityDiff>(),
        ..record(2, Verdict::Drifted)
    };
    let unreachable = caused(3, Verdict::Unreachable, "admin_role_missing", name);
    let skipped = caused(4, Verdict::Skipped, "excluded", "left out");
    vec![in_sync, drifted, unreachable, skipped]
}

fn caused(number: u64, verdict: Verdict, code: &'static str, message: &str) -> AccountRecord {
    let remedy = Some(format!("see to account {number:012}"));
    let cause = Some(Cause { code, message: message.to_owned(), remedy });
    AccountRecord { cause, ..record(number, verdict) }
}

pub(super) fn rendered(format: Format, report: &Report) -> String {
    let mut bytes = Vec::new();
    format.write(report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}
