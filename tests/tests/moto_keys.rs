//! The product with users and access keys against a third party's AWS emulator, read back with boto3; and
//! what it hands out, used there.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result};
use digitalex_tests::rollout::TENANT_ID;
use digitalex_tests::{CleanEnv, KeyHolder, MotoServer, Run, Venv, product};
use serde_json::{Value, json};

const USER: &str = "digitalex-finops";
const SECRETS_MANAGER: &str =
    "auth = \"access_key\"\n\n[access_keys]\nsecrets_manager = { prefix = \"handed-over/\" }\n";

/// The product and a moto server with an organization.
struct Rollout {
    venv: Venv,
    moto: MotoServer,
    environment: CleanEnv,
    members: Vec<String>,
}

/// A row of an export.
struct Handed {
    account: String,
    arn: String,
    key: String,
    state: String,
    secret: String,
}

impl Rollout {
    /// Starts a moto server, and puts this configuration in the product's home.
    fn start(members: usize, configuration: &str) -> Result<Self> {
        let venv = Venv::open()?;
        let moto = MotoServer::start(&venv, &[("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")])?;
        let made = venv.python("moto_org.py", &moto.client_env(), &[&members.to_string()])?;
        let members = serde_json::from_value(made["members"].clone())?;
        let environment = CleanEnv::new()?;
        let text = format!("path = \"/finops/\"\ntags = {{ team = \"finops\" }}\n{configuration}");
        fs::write(environment.home().join("digitalex-rollout.toml"), text)?;
        Ok(Self { venv, moto, environment, members })
    }

    fn run(&self, args: &[&str], code: i32) -> Result<Run> {
        let mut command = self.environment.command(product()?);
        command.args(args).envs(self.moto.client_env()).env("DIGITALEX_TENANT_ID", TENANT_ID);
        let run = Run::of(command.stdin(Stdio::null()).output().context("no product")?)?;
        assert_eq!(run.code, code, "{args:?}: {}{}", run.stderr, run.stdout);
        Ok(run)
    }

    /// What boto3 reads in each account.
    fn users(&self) -> Result<Value> {
        let accounts = self.members.iter().map(String::as_str);
        let arguments: Vec<&str> = [USER].into_iter().chain(accounts).collect();
        self.venv.python("read_user.py", &self.moto.client_env(), &arguments)
    }

    /// boto3 reads the wanted user, whole, in each account, with one key that works.
    fn boto3_should_read_wanted_users(&self) -> Result<()> {
        let users = self.users()?;
        for account in &self.members {
            let keys = users[account]["keys"].as_object().context("keys")?;
            let [key] = keys.keys().collect::<Vec<_>>()[..] else { panic!("one key: {keys:?}") };
            assert_eq!(users[account], wanted(account, key), "{account}");
        }
        Ok(())
    }

    /// What `keys export --reveal` writes.
    fn revealed(&self, args: &[&str]) -> Result<Vec<Handed>> {
        let out = ["--format", "json", "--out", "handed.json"];
        let reveal: &[&str] = &["keys", "export", "--reveal"];
        let run = self.run(&[reveal, &out, args].concat(), 0)?;
        let text = fs::read_to_string(self.environment.home().join("handed.json"))?;
        let document: Value = serde_json::from_str(&text)?;
        let field = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let rows = document["accounts"].as_array().context("accounts")?.iter().map(|row| Handed {
            account: field(row, "account_id"),
            arn: field(row, "arn"),
            key: field(row, "access_key_id"),
            state: field(row, "key_state"),
            secret: field(row, "secret_access_key"),
        });
        let rows: Vec<Handed> = rows.collect();
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(rows.iter().all(|row| !said.contains(&row.secret)), "a secret is printed: {said}");
        Ok(rows)
    }

    /// moto, checking signatures, takes whoever has this key and secret for the user, and nobody else.
    fn moto_should_know(&self, handed: &Handed) -> Result<()> {
        let mut env = self.moto.client_env();
        (env[1].1, env[2].1) = (&handed.key, &handed.secret);
        let seen = self.venv.python("caller_of_key.py", &env, &[])?;
        let expected = json!({ "caller": handed.arn, "stranger": "SignatureDoesNotMatch" });
        assert_eq!(seen, expected, "{}", handed.account);
        Ok(())
    }
}

fn wanted(account: &str, key: &str) -> Value {
    let policies = [
        "AWSOrganizationsReadOnlyAccess",
        "CloudWatchReadOnlyAccess",
        "ComputeOptimizerReadOnlyAccess",
        "IAMReadOnlyAccess",
        "ReadOnlyAccess",
        "job-function/ViewOnlyAccess",
    ];
    let recommend = json!({
        "Effect": "Allow",
        "Action": "ce:StartSavingsPlansPurchaseRecommendationGeneration",
        "Resource": "*",
    });
    json!({
        "arn": format!("arn:aws:iam::{account}:user/finops/{USER}"),
        "path": "/finops/",
        "boundary": null,
        "inline": { "digitalex-member": { "Version": "2012-10-17", "Statement": [recommend] } },
        "managed": policies.map(|policy| format!("arn:aws:iam::aws:policy/{policy}")),
        "tags": {
            "digitalex:managed-by": "digitalex-rollout",
            "digitalex:access-keys": format!("current={key}"),
            "team": "finops",
        },
        "keys": { key: "Active" },
        "groups": [],
        "login_profile": false,
    })
}

#[test]
fn peer_product_should_make_users_whose_keys_from_age_files_authenticate() -> Result<()> {
    let holder = KeyHolder::default();
    let rollout = Rollout::start(2, &holder.configuration("keys"))?;
    holder.write_identity(&rollout.environment.home().join("identity.txt"))?;
    rollout.run(&["apply", "--yes"], 0)?;
    rollout.boto3_should_read_wanted_users()?;
    let before = rollout.users()?;
    rollout.run(&["apply", "--yes"], 0)?;
    rollout.run(&["audit"], 0)?;
    assert_eq!(rollout.users()?, before);

    let handed = rollout.revealed(&["--identity", "identity.txt"])?;
    assert_eq!(handed.iter().filter(|row| row.state == "current").count(), 2);
    for row in &handed {
        assert_eq!(before[&row.account]["arn"], row.arn);
        rollout.moto_should_know(row)?;
    }
    let kept = holder.read(&rollout.environment.home().join("keys"))?;
    assert_eq!(kept.len(), 2);
    for (kept, row) in kept.iter().zip(&handed) {
        assert_eq!(
            (&kept["access_key_id"], &kept["secret_access_key"]),
            (&json!(row.key), &json!(row.secret))
        );
    }
    Ok(())
}

#[test]
fn peer_product_should_rotate_keys_by_their_use_in_secrets_manager() -> Result<()> {
    let rollout = Rollout::start(1, SECRETS_MANAGER)?;
    rollout.run(&["apply", "--yes"], 0)?;
    rollout.boto3_should_read_wanted_users()?;
    let handed = rollout.revealed(&[])?;
    let [old] = handed.as_slice() else { panic!("one key") };
    rollout.moto_should_know(old)?;
    stages_should_be(&rollout, old, &[("AWSCURRENT", old)])?;

    // A second key beside it, which waits for its use.
    rollout.run(&["keys", "rotate", "--yes"], 3)?;
    let handed = rollout.revealed(&[])?;
    let [current, next] = handed.as_slice() else { panic!("two keys") };
    assert_eq!((current.state.as_str(), next.state.as_str()), ("current", "next"));
    assert_eq!(current.key, old.key);
    stages_should_be(&rollout, old, &[("AWSCURRENT", old), ("AWSPENDING", next)])?;
    rollout.run(&["keys", "rotate", "--yes"], 3)?;

    rollout.moto_should_know(next)?;
    rollout.run(&["keys", "rotate", "--yes"], 0)?;
    let users = rollout.users()?;
    let keys = json!({ &old.key: "Inactive", &next.key: "Active" });
    assert_eq!(users[&old.account]["keys"], keys);
    let stages = [("AWSCURRENT", next), ("AWSPENDING", next), ("AWSPREVIOUS", old)];
    stages_should_be(&rollout, old, &stages)?;
    rollout.run(&["audit"], 0)?;
    Ok(())
}

/// boto3 reads these keys at these stages of the account's secret, and no others.
fn stages_should_be(rollout: &Rollout, of: &Handed, stages: &[(&str, &Handed)]) -> Result<()> {
    let name = format!("handed-over/{}/{USER}", of.account);
    let env = rollout.moto.client_env();
    let read = rollout.venv.python("read_secret.py", &env, &[&name])?;
    let held = |handed: &Handed| {
        json!({
            "account_id": handed.account,
            "user_name": USER,
            "access_key_id": handed.key,
            "secret_access_key": handed.secret,
        })
    };
    let expected: serde_json::Map<String, Value> =
        stages.iter().map(|(stage, key)| ((*stage).to_owned(), held(key))).collect();
    assert_eq!(read["stages"], Value::Object(expected));
    Ok(())
}
