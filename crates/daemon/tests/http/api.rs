//! What is known of accounts.

use std::collections::BTreeSet;

use digitalex_engine::{KeepEvent, PassTrigger};

use crate::client::get;
use crate::daemon::Daemon;
use crate::fleet::{CANARY, account, at, in_sync, listed, missing, unreachable, visit_of, widened};

#[tokio::test]
async fn paging_should_give_every_account_exactly_once() {
    let daemon = Daemon::start().await;
    daemon.record((1..=1_234).map(|number| listed(number, "account")).collect()).await;
    let mut seen = BTreeSet::new();
    let mut target = "/api/v1/accounts?limit=100".to_owned();
    loop {
        let page = get(daemon.address, &target).await.json();
        let items = page["items"].as_array().expect("a list");
        assert!(items.len() <= 100);
        for line in items {
            assert!(seen.insert(line["id"].to_string()), "{line} came twice");
        }
        match page["next"].as_str() {
            Some(next) => target = format!("/api/v1/accounts?limit=100&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 1_234);
}

#[tokio::test]
async fn accounts_should_be_found_by_every_filter() {
    let daemon = Daemon::start().await;
    let names = ["in sync", "wide", "gone", "dark"];
    let listed = names.iter().zip(1..).map(|(name, number)| listed(number, name));
    daemon.record(listed.collect()).await;
    let visits = vec![
        in_sync(1, "in sync", 1),
        widened(2, "wide", 2),
        missing(3, "gone", 3),
        unreachable(4, "dark", 4),
    ];
    daemon.record(visits).await;
    for (query, wanted) in [
        ("", "1 2 3 4"),
        ("verdict=in_sync", "1"),
        ("verdict=in_sync&verdict=unreachable", "1 4"),
        ("effect=widens", "2"),
        ("effect=widens&effect=narrows", "2 3"),
        ("aspect=trust", "2"),
        ("aspect=role", "3"),
        ("cause=admin_role_not_assumable", "4"),
        ("ou=r-root", "1 2 3 4"),
        ("ou=ou-other", ""),
        ("q=00000000000", "1 2 3 4"),
        ("q=000000000003", "3"),
        ("q=WIDE", "2"),
        ("q=in+sync", "1"),
        ("q=in%20sync", "1"),
        ("q=%25", ""),
        ("q=", "1 2 3 4"),
    ] {
        let page = get(daemon.address, &format!("/api/v1/accounts?{query}")).await.json();
        let items = page["items"].as_array().expect("a list");
        let found: Vec<_> = items
            .iter()
            .map(|line| line["id"].as_str().expect("an id").trim_start_matches('0'))
            .collect();
        assert_eq!(found.join(" "), wanted, "{query}");
    }
}

#[tokio::test]
async fn names_with_html_in_them_should_come_out_as_json_text() {
    let daemon = Daemon::start().await;
    let name = "<script>alert('1')</script> & \"Co\" \u{202e}";
    daemon.record(vec![listed(1, name), in_sync(1, name, 1)]).await;
    for target in ["/api/v1/accounts", "/api/v1/accounts/000000000001"] {
        let answer = get(daemon.address, target).await;
        assert_eq!(answer.header("Content-Type"), Some("application/json"));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        let json = answer.json();
        let line = json.get("items").map_or(&json, |items| &items[0]);
        assert_eq!(line["name"], name);
    }
}

#[tokio::test]
async fn no_answer_should_hold_the_external_id() {
    let daemon = Daemon::start().await;
    daemon.record(vec![listed(1, "one"), widened(1, "one", 1)]).await;
    for target in [
        "/api/v1/status",
        "/api/v1/accounts",
        "/api/v1/accounts/000000000001",
        "/api/v1/accounts/000000000001/history",
        "/api/v1/drift",
        "/api/v1/history",
        "/api/v1/units",
        "/metrics",
    ] {
        let answer = get(daemon.address, target).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(!answer.body.contains(CANARY), "{target}");
    }
}

#[tokio::test]
async fn the_status_should_tell_the_fleet_and_the_pass_that_runs() {
    let daemon = Daemon::start().await;
    daemon.record((1..=10).map(|number| listed(number, "account")).collect()).await;
    let at_start =
        KeepEvent::PassStarted { at: at(0), trigger: PassTrigger::Schedule, due_at: at(0) };
    daemon.tell_live(&at_start);
    for number in 1..=10 {
        daemon.tell_live(&KeepEvent::Listed(account(number, "account")));
    }
    let read = async || get(daemon.address, "/api/v1/status").await.json();
    daemon.tell_live(&KeepEvent::Visited(visit_of(in_sync(1, "account", 10))));
    assert!(read().await["pass"]["remaining_seconds"].is_null(), "the list is not whole");
    daemon.tell_live(&KeepEvent::ListingEnded { at: at(5), error: None });
    daemon.tell_live(&KeepEvent::Visited(visit_of(widened(2, "account", 20))));
    // Again, and another verdict: it still counts once.
    daemon.tell_live(&KeepEvent::Visited(visit_of(in_sync(2, "account", 20))));
    daemon.record(vec![in_sync(1, "account", 10), widened(2, "account", 20)]).await;
    daemon.clock.set(20);
    let status = read().await;
    let pass = &status["pass"];
    assert_eq!((&pass["listed"], &pass["done"]), (&10.into(), &2.into()), "{pass}");
    assert_eq!(pass["by_verdict"], serde_json::json!({"in_sync": 2}));
    assert_eq!(pass["remaining_seconds"], 80.0);
    assert_eq!(
        (&status["organization"], &status["mode"]),
        (&"o-exampleorgid".into(), &"observe".into())
    );
    let accounts = &status["accounts"];
    assert_eq!((&accounts["total"], &accounts["widened"]), (&10.into(), &1.into()));
    let counts = accounts["by_verdict"].as_object().expect("counts");
    assert_eq!(counts.len(), 8);
    assert_eq!(counts.values().filter_map(serde_json::Value::as_u64).sum::<u64>(), 10);
    assert_eq!(status["drift"]["by_aspect"]["trust"]["widens"], 1);
    assert_eq!(status["drift"]["open"], 2);
    assert_eq!(status["listing"], serde_json::json!({"at": at(5), "complete": true}));
}

#[tokio::test]
async fn an_account_that_was_never_seen_should_not_be_found() {
    let daemon = Daemon::start().await;
    for target in ["/api/v1/accounts/000000000001", "/api/v1/accounts/000000000001/history"] {
        let answer = get(daemon.address, target).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (404, "no_such_account"));
    }
}
