//! What is told, and in what words.

use digitalex_core::{Effect, Verdict};
use digitalex_engine::PassSummary;
use digitalex_store::{DriftChange, DriftEnd};
use serde_json::json;

use super::fixture::{Fixture, ended, event, pass, target};
use crate::notify::{Announcement, EventKind, Format, Notifier, NotifyTarget, of_drift, of_pass};

fn kinds(announcements: &[Announcement]) -> Vec<&'static str> {
    announcements.iter().map(|it| it.kind.as_str()).collect()
}

#[test]
fn drift_should_be_told_where_it_widens_or_was_corrected() {
    use DriftChange::{Ended, Opened, Widened};
    let corrected = DriftEnd::Corrected;
    let cases: [(DriftChange, &[&str]); 9] = [
        (Opened(event(1, Effect::Widens)), &["widening_drift"]),
        (Opened(event(1, Effect::Narrows)), &[]),
        (Opened(event(1, Effect::Cosmetic)), &[]),
        (Widened(event(1, Effect::Widens)), &["widening_drift"]),
        (Ended(ended(1, Effect::Narrows, corrected, true)), &["corrected_drift"]),
        (Ended(ended(1, Effect::Widens, corrected, true)), &["corrected_drift"]),
        // The account is set up for the first time.
        (Ended(ended(1, Effect::Narrows, corrected, false)), &[]),
        (Ended(ended(1, Effect::Widens, corrected, false)), &["corrected_drift"]),
        (Ended(ended(1, Effect::Widens, DriftEnd::Elsewhere, true)), &[]),
    ];
    for (change, expected) in cases {
        assert_eq!(kinds(&of_drift("o-a1", std::slice::from_ref(&change))), expected, "{change:?}");
    }
}

#[test]
fn pass_should_be_told_where_it_left_accounts_undone_or_fell_behind() {
    let fine = || pass(&[(Verdict::InSync, 8), (Verdict::Drifted, 2), (Verdict::Held, 1)]);
    let unlisted = || {
        let mut unlisted = fine();
        unlisted.status.listing_incomplete = Some("the page token came twice".to_owned());
        unlisted
    };
    let cases: [(PassSummary, &[&str]); 7] = [
        (fine(), &[]),
        (pass(&[(Verdict::InSync, 8), (Verdict::Unreachable, 1)]), &["pass_incomplete"]),
        (pass(&[(Verdict::Failed, 1)]), &["pass_incomplete"]),
        (pass(&[(Verdict::NotVisited, 1)]), &["pass_incomplete"]),
        (unlisted(), &["pass_incomplete"]),
        (PassSummary { interrupted: true, ..fine() }, &["pass_incomplete"]),
        (PassSummary { fell_behind: true, ..fine() }, &["pass_late"]),
    ];
    for (summary, expected) in cases {
        assert_eq!(kinds(&of_pass("o-a1", &summary)), expected, "{summary:?}");
    }
}

#[test]
fn many_differences_should_become_one_notification_that_lists_the_first() {
    let changes: Vec<DriftChange> =
        (1..=5_000).map(|id| DriftChange::Opened(event(id, Effect::Widens))).collect();
    for format in [Format::Json, Format::Slack] {
        let target = NotifyTarget { format, ..target("ops", "http://127.0.0.1:9") };
        let announcements = of_drift("o-a1", &changes);
        assert_eq!(announcements.len(), 1);
        let notification = announcements[0].for_target(&target).unwrap();
        let text = notification.body.to_string();
        assert!(text.contains("5000 differences in 5000 accounts"), "{text}");
        assert_eq!(text.matches("arn:aws:iam::999999999999:root").count(), 20);
        assert!(text.len() < 10_000);
    }
}

#[tokio::test]
async fn what_is_told_twice_should_lie_in_the_outbox_once_for_each_target_that_wants_it() {
    let fixture = Fixture::new();
    let mut passes_only = target("passes", "http://127.0.0.1:9");
    passes_only.events = [EventKind::PassIncomplete].into();
    let targets = vec![target("ops", "http://127.0.0.1:9"), passes_only];
    let notifier = Notifier::new("o-a1".to_owned(), targets, fixture.outbox.clone());
    let news = notifier.news();
    let opened = |id| DriftChange::Opened(event(id, Effect::Widens));
    for changes in [vec![opened(1), opened(2)], vec![opened(2), opened(1)], vec![opened(3)]] {
        notifier.drift(&changes).await.unwrap();
    }
    assert!(news.has_changed().unwrap(), "the delivery is woken");
    // Its end is other news than its beginning.
    let corrected = ended(1, Effect::Widens, DriftEnd::Corrected, true);
    notifier.drift(&[DriftChange::Ended(corrected)]).await.unwrap();
    for _ in 0..2 {
        notifier.pass(&pass(&[(Verdict::Failed, 1)])).await.unwrap();
    }
    let entries = fixture.outbox.entries();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| &entry.queued.notification)
        .map(|it| (it.target.as_str(), it.kind.as_str()))
        .collect();
    let expected = [
        ("ops", "widening_drift"),
        ("ops", "widening_drift"),
        ("ops", "corrected_drift"),
        ("ops", "pass_incomplete"),
        ("passes", "pass_incomplete"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn slack_should_get_text_and_blocks_in_which_names_are_only_text() {
    let target = NotifyTarget { format: Format::Slack, ..target("ops", "http://127.0.0.1:9") };
    let changes = [DriftChange::Opened(event(1, Effect::Widens))];
    let notification = of_drift("o-a1", &changes)[0].for_target(&target).unwrap();
    let summary = "roles allow or trust more than they should: 1 difference in 1 account (o-a1)";
    let section = |text: &str| json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}});
    let title = "DigitalEx role: widening drift";
    let header = json!({"type": "plain_text", "text": title, "emoji": false});
    let line = "• 111111111001 &lt;!channel&gt; R&amp;D 1: trusts arn:aws:iam::999999999999:root";
    let expected = json!({
        "text": format!("{title}: {summary}"),
        "blocks": [{"type": "header", "text": header}, section(summary), section(line)],
    });
    assert_eq!(notification.body, expected);
}

#[test]
fn json_should_say_what_happened_and_when() {
    let target = target("ops", "http://127.0.0.1:9");
    let pass = pass(&[(Verdict::InSync, 8), (Verdict::Unreachable, 2)]);
    let notification = of_pass("o-a1", &pass)[0].for_target(&target).unwrap();
    let expected = json!({
        "kind": "pass_incomplete",
        "organization": "o-a1",
        "at": "2026-11-24T10:01:00Z",
        "summary": "A pass left 2 of 10 accounts undone: 2 unreachable",
        "pass": {
            "trigger": "schedule",
            "due_at": "2026-11-24T10:00:00Z",
            "started_at": "2026-11-24T10:00:00Z",
            "ended_at": "2026-11-24T10:01:00Z",
            "interrupted": false,
            "listing_incomplete": null,
            "by_verdict": {"in_sync": 8, "unreachable": 2},
        },
    });
    assert_eq!(notification.body, expected);
}
