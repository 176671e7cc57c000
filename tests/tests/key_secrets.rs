//! The secrets of access keys, looked for in everything that the product leaves behind.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]
#![allow(clippy::print_stderr, reason = "what is skipped is said")]

use std::backtrace::Backtrace;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::panic;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::middleware::map_response;
use axum::response::Response;
use digitalex_core::{IdentityKind, Verdict};
use digitalex_tests::daemon::{Daemon, DaemonHome};
use digitalex_tests::rigs::{SdkRig, ServedSandbox};
use digitalex_tests::rollout::{Rollout, TENANT_ID};
use digitalex_tests::{KeyHolder, Run};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// Secret access keys that sandboxes of this process gave out over HTTP, those of sessions too.
static GIVEN_OUT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Those of sessions begin so.
const SESSION_MARK: &str = "SIMULATED";

/// A sandbox of a few accounts.
const ACCOUNTS: usize = 6;
/// Its members.
const MEMBERS: usize = ACCOUNTS - 1;
/// Of so many accounts some are done last, and what lies in memory of them is not yet overwritten.
const MANY_ACCOUNTS: usize = 60;

/// A sandbox in a process of its own, seen from the product, whose secrets are written down.
async fn sandbox(accounts: usize) -> ServedSandbox {
    ServedSandbox::start_behind(accounts, |face: Router| face.layer(map_response(written_down)))
        .await
}

async fn written_down(answer: Response) -> Response {
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let text = String::from_utf8_lossy(&body);
    let secrets = text.split("<SecretAccessKey>").skip(1);
    let secrets = secrets.filter_map(|rest| Some(rest.split_once('<')?.0.to_owned()));
    GIVEN_OUT.lock().unwrap_or_else(PoisonError::into_inner).extend(secrets);
    Response::from_parts(head, Body::from(body))
}

fn given_out() -> BTreeSet<String> {
    GIVEN_OUT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The secrets of users' keys among them.
fn secrets_of_keys() -> BTreeSet<String> {
    given_out().into_iter().filter(|secret| !secret.starts_with(SESSION_MARK)).collect()
}

fn no_secret(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for secret in given_out() {
        assert!(!text.contains(&secret), "{place} holds {secret}");
    }
}

/// No file of a folder holds a secret, the database, its log and half-written files included; but for those
/// that are there to hold one.
fn no_secret_below(folder: &Path, but_for: &[&str]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            no_secret_below(&path, but_for)?;
        } else if !but_for.contains(&name.as_str()) {
            no_secret(&path.display().to_string(), &fs::read(&path)?);
        }
    }
    Ok(())
}

/// What is run one after the other, and the exit code.
const RUNS: &[(&[&str], i32)] = &[
    (&["plan", "--out", "plan.json"], 2),
    (&["apply", "plan.json"], 0),
    (&["audit"], 0),
    (&["audit", "--output", "json"], 0),
    (&["keys", "rotate", "--yes"], 3),
    (&["audit", "--output", "json"], 2),
    (&["plan", "--out", "held.json"], 2),
    (&["keys", "rotate", "--confirm", "--yes", "--output", "json"], 0),
    (&["export"], 0),
    (&["export", "--format", "json", "--out", "export.json"], 0),
    (&["keys", "export"], 0),
    (&["keys", "export", "--format", "json"], 0),
    (&["keys", "export", "--reveal", "--identity", "identity.txt", "--out", REVEALED], 0),
    (&["keys", "export", "--reveal", "--identity", "digitalex-rollout.toml", "--out", "no.csv"], 1),
    (&["apply", "--yes", "--config", "no-sink.toml"], 3),
    (&["apply", "--yes", "--config", "no-sink.toml", "--output", "json"], 3),
    (&["history", "--output", "json", "--limit", "500"], 0),
    (&["history", "--limit", "500"], 0),
    (&["status", "--output", "json"], 0),
    (&["drift", "--all", "--output", "json", "--limit", "500"], 2),
    (&["apply", "--yes", "--auth", "role", "--output", "json"], 0),
    (&["keys", "retire", "--yes", "--auth", "role"], 0),
    (&["keys", "retire", "--delete", "--yes", "--auth", "role", "--output", "json"], 0),
    (&["history", "--output", "json", "--limit", "500"], 0),
];

const REVEALED: &str = "revealed.csv";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_a_key_should_reach_any_output_or_file() -> Result<()> {
    for level in ["-q", "-v", "-vv", "-vvv"] {
        let (sandbox, holder) = (sandbox(ACCOUNTS).await, KeyHolder::default());
        let home = DaemonHome::new(&sandbox.url)?;
        home.configure(&holder.configuration("keys"))?;
        let no_sink = "user_name = \"digitalex-unkept\"\n".to_owned();
        fs::write(home.folder().join("a-file"), "")?;
        fs::write(
            home.folder().join("no-sink.toml"),
            no_sink + &holder.configuration("a-file/keys"),
        )?;
        holder.write_identity(&home.folder().join("identity.txt"))?;
        for (arguments, code) in RUNS {
            let mut command = home.command(arguments)?;
            let run = Run::of(command.arg(level).env("RUST_LOG", "trace").output()?)?;
            assert_eq!(run.code, *code, "{arguments:?} {level}: {}{}", run.stderr, run.stdout);
            no_secret(&format!("{arguments:?} {level}"), run.stdout.as_bytes());
            no_secret(&format!("{arguments:?} {level}"), run.stderr.as_bytes());
        }
        // Two keys of each user that was kept, and two of each for which there was no sink.
        let made = sandbox.with_world(|world| world.calls().arrived["CreateAccessKey"]);
        assert_eq!(made, 4 * MEMBERS as u64);
        assert!(secrets_of_keys().len() >= 4 * MEMBERS);
        no_secret_below(home.folder(), &[REVEALED])?;
        let revealed = fs::read_to_string(home.folder().join(REVEALED))?;
        let told = secrets_of_keys().iter().filter(|secret| revealed.contains(*secret)).count();
        assert!(told >= MEMBERS, "what is written down is what was given out");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_a_key_should_be_told_by_a_panic() {
    let sandbox = sandbox(ACCOUNTS).await;
    let rig = SdkRig::connect(&sandbox.url).await;
    let mut rollout = Rollout::of_all(&rig);
    rollout.spec.settings.identity.kind = IdentityKind::User;
    rollout.key_sink.panic();
    let told = Arc::new(Mutex::new(String::new()));
    let (before, heard) = (panic::take_hook(), Arc::clone(&told));
    panic::set_hook(Box::new(move |panic| {
        let text = format!("{panic}\n{}\n", Backtrace::force_capture());
        heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
    }));
    let outcome = rollout.apply().await;
    panic::set_hook(before);
    assert_eq!(outcome.status.count(Verdict::Failed), MEMBERS, "{:?}", outcome.status);
    assert!(secrets_of_keys().len() >= MEMBERS);
    let told = told.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(told.matches("cannot keep NewAccessKey").count(), MEMBERS, "{told}");
    no_secret("a panic", told.as_bytes());
    no_secret("the records", format!("{outcome:?}").as_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_while_a_secret_is_held_should_leave_no_core() -> Result<()> {
    let (sandbox, home) = (sandbox(ACCOUNTS).await, tempfile::tempdir()?);
    if !leaves_a_core(home.path())? {
        eprintln!("SKIPPED: this machine writes no cores: no crash was looked at");
        return Ok(());
    }
    // It takes the secret, and answers nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let product = DaemonHome::new(&sandbox.url)?;
    product.configure("auth = \"access_key\"\n[access_keys.secrets_manager]\n")?;
    let command = product.command(&["apply", "--yes", "-vvv"])?;
    let mut process = with_cores(&command, product.folder())
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("http://{}", silent.local_addr()?))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let held = secret_that_arrives(&silent).await?;
    assert!(secrets_of_keys().contains(&held), "the sink is given what AWS gave out");
    let aborted = Command::new("kill").args(["-ABRT", &process.id().to_string()]).status()?;
    assert!(aborted.success() && process.wait()?.signal() == Some(6));
    let output = process.wait_with_output()?;
    no_secret("standard output", &output.stdout);
    no_secret("standard error", &output.stderr);
    assert_eq!(cores(product.folder())?, 0);
    no_secret_below(product.folder(), &[])
}

/// The secret in the first request that has one.
async fn secret_that_arrives(listener: &TcpListener) -> Result<String> {
    let (mut stream, _) = listener.accept().await?;
    let mut text = String::new();
    loop {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await?;
        ensure!(count > 0, "the request ended: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        let known = secrets_of_keys().into_iter().find(|secret| text.contains(secret));
        if let Some(secret) = known {
            return Ok(secret);
        }
    }
}

/// Whether a process that is aborted leaves a core in its folder.
fn leaves_a_core(folder: &Path) -> Result<bool> {
    let mut sleeper = Command::new("sh");
    sleeper.args(["-c", "ulimit -c unlimited; kill -ABRT $$"]).current_dir(folder).status()?;
    Ok(cores(folder)? > 0)
}

fn cores(folder: &Path) -> Result<usize> {
    let entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    Ok(entries
        .iter()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("core"))
        .count())
}

/// The command in this folder, with cores of any size.
fn with_cores(command: &Command, folder: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(command.get_args()).current_dir(folder);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// A daemon that has made a key in every member, and its home.
fn correcting(sandbox: &ServedSandbox, holder: &KeyHolder) -> Result<(DaemonHome, Daemon)> {
    let home = DaemonHome::new(&sandbox.url)?;
    let keys = holder.configuration("keys");
    home.configure(&format!("{keys}\n[daemon]\nmode = \"correct\"\n"))?;
    let daemon = home.start_with(|program| {
        let mut command = Command::new(program.get_program());
        command.args(["daemon", "-vvv"]);
        command
    })?;
    for (event, data) in daemon.events()? {
        no_secret(&format!("event {event}"), data.to_string().as_bytes());
        if event == "status" && data["last_pass"].is_object() {
            break;
        }
    }
    let kept = holder.read(&home.folder().join("keys"))?;
    ensure!(kept.len() == sandbox.members.len(), "{} keys are kept:\n{}", kept.len(), daemon.log());
    let known = secrets_of_keys();
    let is_known = |key: &serde_json::Value| {
        key["secret_access_key"].as_str().is_some_and(|it| known.contains(it))
    };
    ensure!(kept.iter().all(is_known), "what is kept is what was given out");
    Ok((home, daemon))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_a_key_should_leave_the_daemon() -> Result<()> {
    let (sandbox, holder) = (sandbox(ACCOUNTS).await, KeyHolder::default());
    let (home, daemon) = correcting(&sandbox, &holder)?;
    let mut paths: Vec<String> = PATHS.iter().map(|path| (*path).to_owned()).collect();
    for member in &sandbox.members {
        paths.push(format!("/api/v1/accounts/{member}"));
        paths.push(format!("/api/v1/accounts/{member}/history"));
    }
    for path in paths {
        let answer = daemon.get(&path)?;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        no_secret(&path, format!("{}{}", answer.head, answer.body).as_bytes());
    }
    no_secret_below(home.folder(), &[])?;
    drop(daemon);
    no_secret_below(home.folder(), &[])
}

/// What the daemon answers about the whole.
const PATHS: [&str; 10] = [
    "/",
    "/metrics",
    "/readyz",
    "/api/v1/status",
    "/api/v1/accounts?limit=500",
    "/api/v1/history?limit=500",
    "/api/v1/drift?limit=500",
    "/api/v1/drift/series?hours=24&steps=4",
    "/api/v1/passes",
    "/api/v1/units",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_a_key_should_stay_in_memory() -> Result<()> {
    if Command::new("gcore").arg("--help").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: there is no gcore here (gdb has it): no core was looked at");
        return Ok(());
    }
    let (sandbox, holder) = (sandbox(MANY_ACCOUNTS).await, KeyHolder::default());
    let (home, daemon) = correcting(&sandbox, &holder)?;
    let Some(core) = core_of(&daemon, home.folder())? else { return Ok(()) };
    // A daemon knows whose tenant it is: the search finds what is there.
    assert!(found_in(&core, home.folder(), [TENANT_ID.to_owned()].into())? > 0);
    let secrets = secrets_of_keys();
    let (count, found) = (secrets.len(), found_in(&core, home.folder(), secrets)?);
    assert_eq!(found, 0, "copies of {count} secrets in the core");
    Ok(())
}

/// Writes a core of the daemon; none where this machine does not let its debugger in.
fn core_of(daemon: &Daemon, folder: &Path) -> Result<Option<std::path::PathBuf>> {
    let (pid, name) = (daemon.pid().to_string(), folder.join("core"));
    let output = Command::new("gcore").arg("-o").arg(&name).arg(&pid).output()?;
    let core = folder.join(format!("core.{pid}"));
    if core.is_file() {
        return Ok(Some(core));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    eprintln!("SKIPPED: gcore may not look into processes here: no core was looked at: {said}");
    Ok(None)
}

/// How often any of these is in the file.
fn found_in(core: &Path, folder: &Path, texts: BTreeSet<String>) -> Result<usize> {
    let patterns = folder.join("patterns");
    let lines: Vec<String> = texts.into_iter().collect();
    fs::write(&patterns, lines.join("\n"))?;
    let output = Command::new("grep")
        .args(["--text", "--only-matching", "--byte-offset", "--fixed-strings", "--file"])
        .arg(&patterns)
        .arg(core)
        .env("LC_ALL", "C")
        .output()
        .context("there is no grep")?;
    fs::remove_file(patterns)?;
    ensure!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count())
}
