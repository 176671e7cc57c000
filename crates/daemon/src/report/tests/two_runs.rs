//! Two runs compared.

use digitalex_core::{AccountRecord, Difference, Verdict};
use serde_json::json;

use super::sample::report_of;
use crate::report::compare::Comparison;
use crate::run_report::tests::record;

fn differing(number: u64, difference: Difference) -> AccountRecord {
    let differences = [difference].into_iter().collect();
    AccountRecord { differences, ..record(number, Verdict::Drifted) }
}

#[test]
fn comparison_should_say_what_became_of_each_account() {
    let old = [
        record(1, Verdict::InSync),
        record(2, Verdict::InSync),
        differing(3, Difference::RoleMissing),
        differing(4, Difference::RoleMissing),
        record(5, Verdict::InSync),
        record(6, Verdict::InSync),
        differing(7, Difference::RoleMissing),
        record(8, Verdict::Unreachable),
    ];
    let new = [
        record(1, Verdict::InSync),
        differing(2, Difference::RoleMissing),
        record(3, Verdict::Converged),
        differing(4, Difference::UserMissing),
        record(5, Verdict::Unreachable),
        differing(7, Difference::RoleMissing),
        differing(8, Difference::RoleMissing),
        record(9, Verdict::InSync),
    ];
    let (old, new) = (report_of(&old, None), report_of(&new, None));
    let comparison = serde_json::to_value(Comparison::of(&old, &new)).unwrap();
    let changes = comparison["changes"].as_object().unwrap();
    let ids: std::collections::BTreeMap<_, Vec<_>> = changes
        .iter()
        .map(|(change, accounts)| {
            let accounts = accounts.as_array().unwrap().iter();
            (change.as_str(), accounts.map(|account| account["id"].clone()).collect())
        })
        .collect();
    assert_eq!(
        json!(ids),
        json!({
            "drifted": ["000000000002"],
            "corrected": ["000000000003"],
            "drifted_otherwise": ["000000000004"],
            "lost": ["000000000005"],
            "left": ["000000000006"],
            "reached": ["000000000008"],
            "joined": ["000000000009"],
        })
    );
    assert_eq!(comparison["unchanged"], 2);
}

#[test]
fn report_should_not_differ_from_itself() {
    let report = report_of(&[differing(1, Difference::RoleMissing)], None);
    assert!(Comparison::of(&report, &report).is_empty());
}

#[test]
fn comparison_should_say_where_a_list_is_not_whole() {
    let whole = report_of(&[record(1, Verdict::InSync)], None);
    let partial = report_of(&[], Some("throttled"));
    let text = Comparison::of(&whole, &partial).render();
    assert!(text.contains("not whole") && text.contains("left (1)"), "{text}");
}
