//! Passes: when they begin, whom they visit, and how they end.

use digitalex_core::{Correction, Verdict};
use digitalex_engine::{KeepCommand, Matcher, PassTrigger};
use digitalex_tests::keeping::{Keeping, MINUTE};
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Rig, Rollout};
use serde_json::json;

use crate::{SECOND, drift, in_sync, last, remembered};

#[tokio::test(start_paused = true)]
async fn drift_between_passes_should_be_corrected_within_an_interval() {
    let rig = in_sync(20).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(5 * MINUTE).await;
    let member = rig.members()[3];
    drift(&rig, member).await;
    running.run_for(66 * MINUTE).await;
    assert_eq!(running.verdicts(member), [Verdict::InSync, Verdict::Converged]);
    assert_eq!(keeping.access.writes(member), ["DetachRolePolicy"]);
    assert_eq!(running.visits(member)[1].corrected.iter().count(), 1);
    running.run_for(70 * MINUTE).await;
    assert_eq!(last(&running, member), Some(Verdict::InSync));
    assert_eq!(keeping.access.writes_of_all(), 1);
}

#[tokio::test(start_paused = true)]
async fn accounts_in_sync_should_get_no_write_and_be_counted_once_in_every_pass() {
    let rig = in_sync(50).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(600 * MINUTE).await;
    let passes = running.passes();
    assert!((9..=12).contains(&passes.len()), "{}", passes.len());
    for pass in &passes {
        assert_eq!(pass.status.total(), 50);
        assert_eq!(pass.status.count(Verdict::InSync), 49);
        assert_eq!(pass.status.count(Verdict::Skipped), 1, "the management account");
        assert_eq!((pass.visited, pass.interrupted, pass.fell_behind), (49, false, false));
        assert_eq!(pass.status.listing_incomplete, None);
        assert_eq!(pass.calls.0.get("GetRole"), Some(&49), "calls are those of the pass");
    }
    assert_eq!(passes[0].trigger, PassTrigger::Start);
    assert_eq!(passes[1].trigger, PassTrigger::Schedule);
    let late = passes[1].started_at.duration_since(passes[1].due_at);
    assert!(late.as_millis() < 10, "{late:?}");
    assert!(keeping.journal.entries().is_empty());
    assert_eq!(keeping.access.writes_of_all(), 0);
}

#[tokio::test(start_paused = true)]
async fn observing_should_never_open_an_account_for_writing() {
    let rig = SimulatedPorts::new(5);
    let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    keeping.correction = Correction::nothing();
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(300 * MINUTE).await;
    assert_eq!(last(&running, rig.members()[0]), Some(Verdict::Drifted));
    assert!(
        running.visits(rig.members()[0])[0].record.plan.is_some(),
        "what would be done is told"
    );
    assert!(keeping.access.script().log.iter().all(|it| it.what == "open to read"));
    assert!(keeping.journal.entries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn stopped_loop_should_end_what_is_in_flight_and_close_the_pass() {
    for (latency, ends_in_time) in [(10 * SECOND, true), (100 * SECOND, false)] {
        let rig = in_sync(30).await;
        let (keeping, mut rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
        rollout.concurrency = 4;
        keeping.access.script().latency = latency;
        let mut running = keeping.start(&rig, &rollout).await;
        running.run_for(5 * SECOND).await;
        let stopped_at = rig.caller().clock().monotonic();
        running.stop().await;
        let took = rig.caller().clock().monotonic() - stopped_at;
        let expected = if ends_in_time { 5 * SECOND } else { 30 * SECOND };
        assert!(took >= expected && took < expected + SECOND, "{took:?}");
        let pass = running.passes().pop().expect("the pass is closed");
        assert!(pass.interrupted);
        let visited = if ends_in_time { 4 } else { 0 };
        assert_eq!((pass.status.total(), pass.status.count(Verdict::InSync)), (30, visited));
        assert_eq!(pass.status.count(Verdict::NotVisited), 29 - visited);
        assert_eq!(keeping.access.opened(rig.members()[20]).len(), 0, "no new account is taken");
    }
}

#[tokio::test(start_paused = true)]
async fn new_settings_should_hold_for_every_account_at_once() {
    let rig = in_sync(10).await;
    let (mut keeping, mut rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    keeping.correction = Correction::nothing();
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    let members = rig.members();
    rollout.spec.settings.identity.description =
        digitalex_core::Description::new("new").expect("legal");
    rollout.spec.exclude = vec![Matcher::Account(members[0])];
    keeping.correction = Correction::everything();
    let settings = keeping.settings(&rollout).await;
    running.ask(KeepCommand::Reconfigure(Box::new(settings))).await;
    running.run_for(MINUTE).await;
    assert_eq!(running.verdicts(members[0]), [Verdict::InSync, Verdict::Skipped]);
    assert_eq!(running.verdicts(members[1]), [Verdict::InSync, Verdict::Converged]);
    assert_eq!(keeping.access.writes_of_all(), 8, "UpdateRole in all but the excluded");
    let pass = running.passes().pop().expect("a pass");
    assert_eq!((pass.trigger, pass.status.total()), (PassTrigger::Request, 10));
}

#[tokio::test(start_paused = true)]
async fn settings_that_select_by_ou_should_wait_for_the_listing_that_tells_it() {
    let rig = in_sync(10).await;
    let (keeping, mut rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    let root = rig
        .sandbox()
        .with_world(|world| {
            world.call(
                &digitalex_sim::Credentials::management_root(),
                "organizations",
                "ListRoots",
                json!({}),
            )
        })
        .expect("roots");
    let root = root["Roots"][0]["Id"].as_str().expect("an id").to_owned();
    rollout.spec.include = vec![Matcher::Ou(root)];
    let settings = keeping.settings(&rollout).await;
    running.ask(KeepCommand::Reconfigure(Box::new(settings))).await;
    running.run_for(MINUTE).await;
    assert_eq!(running.verdicts(rig.members()[0]), [Verdict::InSync, Verdict::InSync]);
}

#[tokio::test(start_paused = true)]
async fn restarted_loop_should_keep_to_the_time_of_the_next_pass_but_list_at_once() {
    let rig = in_sync(5).await;
    let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    keeping.resume.accounts = remembered(&rig, Verdict::InSync).await;
    let new = rig.members()[2];
    keeping.resume.accounts.retain(|it| it.account.id != new);
    keeping.resume.last_pass_at = Some(rig.caller().clock().now());
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    assert_eq!(running.verdicts(new), [Verdict::InSync]);
    assert_eq!(keeping.access.script().log.len(), 1, "the others are known");
    running.run_for(60 * MINUTE).await;
    let pass = running.passes().pop().expect("a pass");
    assert_eq!((pass.trigger, pass.visited), (PassTrigger::Schedule, 4));
}

#[tokio::test(start_paused = true)]
async fn no_account_should_be_visited_twice_at_once() {
    let rig = in_sync(10).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    keeping.access.script().latency = 20 * SECOND;
    let running = keeping.start(&rig, &rollout).await;
    for _ in 0..40 {
        running.ask(KeepCommand::Visit(rig.members()[0])).await;
        running.ask(KeepCommand::Pass).await;
        running.run_for(7 * SECOND).await;
    }
    assert!(keeping.access.opened(rig.members()[0]).len() > 10);
    assert_eq!(keeping.access.script().twice_at_once, []);
}

#[tokio::test(start_paused = true)]
async fn pass_that_takes_longer_than_the_interval_should_be_followed_by_the_next_at_once() {
    let rig = in_sync(11).await;
    let (keeping, mut rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    rollout.concurrency = 1;
    keeping.access.script().latency = 10 * MINUTE;
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(220 * MINUTE).await;
    let passes = running.passes();
    assert!(passes.iter().all(|pass| pass.fell_behind), "{passes:?}");
    assert_eq!(passes[1].started_at, passes[0].ended_at);
    assert!(passes[1].due_at < passes[1].started_at);
}
