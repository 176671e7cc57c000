//! The daemon on a disk that is full for a while.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use digitalex_tests::daemon::{Daemon, DaemonHome};
use digitalex_tests::rigs::ServedSandbox;
use digitalex_tests::tampering::{TAG, role_of, tamper};
use rand::SeedableRng;
use rand::rngs::SmallRng;

const ACCOUNTS: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_should_stop_writes_but_not_audits_and_mend_by_itself() {
    if !can_mount() {
        eprintln!("skipped: nobody may mount a small file system here (unshare -Urm)");
        return;
    }
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    sandbox.with_world(|world| world.start_trail());
    let home = DaemonHome::new(&sandbox.url).unwrap();
    let disk = home.folder().join("disk");
    fs::create_dir(&disk).unwrap();
    let store = disk.join("store.sqlite");
    home.configure(&format!(
        "[store]\npath = {:?}\n[daemon]\nmode = \"correct\"\ninterval = \"2s\"\nlisting_interval = \"2s\"\n\
         recheck_base = \"1s\"\n[tags]\n{TAG} = \"4711\"\n",
        store.display().to_string()
    ))
    .unwrap();
    let daemon = home.start_with(|program| on_a_small_disk(program, &disk)).unwrap();
    // The disk is mounted for the daemon alone; this is how others get at it.
    let seen = PathBuf::from(format!("/proc/{}/root{}", daemon.pid(), disk.display()));
    until(&daemon, |status| status["accounts"]["by_verdict"]["in_sync"] == ACCOUNTS - 1);

    let filler = fill(&seen);
    let account = sandbox.members[3];
    let wanted = role_of(&sandbox, account);
    let written = sandbox.with_world(|world| world.trail().len());
    tamper(&sandbox, account, &mut SmallRng::seed_from_u64(1));
    until(&daemon, |status| status["problems"].to_string().contains("writes_suspended"));
    let ready = daemon.get("/readyz").unwrap();
    assert_eq!(ready.status, 503, "{ready:?}");
    assert_eq!(daemon.get("/healthz").unwrap().status, 200);
    // Audits go on: another pass begins and sees the drift.
    let begun = passes_begun(&daemon);
    until(&daemon, |_| passes_begun(&daemon) >= begun + 2);
    assert_ne!(role_of(&sandbox, account), wanted);
    let trail = sandbox.with_world(|world| world.trail().to_vec());
    let ours = trail.iter().skip(written).filter(|event| event.session.is_some());
    assert_eq!(ours.count(), 0, "a write without a journal");

    fs::remove_file(filler).unwrap();
    until(&daemon, |status| status["ready"] == true);
    until(&daemon, |_| role_of(&sandbox, account) == wanted);
    every_change_should_have_its_intent(&sandbox, &daemon);
}

fn can_mount() -> bool {
    let tried = Command::new("unshare").args(["-Urm", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// The program with a file system of its own of 8 MiB at `folder`.
fn on_a_small_disk(program: &Command, folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o size=8m none \"$0\" && exec \"$@\"";
    command.args(["-Urm", "sh", "-c", script]).arg(folder);
    command.arg(program.get_program()).args(program.get_args());
    command
}

/// Fills the disk to the last byte.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).unwrap();
    for size in [65_536, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    path
}

/// Reads the event stream until the status is so.
fn until(daemon: &Daemon, is_so: impl Fn(&serde_json::Value) -> bool) {
    let mut events = daemon.events().unwrap();
    let found = events.find(|(event, status)| event == "status" && is_so(status));
    assert!(found.is_some(), "the stream ended:\n{}", daemon.log());
}

fn passes_begun(daemon: &Daemon) -> u64 {
    let metrics = daemon.get("/metrics").unwrap().body;
    let counted =
        metrics.lines().filter(|line| line.starts_with("digitalex_rollout_passes_total{"));
    counted.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
}

fn every_change_should_have_its_intent(sandbox: &ServedSandbox, daemon: &Daemon) {
    let history = daemon.json("/api/v1/history?limit=500").unwrap();
    let entries = history["items"].as_array().unwrap();
    for event in sandbox.with_world(|world| world.trail().to_vec()) {
        let account = event.account.to_string();
        let named =
            entries.iter().filter(|entry| entry["account"] == account.as_str()).any(|entry| {
                let mut calls = entry["calls"].as_array().unwrap().iter();
                calls.any(|call| call.as_str().unwrap().starts_with(event.operation))
            });
        assert!(named || event.session.is_none(), "{event:?} has no intent");
    }
}
