//! How a pass behaves when things go wrong, over the simulated organization, in virtual time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use digitalex_core::{AccountId, FleetStatus, Verdict};
use digitalex_engine::{
    Approval, CallErrorKind, Denial, Journal, JournalEntry, JournalError, Matcher, PassEvent,
};
use digitalex_tests::flaky::{Fault, Flaky};
use digitalex_tests::partial_listing::PartialListing;
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Outcome, Rig, Rollout};

const ROLE: &str = "digitalex-finops";

/// Applies with the given faults in every account; gives the outcome and what happened in `member`.
async fn apply_with(
    rig: &SimulatedPorts,
    member: AccountId,
    faults: Vec<Fault>,
    stale_reads: usize,
) -> (Outcome, Vec<&'static str>) {
    let flaky = Flaky::new(rig.write_access(), faults, stale_reads);
    let log = flaky.log();
    let rollout = Rollout::of_member(rig, ROLE, member);
    let outcome = rollout.apply_through(Arc::new(flaky), Approval::Everything).await;
    let log = log.lock().expect("not poisoned").iter().map(|(_, operation)| *operation).collect();
    (outcome, log)
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_should_be_followed_by_a_read_and_then_by_what_is_left() {
    let rig = SimulatedPorts::new(3);
    let member = rig.members()[0];
    for writes_before in 0..8 {
        let rig = SimulatedPorts::new(3);
        let mut faults = vec![Fault::None; writes_before];
        faults.push(Fault::AnswerLost);
        let (outcome, log) = apply_with(&rig, member, faults, 0).await;
        assert_eq!(
            outcome.records[&member].verdict,
            Verdict::Converged,
            "{writes_before}: {log:?}"
        );
        assert_eq!(log[1 + writes_before + 1], "read", "{writes_before}: {log:?}");
        let writes = log.iter().filter(|operation| **operation != "read").count();
        assert_eq!(writes, 8, "nothing is written twice: {log:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_does_not_show_yet_should_not_be_created_again() {
    let rig = SimulatedPorts::new(3);
    let member = rig.members()[0];
    let faults = vec![Fault::None, Fault::Fails(CallErrorKind::NotFound)];
    let (outcome, log) = apply_with(&rig, member, faults, 3).await;
    assert_eq!(outcome.records[&member].verdict, Verdict::Converged, "{log:?}");
    assert_eq!(log.iter().filter(|operation| **operation == "CreateRole").count(), 1, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_not_there_should_be_named_as_the_cause_after_some_tries() {
    let rig = SimulatedPorts::new(3);
    let member = rig.members()[0];
    let not_there = Fault::Fails(CallErrorKind::NotFound);
    let faults = [vec![Fault::None], vec![not_there; 20]].concat();
    let (outcome, log) = apply_with(&rig, member, faults, 0).await;
    let record = &outcome.records[&member];
    assert_eq!(record.verdict, Verdict::Failed);
    assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some("not_found"), "{log:?}");
    assert_eq!(log.iter().filter(|operation| **operation != "read").count(), 1 + 4, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn stale_reads_after_a_write_should_not_cause_another_write() {
    let rig = SimulatedPorts::new(3);
    let member = rig.members()[0];
    let (outcome, log) = apply_with(&rig, member, vec![], 4).await;
    assert_eq!(outcome.records[&member].verdict, Verdict::Converged, "{log:?}");
    assert_eq!(log.iter().filter(|operation| **operation != "read").count(), 8, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_never_reads_as_wanted_should_be_failed_and_not_written_to_again() {
    let rig = SimulatedPorts::new(3);
    let member = rig.members()[0];
    let (outcome, log) = apply_with(&rig, member, vec![], 1_000).await;
    let record = &outcome.records[&member];
    assert_eq!(record.verdict, Verdict::Failed);
    assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some("not_verified"));
    assert_eq!(log.iter().filter(|operation| **operation != "read").count(), 8, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_killed_at_any_write_should_be_finished_by_the_next_one() {
    for killed_after in 0..=8 {
        let rig = SimulatedPorts::new(3);
        let member = rig.members()[0];
        let rollout = Rollout::of_member(&rig, ROLE, member);
        let desired = rollout.desired(member).await;
        let all = digitalex_tests::drift::as_wanted(&desired);
        rollout.put(member, &all[..killed_after]).await;
        let resumed = rollout.apply().await;
        let expected = if killed_after == 8 { Verdict::InSync } else { Verdict::Converged };
        assert_eq!(resumed.records[&member].verdict, expected);
        assert_eq!(resumed.writes(), 8 - killed_after as u64);
        assert!(!resumed.records[&member].adopted, "the tag came with CreateRole");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_write_should_fail_its_account_and_no_other() {
    let rig = SimulatedPorts::new(6);
    let members = rig.members();
    let mut rollout = Rollout::of_member(&rig, ROLE, members[0]);
    rollout.spec.include = members[1..].iter().copied().map(Matcher::Account).collect();
    assert_eq!(rollout.apply().await.status.count(Verdict::Converged), members.len() - 1);
    rollout.spec.include = members.iter().copied().map(Matcher::Account).collect();
    let denied = vec![Fault::Fails(CallErrorKind::Denied(Denial::ServiceControlPolicy))];
    let flaky = Arc::new(Flaky::new(rig.write_access(), denied, 0));
    let outcome = rollout.apply_through(flaky, Approval::Everything).await;
    assert_eq!(outcome.status.count(Verdict::Failed), 1);
    assert_eq!(outcome.status.count(Verdict::InSync), members.len() - 1);
    let cause = outcome.records[&members[0]].cause.as_ref().expect("a cause");
    assert_eq!(cause.code, "denied_by_scp");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_account_should_end_in_its_record() {
    let rig = SimulatedPorts::new(3);
    let member = rig.members()[0];
    let (outcome, _) = apply_with(&rig, member, vec![Fault::Panics], 0).await;
    assert_eq!(outcome.records[&member].verdict, Verdict::Failed);
    assert_eq!(outcome.status.total(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_iam_refuses_should_halt_the_rollout() {
    let rig = SimulatedPorts::new(30);
    let mut rollout = Rollout::of_member(&rig, ROLE, rig.members()[0]);
    rollout.spec.include = vec![];
    rollout.concurrency = 1;
    let flaky =
        Flaky::new(rig.write_access(), vec![Fault::Fails(CallErrorKind::MalformedPolicy)], 0);
    let log = flaky.log();
    let outcome = rollout.apply_through(Arc::new(flaky), Approval::Everything).await;
    assert_eq!(outcome.status.count(Verdict::Failed), 1);
    assert!(outcome.status.count(Verdict::NotVisited) > 0);
    assert_eq!(log.lock().expect("not poisoned").len(), 2, "one read and one write in all");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_should_be_told_in_every_account_that_is_left() {
    let rig = SimulatedPorts::new(30);
    let mut rollout = Rollout::of_member(&rig, ROLE, rig.members()[0]);
    rollout.spec.include = vec![];
    rollout.concurrency = 1;
    let expired = vec![Fault::Fails(CallErrorKind::ExpiredCredentials)];
    let flaky = Arc::new(Flaky::new(rig.write_access(), expired, 0));
    let outcome = rollout.apply_through(flaky, Approval::Everything).await;
    let left = outcome.records.values().filter(|record| record.verdict == Verdict::NotVisited);
    let mut count = 0;
    for record in left {
        let cause = record.cause.as_ref().expect("a cause");
        assert_eq!(cause.code, "credentials_expired");
        assert!(cause.remedy.as_ref().expect("a remedy").contains("sign in again"), "{cause:?}");
        count += 1;
    }
    assert_eq!(count, outcome.status.count(Verdict::NotVisited));
    assert!(count > 0, "{:?}", outcome.status);
}

#[tokio::test(start_paused = true)]
async fn nothing_should_be_written_without_a_journal() {
    struct Full;
    #[async_trait::async_trait]
    impl Journal for Full {
        async fn append(&self, _: &JournalEntry) -> Result<(), JournalError> {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            Err(JournalError { place: "journal.jsonl".to_owned(), source })
        }

        async fn check(&self) -> Result<(), JournalError> {
            Ok(())
        }
    }
    let rig = SimulatedPorts::new(3);
    let member = rig.members()[0];
    let mut rollout = Rollout::of_member(&rig, ROLE, member);
    rollout.journal = Arc::new(Full);
    let outcome = rollout.apply().await;
    assert_eq!(outcome.records[&member].cause.as_ref().map(|cause| cause.code), Some("journal"));
    assert_eq!(outcome.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_written_should_be_reported_though_the_journal_fails_then() {
    struct FullLater;
    #[async_trait::async_trait]
    impl Journal for FullLater {
        async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
            let JournalEntry::Outcome { .. } = entry else { return Ok(()) };
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            Err(JournalError { place: "journal.jsonl".to_owned(), source })
        }

        async fn check(&self) -> Result<(), JournalError> {
            Ok(())
        }
    }
    let rig = SimulatedPorts::new(30);
    let mut rollout = Rollout::of_member(&rig, ROLE, rig.members()[0]);
    rollout.spec.include = vec![];
    (rollout.concurrency, rollout.journal) = (1, Arc::new(FullLater));
    let outcome = rollout.apply().await;
    assert_eq!(outcome.status.count(Verdict::Converged), 1, "{:?}", outcome.status);
    assert_eq!(outcome.status.count(Verdict::Failed), 0, "{:?}", outcome.status);
    assert!(
        outcome.status.count(Verdict::NotVisited) > 0,
        "the pass is halted: {:?}",
        outcome.status
    );
}

#[tokio::test(start_paused = true)]
async fn a_stopped_pass_should_report_the_rest_as_not_visited() {
    let rig = SimulatedPorts::new(60);
    let mut rollout = Rollout::of_member(&rig, ROLE, rig.members()[0]);
    rollout.spec.include = vec![];
    rollout.concurrency = 1;
    let stop = rollout.stop.clone();
    let mut done = 0;
    let outcome = rollout
        .audit_watched(&mut |event| {
            if let PassEvent::Done(visit) = event {
                done += usize::from(visit.record.verdict == Verdict::Drifted);
                if done == 3 {
                    stop.cancel();
                }
            }
        })
        .await;
    assert!((3..=4).contains(&outcome.status.count(Verdict::Drifted)), "{:?}", outcome.status);
    assert!(outcome.status.count(Verdict::NotVisited) > 0, "{:?}", outcome.status);
    assert_eq!(outcome.status.total(), outcome.records.len());
}

#[tokio::test(start_paused = true)]
async fn only_what_was_approved_should_be_written() {
    let rig = SimulatedPorts::new(4);
    let members = rig.members();
    let mut rollout = Rollout::of_member(&rig, ROLE, members[0]);
    rollout.spec.include = members.iter().copied().map(Matcher::Account).collect();
    let audited = rollout.audit().await;
    let mut approved: BTreeMap<_, _> = audited
        .records
        .values()
        .filter_map(|record| record.plan.as_ref().map(|plan| (record.id, plan.digest())))
        .collect();
    approved.remove(&members[2]);
    // Between plan and apply, someone puts a bare role into the second account.
    let desired = rollout.desired(members[1]).await;
    rollout.put(members[1], &digitalex_tests::drift::as_wanted(&desired)[..1]).await;
    let outcome = rollout.apply_through(rig.write_access(), Approval::Only(approved)).await;
    assert_eq!(outcome.records[&members[0]].verdict, Verdict::Converged);
    for changed in [members[1], members[2]] {
        let record = &outcome.records[&changed];
        assert_eq!(record.verdict, Verdict::Held);
        assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some("plan_changed"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_partial_listing_should_never_be_taken_for_a_whole() {
    let rig = SimulatedPorts::new(30);
    let mut rollout = Rollout::of_member(&rig, ROLE, rig.members()[0]);
    rollout.spec.include = vec![];
    let organization = PartialListing {
        inner: rig.organization(),
        accounts_max: 7,
        left_out: None,
        breaks_off: true,
        described: true,
    };
    let outcome = rollout.audit_of(&organization, &mut |_| {}).await;
    let FleetStatus { listing_incomplete, .. } = &outcome.status;
    assert!(listing_incomplete.as_ref().is_some_and(|why| why.contains("ListAccounts")));
    assert_eq!(outcome.status.total(), 7, "those that were listed are still done");
}

#[tokio::test(start_paused = true)]
async fn accounts_should_be_visited_while_later_pages_are_still_listed() {
    let rig = SimulatedPorts::paced(400);
    let mut rollout = Rollout::of_member(&rig, ROLE, rig.members()[0]);
    rollout.spec.include = vec![];
    let mut visited_before_the_last_page = 0;
    let mut listed_all = false;
    rollout
        .audit_watched(&mut |event| match event {
            PassEvent::Listed(_) => {}
            PassEvent::ListingEnded { .. } => listed_all = true,
            PassEvent::Done(_) => visited_before_the_last_page += usize::from(!listed_all),
        })
        .await;
    assert!(visited_before_the_last_page > 100, "only {visited_before_the_last_page}");
    assert!(rig.caller().clock().monotonic() < Duration::from_secs(10));
}
