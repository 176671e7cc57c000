//! The causes of a report, and what helps.

use digitalex_core::{AccountRecord, Cause, Verdict};

use super::sample::report_of;
use crate::run_report::tests::record;

#[test]
fn remedy_of_a_cause_should_be_that_of_most_accounts_in_whatever_order_they_are_done() {
    let caused = |number, remedy: &str| {
        let cause = Cause {
            code: "denied_by_scp",
            message: "denied".to_owned(),
            remedy: Some(remedy.to_owned()),
        };
        AccountRecord { cause: Some(cause), ..record(number, Verdict::Failed) }
    };
    let mut records =
        vec![caused(1, "see to p-b"), caused(2, "see to p-a"), caused(3, "see to p-a")];
    for _ in 0..records.len() {
        records.rotate_left(1);
        let causes = report_of(&records, None).causes;
        let remedy = causes[0].remedy.as_deref();
        assert_eq!(remedy, Some("see to p-a (of 2; each of the others says what helps it)"));
    }
    let causes = report_of(&records[..1], None).causes;
    assert!(causes[0].remedy.as_deref().is_some_and(|remedy| !remedy.contains('(')));
}
