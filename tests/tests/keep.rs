//! How the daemon's loop behaves, over the simulated organization, in virtual time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use digitalex_core::{AccountId, CorrectedPart, Correction, Step, Verdict};
use digitalex_engine::{
    Account, AccountDetail, CallError, CallErrorKind, Denial, JournalEntry, KeepCommand, KeepEvent,
    Matcher, OpenIntent, Organization, OrganizationInfo, OrganizationalUnit, PassTrigger,
    Remembered, RememberedRecord,
};
use digitalex_tests::keeping::{Keeping, MINUTE, RunningLoop};
use digitalex_tests::partial_listing::PartialListing;
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Rig, Rollout};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::json;

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
    Rollout::of_all(rig).put(account, &[Step::AttachRolePolicy { arn }]).await;
}

/// Someone changes a tag by hand.
async fn change_tag(rig: &SimulatedPorts, account: AccountId, value: &str) {
    let key = digitalex_core::TagKey::new("cost-center").expect("legal");
    let value = digitalex_core::TagValue::new(value).expect("legal");
    Rollout::of_all(rig).put(account, &[Step::TagRole { tags: [(key, value)].into() }]).await;
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
    assert_eq!(passes[1].started_at, passes[1].due_at);
    assert!(keeping.journal.entries().is_empty());
    assert_eq!(keeping.access.writes_of_all(), 0);
}

#[tokio::test(start_paused = true)]
async fn new_account_should_be_done_within_a_listing_interval() {
    let rig = in_sync(5).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(20 * MINUTE).await;
    call(&rig, "CreateAccount", json!({"AccountName": "new", "Email": "new@example.com"}));
    let new = *listed(&rig)
        .await
        .iter()
        .map(|it| &it.id)
        .find(|it| !rig.members().contains(it) && **it != digitalex_tests::rigs::MANAGEMENT)
        .expect("it is there");
    running.run_for(15 * MINUTE).await;
    assert_eq!(last(&running, new), Some(Verdict::Converged));
    assert_eq!(running.passes().len(), 1, "no pass was needed");
}

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
async fn what_is_not_corrected_should_be_left_alone_and_reported() {
    let rig = SimulatedPorts::new(5);
    let mut rollout = Rollout::of_all(&rig);
    let key = digitalex_core::TagKey::new("cost-center").expect("legal");
    let value = digitalex_core::TagValue::new("4711").expect("legal");
    rollout.spec.settings.role.tags.insert(key, value);
    rollout.apply().await;
    let mut keeping = Keeping::of(&rig);
    keeping.correction = [CorrectedPart::Trust, CorrectedPart::Policies].into_iter().collect();
    let member = rig.members()[1];
    change_tag(&rig, member, "0").await;
    drift(&rig, member).await;
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE / 4).await;
    let visits = running.visits(member);
    let kinds = |diff: &digitalex_core::RoleDiff| {
        diff.iter().map(|it| format!("{:?}", it.aspect())).collect::<Vec<_>>()
    };
    assert_eq!(visits[0].record.verdict, Verdict::Drifted);
    assert_eq!(kinds(&visits[0].record.differences), ["Tags"]);
    assert_eq!(kinds(&visits[0].corrected), ["Managed"]);
    running.run_for(90 * MINUTE).await;
    assert_eq!(keeping.access.writes(member), ["DetachRolePolicy"]);
    let outcomes = keeping.journal.entries().into_iter().filter_map(|entry| match entry {
        JournalEntry::Outcome { verdict, .. } => Some(verdict),
        JournalEntry::Intent { .. } => None,
    });
    assert_eq!(outcomes.collect::<Vec<_>>(), [Verdict::Drifted]);
}

#[tokio::test(start_paused = true)]
async fn missing_role_should_be_left_missing_where_creating_it_is_not_asked_for() {
    let rig = SimulatedPorts::new(3);
    let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    keeping.correction =
        CorrectedPart::ALL.into_iter().filter(|part| *part != CorrectedPart::Role).collect();
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(90 * MINUTE).await;
    assert_eq!(last(&running, rig.members()[0]), Some(Verdict::Drifted));
    assert_eq!(keeping.access.writes_of_all(), 0);
}

#[tokio::test(start_paused = true)]
async fn stale_look_after_a_write_should_be_verified_by_later_looks_and_one_write() {
    for (stale_reads, expected) in [
        (1, Verdict::Converged),
        (4, Verdict::Converged),
        (5, Verdict::Converged),
        (6, Verdict::Failed),
    ] {
        let rig = in_sync(3).await;
        let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
        let member = rig.members()[0];
        drift(&rig, member).await;
        keeping.access.script().stale_reads = stale_reads;
        let running = keeping.start(&rig, &rollout).await;
        running.run_for(31 * SECOND).await;
        let visits = running.visits(member);
        assert_eq!(visits.len(), stale_reads.min(5) + 1, "{stale_reads}");
        for visit in &visits[..visits.len() - 1] {
            assert_eq!((visit.record.verdict, visit.unverified), (Verdict::Drifted, true));
            let cause = visit.record.cause.as_ref().map(|cause| cause.code);
            assert_eq!(cause, Some("not_yet_verified"));
        }
        let visit = visits.last().expect("a visit");
        assert_eq!((visit.record.verdict, visit.unverified), (expected, false), "{stale_reads}");
        assert_eq!(keeping.access.writes(member), ["DetachRolePolicy"], "{stale_reads}");
        let waits = keeping
            .access
            .opened(member)
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).as_secs_f64().round())
            .collect::<Vec<_>>();
        assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 15.0][..stale_reads.min(5)]);
        let entries = keeping.journal.entries();
        assert!(
            matches!(entries[..], [
            JournalEntry::Intent { before: Some(_), .. },
            JournalEntry::Outcome { verdict, .. },
        ] if verdict == expected),
            "{entries:?}"
        );
        assert_eq!(running.passes().len(), 1, "the pass waits for it");
        assert_eq!(running.passes()[0].status.count(expected), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn role_that_does_not_show_after_its_creation_should_be_created_once() {
    let rig = SimulatedPorts::new(3);
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let member = rig.members()[0];
    keeping.access.script().stale_reads = 4;
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(5 * MINUTE).await;
    assert_eq!(last(&running, member), Some(Verdict::Converged));
    let creations = keeping.access.writes(member).iter().filter(|it| **it == "CreateRole").count();
    assert_eq!(creations, 1);
}

#[tokio::test(start_paused = true)]
async fn full_journal_should_suspend_writes_until_it_recovers() {
    let rig = in_sync(10).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let members = rig.members();
    drift(&rig, members[0]).await;
    keeping.journal.set_full(true);
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE / 4).await;
    let first = running.visits(members[0]).remove(0).record;
    assert_eq!((first.verdict, first.cause.map(|it| it.code)), (Verdict::Failed, Some("journal")));
    drift(&rig, members[1]).await;
    running.run_for(125 * MINUTE).await;
    assert_eq!(last(&running, members[1]), Some(Verdict::Drifted), "audits go on");
    assert_eq!(last(&running, members[2]), Some(Verdict::InSync));
    let told =
        |wanted: fn(&KeepEvent) -> bool| running.events().iter().filter(|it| wanted(it)).count();
    assert_eq!(told(|it| matches!(it, KeepEvent::WritesSuspended(_))), 1);
    assert_eq!(keeping.access.writes_of_all(), 0);
    keeping.journal.set_full(false);
    running.run_for(6 * SECOND).await;
    assert_eq!(told(|it| matches!(it, KeepEvent::WritesResumed)), 1);
    for member in &members[..2] {
        assert_eq!(
            last(&running, *member),
            Some(Verdict::Converged),
            "{:?}",
            running.verdicts(*member)
        );
    }
    assert_eq!(keeping.access.writes_of_all(), 2);
}

fn leaving_out(
    rig: &SimulatedPorts,
    account: AccountId,
    breaks_off: bool,
    described: bool,
) -> Arc<dyn Organization> {
    Arc::new(PartialListing {
        inner: rig.organization(),
        accounts_max: usize::MAX,
        left_out: Some(account),
        breaks_off,
        described,
    })
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

#[tokio::test(start_paused = true)]
async fn partial_listing_should_neither_forget_an_account_nor_write_to_it() {
    for (breaks_off, described) in [(true, true), (false, false)] {
        let rig = in_sync(10).await;
        let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
        let member = rig.members()[4];
        drift(&rig, member).await;
        keeping.organization = leaving_out(&rig, member, breaks_off, described);
        keeping.resume.accounts = remembered(&rig, Verdict::InSync).await;
        let running = keeping.start(&rig, &rollout).await;
        running.run_for(130 * MINUTE).await;
        let verdicts = running.verdicts(member);
        assert!(
            verdicts.len() > 2 && verdicts.iter().all(|it| *it == Verdict::Drifted),
            "{verdicts:?}"
        );
        assert_eq!(keeping.access.writes_of_all(), 0);
        for pass in running.passes() {
            assert_eq!(pass.status.total(), 10);
            assert!(pass.status.listing_incomplete.is_some());
        }
        assert!(!running.events().iter().any(|event| matches!(event, KeepEvent::Left(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn account_that_a_whole_listing_leaves_out_should_be_kept_where_it_is_still_there() {
    let rig = in_sync(10).await;
    let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let member = rig.members()[4];
    drift(&rig, member).await;
    keeping.organization = leaving_out(&rig, member, false, true);
    keeping.resume.accounts = remembered(&rig, Verdict::InSync).await;
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    assert_eq!(running.verdicts(member), [Verdict::Converged]);
    assert_eq!(running.passes()[0].status.listing_incomplete, None);
}

#[tokio::test(start_paused = true)]
async fn account_that_left_should_be_dropped_once_that_is_confirmed() {
    let rig = in_sync(10).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    let member = rig.members()[4];
    call(&rig, "RemoveAccountFromOrganization", json!({"AccountId": member.to_string()}));
    running.run_for(16 * MINUTE).await;
    let left = |event: &KeepEvent| matches!(event, KeepEvent::Left(id) if *id == member);
    assert_eq!(running.events().iter().filter(|it| left(it)).count(), 1);
    running.run_for(60 * MINUTE).await;
    assert_eq!(running.passes()[1].status.total(), 9);
    assert_eq!(running.verdicts(member).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn suspended_account_should_be_skipped_from_the_next_listing_on() {
    let rig = in_sync(5).await;
    let (keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE).await;
    let member = rig.members()[1];
    rig.sandbox().with_world(|world| {
        let account = world.state_mut().account_mut(member).expect("there");
        account.state = digitalex_sim::AccountState::Suspended;
    });
    running.run_for(16 * MINUTE).await;
    assert_eq!(running.verdicts(member), [Verdict::InSync, Verdict::Skipped]);
    running.run_for(60 * MINUTE).await;
    assert_eq!(running.passes()[1].status.count(Verdict::Skipped), 2);
    assert_eq!(keeping.access.opened(member).len(), 1);
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
    rollout.spec.settings.role.description =
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
async fn account_with_an_open_intent_should_be_looked_at_first_and_written_to_only_when_looks_can_be_trusted()
 {
    let rig = in_sync(20).await;
    let (mut keeping, mut rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
    rollout.concurrency = 1;
    let member = rig.members()[15];
    drift(&rig, member).await;
    keeping.resume.accounts = remembered(&rig, Verdict::InSync).await;
    let at = rig.caller().clock().now();
    keeping.resume.open_intents =
        vec![OpenIntent { account: member, at, run: "before".to_owned() }];
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(29 * SECOND).await;
    assert_eq!(keeping.access.script().log[0].account, member, "it is the first");
    assert_eq!(keeping.access.writes_of_all(), 0, "what is read may be stale");
    assert_eq!(last(&running, member), Some(Verdict::Drifted));
    running.run_for(2 * SECOND).await;
    assert_eq!(last(&running, member), Some(Verdict::Converged));
    assert_eq!(keeping.access.writes_of_all(), 1);
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

/// An organization that cannot be listed.
struct Unlisted(Arc<dyn Organization>, CallErrorKind, std::sync::atomic::AtomicBool);

#[async_trait]
impl Organization for Unlisted {
    async fn describe(&self) -> Result<OrganizationInfo, CallError> {
        self.0.describe().await
    }

    fn accounts(&self, detail: AccountDetail) -> BoxStream<'_, Result<Account, CallError>> {
        if self.2.load(std::sync::atomic::Ordering::SeqCst) {
            return self.0.accounts(detail);
        }
        let (kind, message) = (self.1.clone(), "as scripted".to_owned());
        let (operation, account, retry_after, source) = ("ListAccounts", None, None, None);
        let error = CallError { operation, account, kind, message, retry_after, source };
        futures::stream::iter([Err(error)]).boxed()
    }

    async fn account(
        &self,
        id: AccountId,
        detail: AccountDetail,
    ) -> Result<Option<Account>, CallError> {
        self.0.account(id, detail).await
    }

    async fn organizational_units(&self) -> Result<Vec<OrganizationalUnit>, CallError> {
        self.0.organizational_units().await
    }
}

#[tokio::test(start_paused = true)]
async fn failed_listing_should_be_tried_again_soon() {
    for kind in [CallErrorKind::Transient, CallErrorKind::NoCredentials] {
        let rig = in_sync(5).await;
        let (mut keeping, rollout) = (Keeping::of(&rig), Rollout::of_all(&rig));
        let organization = Arc::new(Unlisted(rig.organization(), kind, false.into()));
        keeping.organization = Arc::clone(&organization) as Arc<dyn Organization>;
        let running = keeping.start(&rig, &rollout).await;
        running.run_for(30 * MINUTE).await;
        let listings = running
            .events()
            .iter()
            .filter(|it| matches!(it, KeepEvent::ListingEnded { error: Some(_), .. }))
            .count();
        assert!((3..10).contains(&listings), "{listings}");
        organization.2.store(true, std::sync::atomic::Ordering::SeqCst);
        running.run_for(61 * MINUTE).await;
        assert_eq!(last(&running, rig.members()[0]), Some(Verdict::InSync));
    }
}
