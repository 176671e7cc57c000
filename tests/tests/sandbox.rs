//! The product against its own sandbox, over HTTP, as a user runs it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use anyhow::Result;
use digitalex_engine::Approval;
use digitalex_tests::Sandbox;
use digitalex_tests::drift::DRIFTS;
use digitalex_tests::rigs::{SdkRig, ServedSandbox};
use digitalex_tests::rollout::Rollout;
use serde_json::Value;

const WITH_ADOPTION: [&str; 4] = ["--adopt", "--removals-max", "50", "--output"];

fn audit(sandbox: &Sandbox) -> Result<(i32, Value)> {
    let run = sandbox.run(&[&["audit"], &WITH_ADOPTION[..], &["json"]].concat())?;
    Ok((run.code, run.json()))
}

fn verdicts(report: &Value) -> Vec<(&str, &str)> {
    let accounts = report["accounts"].as_array().expect("accounts");
    accounts
        .iter()
        .map(|account| {
            let text = |key: &str| account[key].as_str().unwrap_or_default();
            (text("id"), text("verdict"))
        })
        .collect()
}

#[test]
fn audit_should_leave_the_organization_as_it_was() -> Result<()> {
    let sandbox = Sandbox::start(&["--accounts", "120"])?;
    let before = sandbox.state_hash()?;
    let (code, report) = audit(&sandbox)?;
    assert_eq!(sandbox.state_hash()?, before);
    assert_eq!(code, 3, "a generated organization has accounts that cannot be read");
    assert_eq!(verdicts(&report).len(), 120);
    Ok(())
}

#[test]
fn audit_of_a_fleet_in_sync_or_untouched_should_find_just_that() -> Result<()> {
    for (fleet, code, wanted) in [("in-sync", 0, "in_sync"), ("none", 2, "drifted")] {
        let sandbox = Sandbox::start(&["--accounts", "30", "--fleet", fleet])?;
        let run = sandbox.run(&["audit", "--output", "json"])?;
        assert_eq!(run.code, code, "{}", run.stderr);
        let report = run.json();
        let verdicts = verdicts(&report);
        assert_eq!(verdicts.iter().filter(|(_, verdict)| *verdict == wanted).count(), 29);
        assert_eq!(verdicts.len(), 30, "and the management account, which is skipped");
    }
    Ok(())
}

#[test]
fn apply_should_bring_all_that_can_be_reached_in_sync_and_then_write_nothing() -> Result<()> {
    let sandbox = Sandbox::start(&["--accounts", "120"])?;
    let first = sandbox.run(&[&["apply", "--yes"], &WITH_ADOPTION[..], &["json"]].concat())?;
    assert_eq!(first.code, 3, "{}", first.stderr);
    let report = first.json();
    let converged = verdicts(&report).iter().filter(|(_, verdict)| *verdict == "converged").count();
    assert!(converged > 90, "only {converged} converged");

    let (_, report) = audit(&sandbox)?;
    for (id, verdict) in verdicts(&report) {
        assert!(
            ["in_sync", "held", "unreachable", "skipped", "drifted"].contains(&verdict),
            "{id}: {verdict}"
        );
    }
    let in_sync = verdicts(&report).iter().filter(|(_, verdict)| *verdict == "in_sync").count();
    assert!(in_sync >= converged);

    let before = sandbox.state_hash()?;
    let second = sandbox.run(&[&["apply", "--yes"], &WITH_ADOPTION[..], &["json"]].concat())?;
    assert_eq!(sandbox.state_hash()?, before, "a second apply changes nothing");
    let report = second.json();
    assert!(verdicts(&report).iter().all(|(_, verdict)| *verdict != "converged"));
    Ok(())
}

#[tokio::test]
async fn a_write_during_an_audit_should_be_refused_by_aws() {
    let sandbox = ServedSandbox::start(4).await;
    let rig = SdkRig::connect(&sandbox.url).await;
    let member = sandbox.members[0];
    let creation = Rollout::of_member(&rig, "digitalex-new", member);
    let mut attempts = vec![creation];
    for drift in DRIFTS {
        let mut rollout = Rollout::of_member(&rig, &format!("digitalex-{}", drift.name), member);
        (drift.configure)(&mut rollout.spec.settings.identity);
        rollout.put(member, &(drift.found)(&rollout.desired(member).await)).await;
        attempts.push(rollout);
    }
    let before = sandbox.state_hash();
    for rollout in attempts {
        let outcome =
            rollout.apply_through(rig.audit_that_attempts_writes(), Approval::Everything).await;
        let record = &outcome.records[&member];
        let cause = record.cause.as_ref().map(|cause| cause.code);
        assert_eq!(cause, Some("denied_by_session_policy"), "{record:?}");
        assert_eq!(outcome.writes(), 1, "the first refusal ends it");
    }
    assert_eq!(sandbox.state_hash(), before);
}
