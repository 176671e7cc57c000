//! The warm start: a pass begins with the accounts of the last listing, and ends with those of the fresh
//! one.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::time::Duration;

use digitalex_core::{AccountId, Verdict};
use digitalex_engine::{Account, AccountDetail, AccountState, Approval, PassEvent};
use digitalex_sim::SandboxOptions;
use digitalex_sim::generate::Fleet;
use digitalex_tests::partial_listing::PartialListing;
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Outcome, Rig, Rollout};
use futures::StreamExt;

fn rig(accounts: usize) -> SimulatedPorts {
    let latency = Duration::from_millis(50);
    let options = SandboxOptions { latency, enforce_limits: true, ..SandboxOptions::default() };
    SimulatedPorts::limited(accounts, Fleet::InSync, options)
}

/// What the last run listed.
async fn listed(rig: &SimulatedPorts) -> Vec<Account> {
    let organization = rig.organization();
    let accounts = organization.accounts(AccountDetail::default());
    let accounts = accounts.map(|account| account.expect("listed")).collect().await;
    rig.caller().clock().sleep(Duration::from_secs(10)).await;
    accounts
}

fn calls(rig: &SimulatedPorts, operation: &str) -> u64 {
    rig.sandbox().with_world(|world| world.calls().arrived.get(operation).copied()).unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn known_accounts_should_be_visited_before_the_listing_names_them() {
    let rig = rig(1_000);
    let mut rollout = Rollout::of_all(&rig);
    rollout.known = listed(&rig).await;
    rollout.concurrency = 256;
    let (mut named, mut visited_unnamed) = (0, 0);
    let outcome = rollout
        .audit_watched(&mut |event| {
            if let PassEvent::Listed(_) = event {
                named += 1;
                visited_unnamed = visited_unnamed.max(calls(&rig, "GetRole").saturating_sub(named));
            }
        })
        .await;
    assert_eq!((outcome.status.total(), outcome.records.len()), (1_000, 1_000));
    assert_eq!(outcome.status.count(Verdict::InSync), 999);
    assert_eq!(calls(&rig, "GetRole"), 999, "nobody is visited twice");
    assert!(visited_unnamed > 300, "only {visited_unnamed} were visited ahead of the listing");
}

#[tokio::test(start_paused = true)]
async fn account_that_changed_since_should_end_as_what_it_is_now() {
    let rig = rig(40);
    let mut rollout = Rollout::of_all(&rig);
    rollout.known = listed(&rig).await;
    // It was suspended, and is active again; and the other way round.
    let [suspended, active] = [rig.members()[3], rig.members()[35]];
    let known = rollout.known.iter_mut().find(|account| account.id == active).expect("known");
    known.state = AccountState::Suspended;
    rig.sandbox().with_world(|world| {
        let account = world.state_mut().account_mut(suspended).expect("there");
        account.state = digitalex_sim::AccountState::Suspended;
    });
    let outcome = rollout.audit().await;
    assert_eq!(outcome.records[&suspended].verdict, Verdict::Skipped);
    assert_eq!(outcome.records[&active].verdict, Verdict::InSync);
    assert_eq!(outcome.status.total(), 40);
}

#[tokio::test(start_paused = true)]
async fn account_that_was_renamed_should_be_recorded_under_its_new_name() {
    let rig = rig(5);
    let mut rollout = Rollout::of_all(&rig);
    rollout.known = listed(&rig).await;
    rollout.known.iter_mut().for_each(|account| account.name = "old".to_owned());
    let outcome = rollout.audit().await;
    assert!(outcome.records.values().all(|record| record.name != "old"));
}

#[tokio::test(start_paused = true)]
async fn account_that_left_should_be_asked_for_and_then_dropped() {
    let rig = rig(10);
    let mut rollout = Rollout::of_all(&rig);
    rollout.known = listed(&rig).await;
    let gone = AccountId::from_number(424_242_424_242).expect("an id");
    rollout.known.push(Account { id: gone, ..rollout.known[1].clone() });
    let outcome = rollout.audit().await;
    assert_eq!(calls(&rig, "DescribeAccount"), 1);
    assert!(!outcome.records.contains_key(&gone));
    assert_eq!((outcome.status.total(), &outcome.status.listing_incomplete), (10, &None));
}

/// Audits, warm, an organization whose listing leaves out one account.
async fn audit_leaving_one_out(
    rig: &SimulatedPorts,
    breaks_off: bool,
    described: bool,
) -> (AccountId, Outcome) {
    let account = rig.members()[4];
    let mut rollout = Rollout::of_all(rig);
    rollout.known = listed(rig).await;
    let organization = PartialListing {
        inner: rig.organization(),
        accounts_max: usize::MAX,
        left_out: Some(account),
        breaks_off,
        described,
    };
    (account, rollout.audit_of(&organization, &mut |_| {}).await)
}

#[tokio::test(start_paused = true)]
async fn suspended_account_that_a_listing_leaves_out_should_be_asked_for_and_stay_in_the_report() {
    let rig = rig(10);
    rig.sandbox().with_world(|world| {
        let account = world.state_mut().account_mut(rig.members()[4]).expect("there");
        account.state = digitalex_sim::AccountState::Suspended;
    });
    let (account, outcome) = audit_leaving_one_out(&rig, false, true).await;
    assert_eq!(outcome.records[&account].verdict, Verdict::Skipped);
    assert_eq!((outcome.status.total(), &outcome.status.listing_incomplete), (10, &None));
    assert_eq!(calls(&rig, "DescribeAccount"), 1);
}

#[tokio::test(start_paused = true)]
async fn account_that_a_listing_leaves_out_should_stay_where_it_is_still_there() {
    for breaks_off in [false, true] {
        let rig = rig(10);
        let (account, outcome) = audit_leaving_one_out(&rig, breaks_off, true).await;
        assert_eq!(outcome.records[&account].verdict, Verdict::InSync);
        assert_eq!(outcome.status.total(), 10);
        assert_eq!(outcome.status.listing_incomplete.is_some(), breaks_off);
        assert_eq!(calls(&rig, "DescribeAccount"), u64::from(!breaks_off));
    }
}

#[tokio::test(start_paused = true)]
async fn account_of_which_nobody_can_say_whether_it_left_should_leave_the_list_incomplete() {
    let (_, outcome) = audit_leaving_one_out(&rig(10), false, false).await;
    assert_eq!(outcome.status.total(), 10);
    let why = outcome.status.listing_incomplete.as_ref().expect("it is not whole");
    assert!(why.contains("DescribeAccount"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn account_that_the_listing_of_an_apply_leaves_out_should_be_asked_for() {
    let rig = rig(10);
    let mut rollout = Rollout::of_all(&rig);
    rollout.known = listed(&rig).await;
    let account = rig.members()[4];
    let organization = PartialListing {
        inner: rig.organization(),
        accounts_max: usize::MAX,
        left_out: Some(account),
        breaks_off: false,
        described: true,
    };
    let access = rig.write_access();
    let outcome = rollout.apply_of(&organization, access, Approval::Everything).await;
    assert_eq!(outcome.records[&account].verdict, Verdict::InSync);
    assert_eq!((outcome.status.total(), &outcome.status.listing_incomplete), (10, &None));
    assert_eq!(calls(&rig, "DescribeAccount"), 1);
}

#[tokio::test(start_paused = true)]
async fn stopped_warm_pass_should_leave_every_known_account_with_one_record() {
    let rig = rig(400);
    let mut rollout = Rollout::of_all(&rig);
    rollout.known = listed(&rig).await;
    rollout.concurrency = 8;
    let stop = rollout.stop.clone();
    let outcome = rollout
        .audit_watched(&mut |event| {
            if let PassEvent::Done(visit) = event
                && visit.record.verdict == Verdict::InSync
            {
                stop.cancel();
            }
        })
        .await;
    let [read, left] = [Verdict::InSync, Verdict::NotVisited].map(|it| outcome.status.count(it));
    assert!(read > 0 && left > 0, "{:?}", outcome.status);
    assert_eq!(outcome.status.total(), outcome.records.len(), "one record each");
    assert!(outcome.status.listing_incomplete.is_some());
}
