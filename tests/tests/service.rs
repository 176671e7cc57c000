//! The daemon as a service: how it starts, is told things by signals, waits for its turn, and ends.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use digitalex_tests::daemon::{Daemon, DaemonHome};
use digitalex_tests::rigs::ServedSandbox;
use serde_json::{Value, json};

const ACCOUNTS: usize = 20;
const OBSERVING: &str = "[daemon]\nmode = \"observe\"\ninterval = \"1h\"\n";
const CORRECTING: &str = "[daemon]\nmode = \"correct\"\ninterval = \"1h\"\n";

/// What a service manager hears of a daemon.
struct ServiceManager(UnixDatagram);

impl ServiceManager {
    /// One that listens in the home's folder.
    fn listen(home: &DaemonHome) -> Self {
        let socket = UnixDatagram::bind(home.folder().join("notify")).unwrap();
        // Where nothing comes, the test fails instead of waiting for ever.
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self(socket)
    }

    /// Starts a daemon that tells it things, and is to feed a watchdog.
    fn start(&self, home: &DaemonHome) -> Daemon {
        let socket = home.folder().join("notify");
        let started = home.start_with(|daemon| {
            let mut command = Command::new(daemon.get_program());
            command.args(daemon.get_args()).env("NOTIFY_SOCKET", &socket);
            command.env("WATCHDOG_USEC", "3000000");
            command
        });
        started.unwrap()
    }

    /// Waits until it is told something in which `line` is a line; the whole of it.
    fn hears(&self, line: &str) -> String {
        let mut heard = Vec::new();
        let mut bytes = [0; 4096];
        loop {
            let size = self
                .0
                .recv(&mut bytes)
                .unwrap_or_else(|error| panic!("no {line}: {error}; heard {heard:?}"));
            let text = String::from_utf8_lossy(&bytes[..size]).into_owned();
            if text.lines().any(|found| found == line) {
                return text;
            }
            heard.push(text);
        }
    }
}

/// Reads the event stream until the status is so.
fn until(daemon: &Daemon, is_so: impl Fn(&Value) -> bool) -> Value {
    let mut events = daemon.events().unwrap();
    let found = events.find(|(event, status)| event == "status" && is_so(status));
    found.unwrap_or_else(|| panic!("the stream ended:\n{}", daemon.log())).1
}

/// AWS, twenty milliseconds away.
async fn slowly(request: Request, next: Next) -> Response {
    tokio::time::sleep(Duration::from_millis(20)).await;
    next.run(request).await
}

fn metric(daemon: &Daemon, name: &str) -> Option<String> {
    let text = daemon.get("/metrics").unwrap().body;
    let sample = format!("digitalex_rollout_{name} ");
    text.lines().find_map(|line| line.strip_prefix(&sample).map(str::to_owned))
}

fn ended_well(mut daemon: Daemon) {
    daemon.signal("TERM").unwrap();
    let code = daemon.wait().unwrap().code();
    assert_eq!(code, Some(0), "{}", daemon.log());
}

/// What a command on the store says, in JSON.
fn on_store(home: &DaemonHome, command: &str) -> Value {
    let output = home.command(&[command, "--output", "json"]).unwrap().output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_manager_should_be_told_of_start_life_and_end() {
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    let home = DaemonHome::new(&sandbox.url).unwrap();
    home.configure(OBSERVING).unwrap();
    let manager = ServiceManager::listen(&home);
    let daemon = manager.start(&home);
    manager.hears("READY=1");
    manager.hears("STATUS=keeping the organization right");
    manager.hears("WATCHDOG=1");
    manager.hears("WATCHDOG=1");
    assert!(daemon.url().starts_with("http://127.0.0.1:"), "{}", daemon.url());
    ended_well(daemon);
    assert!(manager.hears("STOPPING=1").contains("EXTEND_TIMEOUT_USEC=30000000"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemon_stopped_in_mid_pass_should_close_it_as_interrupted_and_give_the_lease_back() {
    let sandbox = ServedSandbox::start_behind(300, |face| face.layer(from_fn(slowly))).await;
    let home = DaemonHome::new(&sandbox.url).unwrap();
    home.configure(&format!("{OBSERVING}[limits]\nconcurrency = 1\n")).unwrap();
    let daemon = home.start().unwrap();
    until(&daemon, |status| status["pass"]["done"].as_u64() > Some(0));
    ended_well(daemon);

    let status = on_store(&home, "status");
    let pass = &status["last_pass"];
    assert_eq!(
        (&pass["interrupted"], pass["ended_at"].is_string()),
        (&json!(true), true),
        "{pass}"
    );
    assert!(pass["by_verdict"]["not_visited"].as_u64() > Some(0), "{pass}");
    assert!(pass["visited"].as_u64() > Some(0), "{pass}");
    assert!(status["daemon"].is_null(), "the lease is still held: {status}");
    // The next one has it at once.
    let next = home.start().unwrap();
    until(&next, |status| status["role"] == "active");
    assert!(!next.log().contains("another daemon holds the lease"), "{}", next.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_configuration_should_leave_the_old_one_and_a_right_one_be_taken_over_on_sighup() {
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    sandbox.with_world(|world| world.start_trail());
    let home = DaemonHome::new(&sandbox.url).unwrap();
    home.configure(OBSERVING).unwrap();
    let manager = ServiceManager::listen(&home);
    let daemon = manager.start(&home);
    until(&daemon, |status| status["accounts"]["by_verdict"]["drifted"] == ACCOUNTS - 1);

    home.configure("[daemon]\nmode = \"both\"\n").unwrap();
    daemon.signal("HUP").unwrap();
    manager.hears("STATUS=the new configuration is wrong: the old one stays");
    assert_eq!(metric(&daemon, "config_reload_success").as_deref(), Some("0"));
    assert_eq!(daemon.get("/readyz").unwrap().status, 200);
    assert_eq!(daemon.json("/api/v1/status").unwrap()["mode"], "observe");
    assert!(daemon.log().contains("the new configuration is wrong"), "{}", daemon.log());
    assert_eq!(sandbox.with_world(|world| world.trail().len()), 0);

    home.configure(CORRECTING).unwrap();
    daemon.signal("HUP").unwrap();
    manager.hears("STATUS=the new configuration is in force");
    assert_eq!(metric(&daemon, "config_reload_success").as_deref(), Some("1"));
    assert_eq!(daemon.post("/api/v1/passes").unwrap().status, 202);
    let status =
        until(&daemon, |status| status["accounts"]["by_verdict"]["in_sync"] == ACCOUNTS - 1);
    assert_eq!(status["mode"], "correct");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reload_over_http_should_do_the_same_and_say_what_needs_a_restart() {
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    let home = DaemonHome::new(&sandbox.url).unwrap();
    home.configure(OBSERVING).unwrap();
    let daemon = home.start().unwrap();
    until(&daemon, |status| status["accounts"]["by_verdict"]["drifted"] == ACCOUNTS - 1);

    home.configure("[daemon]\ninterval = \"soon\"\n").unwrap();
    let refused = daemon.post("/-/reload").unwrap();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body.contains("\"code\":\"configuration\""), "{refused:?}");
    assert_eq!(metric(&daemon, "config_reload_success").as_deref(), Some("0"));

    home.configure(CORRECTING).unwrap();
    let taken = daemon.post("/-/reload").unwrap();
    assert_eq!(taken.status, 200, "{taken:?}");
    let taken: Value = serde_json::from_str(&taken.body).unwrap();
    assert_eq!(taken, json!({ "applied": true, "needs_restart": [] }));
    assert_eq!(metric(&daemon, "config_reload_success").as_deref(), Some("1"));
    assert_eq!(daemon.post("/api/v1/passes").unwrap().status, 202);
    until(&daemon, |status| status["accounts"]["by_verdict"]["in_sync"] == ACCOUNTS - 1);

    home.configure(&format!("{CORRECTING}[store]\nretention = \"30d\"\n")).unwrap();
    let taken = daemon.post("/-/reload").unwrap();
    assert!(taken.body.contains("[\"[store]\"]"), "{taken:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_daemon_should_wait_as_a_standby_and_take_over_when_the_first_ends() {
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    let home = DaemonHome::new(&sandbox.url).unwrap();
    home.configure(OBSERVING).unwrap();
    let first = home.start().unwrap();
    until(&first, |status| status["role"] == "active" && status["last_pass"].is_object());
    let second = home.start().unwrap();

    let ready = second.get("/readyz").unwrap();
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.body.contains("\"code\":\"standby\""), "{ready:?}");
    assert_eq!(second.get("/healthz").unwrap().status, 200);
    for path in ["/api/v1/passes", "/-/reload"] {
        let refused = second.post(path).unwrap();
        assert_eq!(refused.status, 503, "{refused:?}");
    }
    assert_eq!(second.json("/api/v1/status").unwrap()["role"], "standby");
    assert_eq!(metric(&second, "lease_held").as_deref(), Some("0"));
    assert_eq!(metric(&second, "accounts_widened"), None);
    assert_eq!(metric(&first, "lease_held").as_deref(), Some("1"));
    let held_by = &on_store(&home, "status")["daemon"]["holder"]["pid"];
    assert_eq!(held_by, first.pid());

    ended_well(first);
    until(&second, |status| status["role"] == "active" && status["ready"] == true);
    assert_eq!(metric(&second, "lease_held").as_deref(), Some("1"));
    ended_well(second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemon_that_would_be_open_to_the_network_should_not_start() {
    let sandbox = ServedSandbox::start(2).await;
    let home = DaemonHome::new(&sandbox.url).unwrap();
    home.configure("[http]\nlisten = \"0.0.0.0:0\"\n").unwrap();
    let output = home.command(&["daemon"]).unwrap().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(output.stdout, b"");
    for says in ["the daemon cannot serve", "0.0.0.0:0", "token_file", "client_ca_file"] {
        assert!(said.contains(says), "no {says:?} in {said}");
    }
    assert!(!home.store().exists(), "it began to work");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_log_should_be_an_object_a_line_from_start_to_end() {
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    let home = DaemonHome::new(&sandbox.url).unwrap();
    home.configure(&format!("{CORRECTING}[telemetry]\nlog_format = \"json\"\n")).unwrap();
    let mut daemon = home.start().unwrap();
    until(&daemon, |status| status["last_pass"].is_object());
    daemon.signal("TERM").unwrap();
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
    let log = daemon.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(lines.iter().all(|line| line["level"].is_string() && line["timestamp"].is_string()));
    for says in ["connected", "the lease is held", "stopping"] {
        assert!(log.contains(says), "no {says:?} in {log}");
    }
}
