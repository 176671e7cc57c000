//! How the daemon's loop behaves, over the simulated organization, in virtual time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::time::Duration;

use digitalex_core::{AccountId, IdentityKind, Step, Verdict};
use digitalex_engine::{Account, AccountDetail, Remembered, RememberedRecord};
use digitalex_tests::keeping::RunningLoop;
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Rig, Rollout};
use futures::StreamExt;

mod corrections;
mod failures;
mod listings;
mod passes;

const SECOND: Duration = Duration::from_secs(1);

/// An organization in which the role stands everywhere as wanted.
async fn in_sync(accounts: usize) -> SimulatedPorts {
    let rig = SimulatedPorts::new(accounts);
    let outcome = Rollout::of_all(&rig).apply().await;
    assert_eq!(outcome.status.count(Verdict::Converged), accounts - 1, "{:?}", outcome.status);
    rig
}

/// Someone attaches a policy by hand.
async fn drift(rig: &SimulatedPorts, account: AccountId) {
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess".parse().expect("an ARN");
    Rollout::of_all(rig).put(account, &[Step::AttachPolicy { on: IdentityKind::Role, arn }]).await;
}

/// Someone changes a tag by hand.
async fn change_tag(rig: &SimulatedPorts, account: AccountId, value: &str) {
    let key = digitalex_core::TagKey::new("cost-center").expect("legal");
    let value = digitalex_core::TagValue::new(value).expect("legal");
    Rollout::of_all(rig)
        .put(account, &[Step::Tag { on: IdentityKind::Role, tags: [(key, value)].into() }])
        .await;
}

fn call(rig: &SimulatedPorts, operation: &str, request: serde_json::Value) {
    let keys = digitalex_sim::Credentials::management_root();
    rig.sandbox()
        .with_world(|world| world.call(&keys, "organizations", operation, request))
        .expect("the call is accepted");
}

fn last(running: &RunningLoop, account: AccountId) -> Option<Verdict> {
    running.verdicts(account).last().copied()
}

async fn listed(rig: &SimulatedPorts) -> Vec<Account> {
    let organization = rig.organization();
    let accounts = organization.accounts(AccountDetail::default());
    accounts.map(|account| account.expect("listed")).collect().await
}

async fn remembered(rig: &SimulatedPorts, verdict: Verdict) -> Vec<Remembered> {
    let record = RememberedRecord {
        verdict,
        effect: None,
        failures: 0,
        visited_at: rig.caller().clock().now(),
    };
    let remembered = |account| Remembered { account, record: Some(record) };
    listed(rig).await.into_iter().map(remembered).collect()
}
