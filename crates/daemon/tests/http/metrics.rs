//! The metrics.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use digitalex_core::FleetStatus;
use digitalex_engine::{CallCounts, KeepEvent, PassSummary, PassTrigger};
use digitalex_rollout::daemon::Role;
use digitalex_store::Change;

use crate::client::get;
use crate::daemon::Daemon;
use crate::fleet::{at, in_sync, listed, unreachable, widened};

fn summary() -> PassSummary {
    PassSummary {
        started_at: at(3),
        ended_at: at(33),
        due_at: at(1),
        trigger: PassTrigger::Schedule,
        status: FleetStatus::default(),
        visited: 3,
        calls: CallCounts::default(),
        throttled: CallCounts::default(),
        interrupted: false,
        fell_behind: false,
    }
}

/// A daemon that has seen something of everything.
async fn busy() -> Daemon {
    let daemon = Daemon::start().await;
    daemon.record((1..=4).map(|number| listed(number, "account")).collect()).await;
    let began = Change::PassStarted { at: at(3), trigger: PassTrigger::Schedule, due_at: at(1) };
    let visits =
        [in_sync(1, "account", 10), widened(2, "account", 20), unreachable(3, "account", 30)];
    daemon.record([began].into_iter().chain(visits).collect()).await;
    daemon.record(vec![Change::PassEnded(Box::new(summary()))]).await;
    daemon.shared.metrics.on_pass_ended(&summary());
    daemon.tell_live(&KeepEvent::ListingEnded { at: at(2), error: None });
    daemon.clock.set(1_010);
    daemon
}

async fn scrape(daemon: &Daemon) -> (String, BTreeMap<String, f64>) {
    let answer = get(daemon.address, "/metrics").await;
    assert_eq!(answer.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let samples = answer.body.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, value) = line.rsplit_once(' ').expect("a sample");
        (name.to_owned(), value.parse().expect("a number"))
    });
    let samples = samples.collect();
    (answer.body, samples)
}

#[tokio::test]
async fn metrics_should_agree_with_the_store_and_the_api() {
    let daemon = busy().await;
    let (_, samples) = scrape(&daemon).await;
    for (name, value) in [
        ("accounts{verdict=\"in_sync\"}", 1.0),
        ("accounts{verdict=\"drifted\"}", 1.0),
        ("accounts{verdict=\"unreachable\"}", 1.0),
        ("accounts{verdict=\"not_visited\"}", 1.0),
        ("accounts{verdict=\"failed\"}", 0.0),
        ("accounts_widened", 1.0),
        ("drift_open{aspect=\"trust\",effect=\"widens\"}", 1.0),
        ("drift_open{aspect=\"description\",effect=\"cosmetic\"}", 1.0),
        ("drift_open{aspect=\"tags\",effect=\"cosmetic\"}", 0.0),
        ("drift_opened_total{aspect=\"trust\",effect=\"widens\"}", 1.0),
        ("drift_corrected_total{aspect=\"trust\",effect=\"widens\"}", 0.0),
        ("pass_duration_seconds_sum", 30.0),
        ("pass_duration_seconds_bucket{le=\"60.0\"}", 1.0),
        ("pass_lag_seconds", 2.0),
        ("last_pass_end_timestamp_seconds", 1_800_000_033.0),
        ("last_pass_complete", 1.0),
        ("passes_total{result=\"complete\"}", 1.0),
        ("passes_total{result=\"incomplete\"}", 0.0),
        ("verified_age_seconds_bucket{le=\"900.0\"}", 0.0),
        ("verified_age_seconds_bucket{le=\"1800.0\"}", 1.0),
        ("verified_age_seconds_bucket{le=\"604800.0\"}", 1.0),
        ("verified_age_seconds_bucket{le=\"+Inf\"}", 4.0),
        ("verified_age_seconds_count", 4.0),
        ("verified_age_seconds_sum", 1_000.0),
        ("writes_suspended", 0.0),
        ("lease_held", 1.0),
        ("listing_complete", 1.0),
        ("notifications_total{result=\"sent\"}", 0.0),
        ("build_info{version=\"0.0.0-test\"}", 1.0),
        ("config_reload_success", 1.0),
    ] {
        let found = samples.get(&format!("digitalex_rollout_{name}"));
        assert_eq!(found, Some(&value), "{name} in {samples:#?}");
    }
    assert!(samples["process_resident_memory_bytes"] > 1e6);
    assert_eq!(samples["process_start_time_seconds"], 1_800_000_000.0);
    let accounts = get(daemon.address, "/api/v1/status").await.json()["accounts"].clone();
    for (verdict, count) in accounts["by_verdict"].as_object().expect("counts") {
        let name = format!("digitalex_rollout_accounts{{verdict=\"{verdict}\"}}");
        assert_eq!(samples.get(&name).copied(), count.as_f64(), "{verdict}");
    }
}

#[tokio::test]
async fn a_standby_should_not_count_the_fleet_a_second_time() {
    let daemon = busy().await;
    daemon.shared.live().set_role(Role::Standby);
    let (_, samples) = scrape(&daemon).await;
    assert_eq!(samples["digitalex_rollout_lease_held"], 0.0);
    assert!(!samples.keys().any(|name| name.starts_with("digitalex_rollout_accounts")));
}

#[tokio::test]
async fn metrics_should_hold_no_account_and_be_what_prometheus_takes() {
    let daemon = busy().await;
    let (text, _) = scrape(&daemon).await;
    assert!(!text.contains("0000000000"), "an account id in {text}");
    let Ok(mut promtool) = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        return; // Not on this machine.
    };
    promtool.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    let output = promtool.wait_with_output().expect("it ended");
    assert!(output.status.success(), "{output:?}\n{text}");
}
