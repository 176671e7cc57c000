//! The probes.

use digitalex_core::Cause;
use digitalex_engine::KeepEvent;
use digitalex_rollout::daemon::Role;

use crate::client::get;
use crate::daemon::Daemon;
use crate::fleet::at;

#[tokio::test]
async fn the_daemon_should_be_ready_only_while_nothing_keeps_it_from_its_work() {
    let daemon = Daemon::start().await;
    let readiness = async || {
        let answer = get(daemon.address, "/readyz").await;
        let json = answer.json();
        assert_eq!(json["ready"], answer.status == 200);
        let status = get(daemon.address, "/api/v1/status").await.json();
        assert_eq!((&status["ready"], &status["problems"]), (&json["ready"], &json["problems"]));
        let problems = json["problems"].as_array().expect("a list").clone();
        problems.iter().map(|problem| problem["code"].to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(readiness().await, "\"starting\"");
    daemon.tell_live(&KeepEvent::ListingEnded { at: at(1), error: None });
    assert_eq!(readiness().await, "");
    let error = Some("ListAccounts was throttled".to_owned());
    daemon.tell_live(&KeepEvent::ListingEnded { at: at(2), error });
    assert_eq!(readiness().await, "\"listing_incomplete\"");
    daemon.tell_live(&KeepEvent::ListingEnded { at: at(3), error: None });
    let remedy = Some("make room".to_owned());
    let cause = Cause { code: "journal", message: "the disk is full".to_owned(), remedy };
    daemon.tell_live(&KeepEvent::WritesSuspended(cause));
    assert_eq!(readiness().await, "\"writes_suspended\"");
    daemon.tell_live(&KeepEvent::WritesResumed);
    daemon.shared.live().fault("credentials", "they ran out".to_owned(), None);
    assert_eq!(readiness().await, "\"credentials\"");
    daemon.shared.live().mend("credentials");
    assert_eq!(readiness().await, "");
}

#[tokio::test]
async fn a_standby_should_be_alive_but_not_ready() {
    let daemon = Daemon::start().await;
    daemon.shared.live().set_role(Role::Standby);
    let health = get(daemon.address, "/healthz").await;
    assert_eq!((health.status, &health.json()["role"]), (200, &"standby".into()));
    let readiness = get(daemon.address, "/readyz").await;
    assert_eq!(
        (readiness.status, &readiness.json()["problems"][0]["code"]),
        (503, &"standby".into())
    );
}
