//! The status page, in a headless Chromium, over the daemon.
//!
//! `DIGITALEX_TEST_PAGE_ACCOUNTS` sets how many accounts there are, `PAGE_SCREENSHOTS` the folder that
//! pictures of the page go to.
#![allow(clippy::print_stdout, reason = "what the browser tests told")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::env;
use std::fs;
use std::process::Command;
use std::time::Duration;

use digitalex_sim::SandboxOptions;
use digitalex_sim::generate::Fleet;
use digitalex_tests::Venv;
use digitalex_tests::daemon::{Daemon, DaemonHome};
use digitalex_tests::rigs::{MANAGEMENT, ServedSandbox};
use serde_json::json;

const ACCOUNTS: usize = 400;

/// So long that a pass over few accounts takes some seconds, and its progress can be seen; one over many
/// takes long enough by itself.
const LATENCY: Duration = Duration::from_millis(300);

const TOKEN: &str = "kTq2mVx7ZbN4wLr9PyHc3DfGs6JuEa8X";

/// One pass, and others only on request. The sandbox throttles nothing, so that nothing is paced.
const CONFIG: &str = r#"
[daemon]
interval = "12h"
listing_interval = "12h"
recheck_base = "12h"
[limits]
concurrency = 32
sts = { per_second = 100000, burst = 100000 }
iam_read = { per_second = 100000, burst = 100000 }
organizations_other = { per_second = 100000, burst = 100000 }
[limits.organizations]
ListAccounts = { per_second = 100000, burst = 100000 }
ListParents = { per_second = 100000, burst = 100000 }
ListAccountsForParent = { per_second = 100000, burst = 100000 }
ListOrganizationalUnitsForParent = { per_second = 100000, burst = 100000 }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peer_chromium_should_find_the_status_page_right() {
    if !there_is_a_browser() {
        return;
    }
    let accounts = env::var("DIGITALEX_TEST_PAGE_ACCOUNTS");
    let accounts = accounts.map_or(ACCOUNTS, |number| number.parse().expect("a number"));
    let latency = if accounts > 10 * ACCOUNTS { Duration::ZERO } else { LATENCY };
    let options = SandboxOptions { latency, ..SandboxOptions::default() };
    let sandbox = ServedSandbox::start_generated(accounts, Fleet::Mixed, options).await;
    let name = "<img src=x onerror=alert(1)>";
    let request = json!({"AccountName": name, "Email": "markup@example.com"});
    sandbox.call(MANAGEMENT, "organizations", "CreateAccount", request);
    let home = DaemonHome::new(&sandbox.url).unwrap();

    home.configure(CONFIG).unwrap();
    let mut daemon = home.start().unwrap();
    wait_for_a_pass(&daemon);
    browse(&daemon, &["-k", "not token"], "");
    daemon.signal("TERM").unwrap();
    daemon.wait().unwrap();

    // The store holds the accounts of before.
    let token = home.folder().join("http-token");
    fs::write(&token, TOKEN).unwrap();
    let http = format!("[http]\nlisten = \"127.0.0.1:0\"\ntoken_file = {:?}\n", token);
    home.configure(&format!("{CONFIG}{http}")).unwrap();
    browse(&home.start().unwrap(), &["-k", "token"], TOKEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peer_chromium_should_find_the_report_page_right() {
    if !there_is_a_browser() {
        return;
    }
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    let home = DaemonHome::new(&sandbox.url).unwrap();
    let report = home.folder().join("audit.html");
    let run = home.command(&["audit", "-q", "--report", report.to_str().unwrap()]);
    let run = run.unwrap().current_dir(home.folder()).output().unwrap();
    assert!(report.is_file(), "{}", String::from_utf8_lossy(&run.stderr));
    let venv = Venv::open().unwrap();
    let pytest =
        pytest(&venv, "report", &["-k", "not speed"]).env("REPORT_FILE", &report).output().unwrap();
    let told = String::from_utf8_lossy(&pytest.stdout);
    println!("{told}{}", String::from_utf8_lossy(&pytest.stderr));
    assert!(pytest.status.success());
}

/// The pass with which the daemon starts shows every account as it is.
fn wait_for_a_pass(daemon: &Daemon) {
    let mut events = daemon.events().unwrap();
    let ended = || !daemon.json("/api/v1/status").unwrap()["last_pass"].is_null();
    while !ended() {
        events.next().expect("the stream goes on");
    }
}

/// Runs the tests of tests/page that pytest selects by `args`.
fn browse(daemon: &Daemon, args: &[&str], token: &str) {
    let venv = Venv::open().unwrap();
    let pytest = pytest(&venv, "page", args)
        .env("PAGE_URL", daemon.url())
        .env("PAGE_TOKEN", token)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&pytest.stdout);
    println!("{told}{}", String::from_utf8_lossy(&pytest.stderr));
    assert!(pytest.status.success(), "{}", daemon.log());
}

/// pytest over a folder of tests/.
fn pytest(venv: &Venv, folder: &str, args: &[&str]) -> Command {
    let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut command = venv.command("pytest").unwrap();
    command.args(["-p", "no:cacheprovider", "--rootdir", &folder, &folder, "-rP"]).args(args);
    command
}

fn there_is_a_browser() -> bool {
    let missing: Vec<_> =
        ["chromium", "chromedriver"].into_iter().filter(|name| !is_on_path(name)).collect();
    if !missing.is_empty() {
        println!("LEFT OUT: the browser tests, for there is no {} here", missing.join(", no "));
    }
    missing.is_empty()
}

fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
