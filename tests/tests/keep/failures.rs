//! Accounts, and AWS, that fail.

use std::time::Duration;

use digitalex_core::Verdict;
use digitalex_engine::{CallErrorKind, Denial};
use digitalex_tests::keeping::{Keeping, MINUTE};
use digitalex_tests::rollout::Rollout;

use crate::{SECOND, drift, in_sync, last};

#[tokio::test(start_paused = true)]
async fn unreachable_account_should_be_tried_ever_later_and_be_found_again() {
    let rig = in_sync(5).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let member = rig.members()[1];
    keeping.access.script().closed.insert(member, CallErrorKind::Denied(Denial::AdminRole));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(72 * 60 * MINUTE).await;
    let opened = keeping.access.opened(member);
    let waits: Vec<Duration> = opened.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] <= MINUTE && waits[0] >= MINUTE / 2, "{waits:?}");
    let longest = waits.iter().max().expect("waits");
    assert!(*longest > 11 * 60 * MINUTE && *longest <= 24 * 60 * MINUTE, "{waits:?}");
    assert!(opened.len() < 20, "passes leave it out: {waits:?}");
    for pass in running.passes() {
        assert_eq!((pass.status.total(), pass.status.count(Verdict::Unreachable)), (5, 1));
    }
    keeping.access.script().closed.clear();
    running.run_for(24 * 60 * MINUTE).await;
    assert_eq!(last(&running, member), Some(Verdict::InSync));
}

#[tokio::test(start_paused = true)]
async fn failed_account_should_be_visited_sooner_than_the_next_pass() {
    let rig = in_sync(5).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let member = rig.members()[1];
    drift(&rig, member).await;
    keeping.access.script().writes_fail = Some(CallErrorKind::Denied(Denial::Unspecified));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(10 * SECOND).await;
    assert_eq!(running.verdicts(member), [Verdict::Failed]);
    running.run_for(10 * MINUTE).await;
    let failed = running.verdicts(member);
    assert!((3..=5).contains(&failed.len()), "{failed:?}");
    keeping.access.script().writes_fail = None;
    running.run_for(10 * MINUTE).await;
    assert_eq!(last(&running, member), Some(Verdict::Converged));
    assert_eq!(running.passes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_should_end_the_pass_and_never_the_loop() {
    let rig = in_sync(30).await;
    let (keeping, mut rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    rollout.concurrency = 2;
    keeping.access.script().all_closed = Some(CallErrorKind::ExpiredCredentials);
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(240 * MINUTE).await;
    let passes = running.passes();
    assert!(passes.iter().all(|pass| pass.interrupted && pass.visited <= 2), "{passes:?}");
    assert!((6..14).contains(&passes.len()), "each later than the one before: {}", passes.len());
    keeping.access.script().all_closed = None;
    running.run_for(61 * MINUTE).await;
    let pass = running.passes().pop().expect("a pass");
    assert_eq!((pass.interrupted, pass.status.count(Verdict::InSync)), (false, 29), "{pass:?}");
}

#[tokio::test(start_paused = true)]
async fn panic_in_one_visit_should_end_in_its_record() {
    let rig = in_sync(5).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let member = rig.members()[1];
    keeping.access.script().panics_in.insert(member);
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(10 * SECOND).await;
    assert_eq!(running.verdicts(member), [Verdict::Failed]);
    assert_eq!(running.passes()[0].status.count(Verdict::InSync), 3);
}
