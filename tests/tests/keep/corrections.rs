//! What is written, when, and what never is.

use digitalex_core::{CorrectedPart, Verdict};
use digitalex_engine::{JournalEntry, KeepCommand, KeepEvent, OpenIntent};
use digitalex_tests::keeping::{Keeping, MINUTE};
use digitalex_tests::rigs::SimulatedPorts;
use digitalex_tests::rollout::{Rig, Rollout};

use crate::{SECOND, change_tag, drift, in_sync, last, remembered};

#[tokio::test(start_paused = true)]
async fn what_is_not_corrected_should_be_left_alone_and_reported() {
    let rig = SimulatedPorts::new(5);
    let mut rollout = Rollout::of_all(&rig);
    let key = digitalex_core::TagKey::new("cost-center").expect("legal");
    let value = digitalex_core::TagValue::new("4711").expect("legal");
    rollout.spec.settings.identity.tags.insert(key, value);
    rollout.apply().await;
    let mut keeping = Keeping::of(&rig);
    keeping.correction = [CorrectedPart::Trust, CorrectedPart::Policies].into_iter().collect();
    let member = rig.members()[1];
    change_tag(&rig, member, "0").await;
    drift(&rig, member).await;
    let running = keeping.start(&rig, &rollout).await;
    running.run_for(MINUTE / 4).await;
    let visits = running.visits(member);
    let kinds = |diff: &digitalex_core::IdentityDiff| {
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
    running.run_for(10 * SECOND).await;
    running.ask(KeepCommand::Visit(member)).await;
    running.run_for(19 * SECOND).await;
    assert_eq!(keeping.access.script().log[0].account, member, "it is the first");
    assert_eq!(keeping.access.writes_of_all(), 0, "what is read may be stale");
    assert_eq!(last(&running, member), Some(Verdict::Drifted));
    running.run_for(2 * SECOND).await;
    assert_eq!(last(&running, member), Some(Verdict::Converged));
    assert_eq!(keeping.access.writes_of_all(), 1);
}
