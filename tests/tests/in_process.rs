//! The real SDK in process: the same run twice, and what its timeouts and failures come to.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use digitalex_core::Verdict;
use digitalex_sim::SandboxOptions;
use digitalex_sim::generate::Fleet;
use digitalex_tests::in_process::{Asked, InProcessAws};
use digitalex_tests::rigs::{SdkRig, SimulatedPorts};
use digitalex_tests::rollout::{Rig, Rollout};

const ACCOUNTS: usize = 30;

/// An apply over accounts that look real, with limits and latency; and what it asked, and when.
async fn applied() -> Vec<Asked> {
    let latency = Duration::from_millis(40);
    let options = SandboxOptions { latency, enforce_limits: true, ..SandboxOptions::default() };
    let organization = SimulatedPorts::limited(ACCOUNTS, Fleet::default(), options);
    let (face, caller) = (organization.sandbox().router(), organization.caller().clone());
    let aws = InProcessAws::new(face, Arc::clone(caller.clock())).recorded();
    let rig = SdkRig::in_process(Arc::new(aws.clone()), caller).await.expect("an organization");
    let outcome = Rollout::of_all(&rig).apply().await;
    assert_eq!(outcome.records.len(), ACCOUNTS);
    assert!(outcome.status.count(Verdict::Converged) > 20, "{:?}", outcome.status);
    aws.asked()
}

#[tokio::test(start_paused = true)]
async fn the_same_apply_should_ask_the_same_at_the_same_times() {
    let first = applied().await;
    // Whatever orders by address or by a random hash does so otherwise in another thread.
    let elsewhere = std::thread::spawn(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(applied())
    });
    let second = elsewhere.join().expect("the same");
    assert!(first.len() > 10 * ACCOUNTS, "only {} requests", first.len());
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first, second);
    }
    assert_eq!(first.len(), second.len());
}
