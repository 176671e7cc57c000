//! How fast a pass goes, and how hard it is on AWS, with the limits enforced and 50 ms for each call, in
//! virtual time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::time::Duration;

use digitalex_core::{AccountId, Verdict};
use digitalex_engine::PassEvent;
use digitalex_sim::generate::Fleet;
use digitalex_sim::{CallCounts, Credentials, IamLimits, IamRates, Rate, SandboxOptions};
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Outcome, Rig, Rollout};
use serde_json::json;

const ACCOUNTS: usize = 1_500;

fn limits(iam_limits: IamLimits) -> SandboxOptions {
    let latency = Duration::from_millis(50);
    SandboxOptions { latency, enforce_limits: true, iam_limits, ..SandboxOptions::default() }
}

fn rate(per_second: f64, burst: f64) -> Rate {
    Rate { per_second, burst }
}

/// What AWS's side counted.
fn served(rig: &SimulatedPorts) -> CallCounts {
    rig.sandbox().with_world(|world| world.calls().clone())
}

fn throttled(rig: &SimulatedPorts) -> u64 {
    served(rig).throttled.values().sum()
}

fn share_throttled(rig: &SimulatedPorts) -> f64 {
    let all: u64 = served(rig).arrived.values().sum();
    f64::from(u32::try_from(throttled(rig)).expect("few"))
        / f64::from(u32::try_from(all).expect("few"))
}

/// Audits, and says when each account was done.
async fn audit(
    rollout: &Rollout<'_>,
    rig: &SimulatedPorts,
) -> (Outcome, BTreeMap<AccountId, Duration>) {
    let clock = rig.caller().clock();
    let began = clock.monotonic();
    let mut done = BTreeMap::new();
    let outcome = rollout
        .audit_watched(&mut |event| {
            if let PassEvent::Done(visit) = event {
                done.insert(visit.record.id, clock.monotonic() - began);
            }
        })
        .await;
    (outcome, done)
}

fn all(outcome: &Outcome, verdict: Verdict) -> bool {
    outcome.status.count(verdict) == ACCOUNTS - 1 && outcome.status.total() == ACCOUNTS
}

#[tokio::test(start_paused = true)]
async fn audit_should_end_within_a_tenth_of_the_floor_without_a_throttle_cold_and_warm() {
    let rig = SimulatedPorts::limited(ACCOUNTS, Fleet::InSync, limits(IamLimits::default()));
    let mut rollout = Rollout::of_all(&rig);
    let clock = rig.caller().clock();
    for _ in ["cold", "warm"] {
        // AWS's buckets are full again.
        clock.sleep(Duration::from_secs(10)).await;
        let (began, mut listed) = (clock.monotonic(), Vec::new());
        let outcome = rollout
            .audit_watched(&mut |event| {
                if let PassEvent::Listed(account) = event {
                    listed.push(account.clone());
                }
            })
            .await;
        let took = clock.monotonic() - began;
        assert!(all(&outcome, Verdict::InSync), "{:?}", outcome.status);
        // The listing is the floor, at 8 pages a second after a burst of 12.
        let floor = Duration::from_secs_f64((75.0 - 12.0) / 8.0);
        assert!(took <= floor.mul_f64(1.1), "{took:?} for {floor:?}");
        rollout.known = listed;
    }
    assert_eq!(throttled(&rig), 0);
}

#[tokio::test(start_paused = true)]
async fn apply_from_nothing_should_end_near_the_floor_without_a_throttle() {
    let rig = SimulatedPorts::limited(ACCOUNTS, Fleet::Untouched, limits(IamLimits::default()));
    let rollout = Rollout::of_all(&rig);
    let clock = rig.caller().clock();
    let began = clock.monotonic();
    let outcome = rollout.apply().await;
    let took = clock.monotonic() - began;
    assert!(all(&outcome, Verdict::Converged), "{:?}", outcome.status);
    // The last account that is listed makes 8 writes, which IAM takes in 0.6 s.
    let floor = Duration::from_secs_f64((75.0 - 12.0) / 8.0 + 0.6);
    assert!(took <= floor.mul_f64(1.15), "{took:?} for {floor:?}");
    assert_eq!(throttled(&rig), 0);
}

#[tokio::test(start_paused = true)]
async fn iam_that_takes_a_third_of_what_is_assumed_should_throttle_few_calls_and_fail_no_account() {
    let third = IamRates { read: rate(5.0, 5.0), write: rate(5.0 / 3.0, 5.0 / 3.0) };
    let iam_limits = IamLimits { rates: third, are_shared: true, ..IamLimits::default() };
    let rig = SimulatedPorts::limited(ACCOUNTS, Fleet::InSync, limits(iam_limits));
    let (outcome, _) = audit(&Rollout::of_all(&rig), &rig).await;
    assert!(all(&outcome, Verdict::InSync), "{:?}", outcome.status);
    assert!(share_throttled(&rig) <= 0.01, "{:?}", served(&rig).throttled);
    for are_shared in [true, false] {
        let iam_limits = IamLimits { rates: third, are_shared, ..IamLimits::default() };
        let rig = SimulatedPorts::limited(ACCOUNTS, Fleet::Untouched, limits(iam_limits));
        let outcome = Rollout::of_all(&rig).apply().await;
        assert!(all(&outcome, Verdict::Converged), "{:?}", outcome.status);
        let throttled = throttled(&rig);
        assert!(throttled > 0 && share_throttled(&rig) <= 0.01, "{:?}", served(&rig).throttled);
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_that_throttle_hard_should_fail_not_and_hold_up_no_other() {
    let others_done = async |hard: bool| {
        let mut iam_limits = IamLimits::default();
        let rig = SimulatedPorts::limited(ACCOUNTS, Fleet::InSync, limits(iam_limits.clone()));
        if hard {
            let rates = IamRates { read: rate(0.3, 1.0), write: rate(0.3, 1.0) };
            let tenth = rig.members().iter().step_by(10);
            iam_limits.rates_of = tenth.map(|account| (*account, rates)).collect();
            iam_limits.are_shared = true;
            rig.sandbox().with_world(|world| *world.iam_limits_mut() = iam_limits);
        }
        let mut rollout = Rollout::of_all(&rig);
        rollout.concurrency = 64;
        let (outcome, done) = audit(&rollout, &rig).await;
        assert!(all(&outcome, Verdict::InSync), "{:?}", outcome.status);
        let slow = |account: &AccountId| {
            rig.members().iter().position(|id| id == account).is_some_and(|at| at % 10 == 0)
        };
        let others = done.into_iter().filter(|(account, _)| !slow(account));
        (others.map(|(_, at)| at).max().expect("accounts"), throttled(&rig))
    };
    let (without, none) = others_done(false).await;
    let (with, some) = others_done(true).await;
    assert!(none == 0 && some > 0);
    assert!(with <= without + Duration::from_millis(100), "{with:?}, and without {without:?}");
}

#[tokio::test(start_paused = true)]
async fn listing_should_settle_at_what_another_caller_leaves_of_the_organizations_limit() {
    let rig = SimulatedPorts::limited(ACCOUNTS, Fleet::InSync, limits(IamLimits::default()));
    let (sandbox, clock) = (rig.sandbox().clone(), rig.caller().clock().clone());
    let others_throttled = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&others_throttled);
    // Another account of the organization, at 60 % of 9 calls a second.
    let other = rig.members()[0];
    sandbox.with_world(|world| {
        let register =
            json!({"AccountId": other.to_string(), "ServicePrincipal": "config.amazonaws.com"});
        let keys = Credentials::management_root();
        world
            .call(&keys, "organizations", "RegisterDelegatedAdministrator", register)
            .expect("registered");
    });
    let calls = tokio::spawn(async move {
        loop {
            let keys = Credentials::root_of(other);
            let answer = sandbox
                .with_world(|world| world.call(&keys, "organizations", "ListAccounts", json!({})));
            counted.fetch_add(usize::from(answer.is_err()), std::sync::atomic::Ordering::Relaxed);
            clock.sleep(Duration::from_secs_f64(1.0 / 5.4)).await;
        }
    });
    let began = rig.caller().clock().monotonic();
    let (outcome, _) = audit(&Rollout::of_all(&rig), &rig).await;
    let took = rig.caller().clock().monotonic() - began;
    calls.abort();
    assert!(all(&outcome, Verdict::InSync), "{:?}", outcome.status);
    let left = Duration::from_secs_f64((75.0 - 15.0) / 3.6);
    assert!(took <= left.mul_f64(1.25), "{took:?}, where {left:?} were left");
    let ours = rig.caller().throttled().0.values().sum::<u64>();
    assert!(ours <= 8, "{ours} of our 75 pages were throttled");
}
