//! Secrets, looked for in everything that the product leaves behind.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::path::Path;

use anyhow::Result;
use digitalex_core::{ExternalId, PolicyDocument};
use digitalex_tests::drift::DRIFTS;
use digitalex_tests::rigs::{SdkRig, ServedSandbox};
use digitalex_tests::rollout::{Rollout, TENANT_ID};
use digitalex_tests::{CleanEnv, Run, product};

/// What no output may hold: the tenant id, an external id that was found, the caller's secret key,
/// and what the simulation puts into the secrets and tokens of its sessions.
const SECRETS: [&str; 4] = [TENANT_ID, "another-tenant", "canary-secret-access-key", SESSION_MARK];

/// Secret access keys and tokens of simulated sessions begin so.
const SESSION_MARK: &str = "SIMULATED";

/// Runs that succeed, fail, and fail early.
const RUNS: [&[&str]; 9] = [
    &["accounts"],
    &["audit"],
    &["audit", "--output", "json"],
    &["audit", "--admin-role", "Nobody"],
    &["plan", "--out", "plan.json"],
    &["apply", "plan.json"],
    &["apply", "--yes", "--adopt", "--output", "json"],
    &["audit", "--config", "broken.toml"],
    &["config", "check"],
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

/// The plan file and the journal are below the home.
fn no_secret_below(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            no_secret_below(&path)?;
        } else if path.file_name().is_some_and(|name| name != "broken.toml") {
            no_secret(&path.display().to_string(), &std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
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
