//! Secrets, looked for in everything that the product leaves behind.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use digitalex_core::{ExternalId, PolicyDocument};
use digitalex_tests::daemon::DaemonHome;
use digitalex_tests::drift::DRIFTS;
use digitalex_tests::rigs::{SdkRig, ServedSandbox};
use digitalex_tests::rollout::{Rollout, TENANT_ID};
use digitalex_tests::{CleanEnv, Run, product};

/// What no output may hold: the tenant id, an external id that was found, the callers' secret keys,
/// and what the simulation puts into the secrets and tokens of its sessions.
const SECRETS: [&str; 5] = [
    TENANT_ID,
    "another-tenant",
    "canary-secret-access-key",
    "sandbox-canary-secret-key",
    SESSION_MARK,
];

/// Secret access keys and tokens of simulated sessions begin so.
const SESSION_MARK: &str = "SIMULATED";

/// Runs that succeed, fail, and fail early.
const RUNS: [&[&str]; 14] = [
    &["accounts"],
    &["audit"],
    &["audit", "--output", "json"],
    &["audit", "--admin-role", "Nobody"],
    &["plan", "--out", "plan.json"],
    &["apply", "plan.json"],
    &["apply", "--yes", "--adopt", "--output", "json"],
    &["audit", "--config", "broken.toml"],
    &["config", "check"],
    &["status"],
    &["status", "--output", "json"],
    &["history", "--output", "json", "--limit", "500"],
    &["drift", "--all"],
    &["drift", "--all", "--output", "json", "--limit", "500"],
];

const LEVELS: [&str; 3] = ["-q", "-v", "-vvv"];

/// A sandbox in which one account's role has each kind of drift in its trust policy.
async fn drifted() -> ServedSandbox {
    let sandbox = ServedSandbox::start(20).await;
    let rig = SdkRig::connect(&sandbox.url).await;
    for (drift, member) in DRIFTS.iter().zip(&sandbox.members) {
        let rollout = Rollout::of_member(&rig, "digitalex-finops", *member);
        rollout.put(*member, &(drift.found)(&rollout.desired(*member).await)).await;
    }
    sandbox
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_should_reach_any_output() -> Result<()> {
    let environment = CleanEnv::new()?;
    let home = environment.home();
    std::fs::write(
        home.join("broken.toml"),
        format!("tenant_id = \"{TENANT_ID}\"\nunknown = 1\n"),
    )?;
    let mut runs = 0;
    for level in LEVELS {
        let sandbox = drifted().await;
        for arguments in RUNS {
            let mut command = environment.command(product()?);
            command.args(arguments).arg(level);
            command.env("AWS_ENDPOINT_URL", &sandbox.url).env("AWS_REGION", "us-east-1");
            command.env("AWS_ACCESS_KEY_ID", "AKIATEST");
            command.env("AWS_SECRET_ACCESS_KEY", SECRETS[2]).env("DIGITALEX_TENANT_ID", TENANT_ID);
            let run = Run::of(command.output()?)?;
            let said = format!("{}{}", run.stdout, run.stderr);
            no_secret(&format!("{arguments:?} {level}"), &said);
            runs += usize::from(!said.is_empty());
        }
        no_secret_below(home)?;
    }
    assert!(runs > RUNS.len(), "the runs say something");
    Ok(())
}

/// The plan file and what a run leaves for the next are below the home. The store is not looked at: it
/// holds, on purpose and for its owner only, what the role was before each change, exactly, so that it
/// can be restored. What else it holds is looked at where nothing is changed.
fn no_secret_below(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            no_secret_below(&path)?;
        } else if name != "broken.toml" && !name.starts_with("store.sqlite") {
            no_secret(&path.display().to_string(), &std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_should_leave_the_daemon() -> Result<()> {
    for mode in ["observe", "correct"] {
        let sandbox = drifted().await;
        let home = DaemonHome::new(&sandbox.url)?;
        home.configure(&format!("[daemon]\nmode = \"{mode}\"\n"))?;
        let daemon = home.start_with(|program| {
            let mut command = Command::new(program.get_program());
            command.args(["daemon", "-vvv"]);
            command
        })?;
        for (event, data) in daemon.events()? {
            no_secret(&format!("event {event}"), &data.to_string());
            if event == "status" && data["last_pass"].is_object() {
                break;
            }
        }
        let mut paths: Vec<String> = PATHS.iter().map(|path| (*path).to_owned()).collect();
        for member in &sandbox.members {
            paths.push(format!("/api/v1/accounts/{member}"));
            paths.push(format!("/api/v1/accounts/{member}/history"));
        }
        for path in paths {
            let answer = daemon.get(&path)?;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            no_secret(&path, &format!("{}{}", answer.head, answer.body));
        }
        assert!(daemon.json("/api/v1/drift")?["items"].as_array().is_some_and(|it| !it.is_empty()));
        drop(daemon);
        no_secret_below(home.folder())?;
        let secrets = SECRETS.iter().filter(|secret| stored(&home, secret)).count();
        // Nothing is changed in mode observe: nothing is kept for restoring. Else the external ids of the
        // roles before are, and nothing of the sessions.
        assert_eq!(secrets > 0, mode == "correct", "{mode}: the store holds {secrets} secrets");
        assert!(SECRETS[2..].iter().all(|secret| !stored(&home, secret)), "{mode}");
    }
    Ok(())
}

/// What the daemon answers about the whole.
const PATHS: [&str; 13] = [
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/status",
    "/api/v1/accounts?limit=500",
    "/api/v1/accounts?q=tenant",
    "/api/v1/history?limit=500",
    "/api/v1/drift?limit=500",
    "/api/v1/drift/series?hours=24&steps=4",
    "/api/v1/passes",
    "/api/v1/units",
    "/api/v1/openapi.json",
];

/// Is this anywhere in the bytes of the store?
fn stored(home: &DaemonHome, secret: &str) -> bool {
    ["", "-wal"].iter().any(|end| {
        let file = format!("{}{end}", home.store().display());
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    })
}

fn no_secret(place: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{place} holds {secret}: {text}");
    }
}

#[test]
fn no_debug_should_show_an_external_id() {
    let external_id = ExternalId::new(TENANT_ID).expect("legal");
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole",
            "Condition":{{"StringEquals":{{"STS:externalid":["{TENANT_ID}"]}}}}}}]}}"#
    );
    let trust = PolicyDocument::parse(&trust).expect("a policy");
    let json = serde_json::to_string(&trust).expect("JSON");
    no_secret("Debug", &format!("{external_id:?} {trust:?} {:?} {json}", trust.trust_grants()));
}
