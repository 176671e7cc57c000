//! The product against a third party's AWS emulator, started by environment variables alone, and
//! read back with boto3.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::process::Stdio;

use anyhow::{Context, Result};
use digitalex_tests::rollout::TENANT_ID;
use digitalex_tests::{CleanEnv, MotoServer, Run, Venv, product};
use serde_json::{Value, json};

const ROLE: &str = "digitalex-finops";
const BILLING: &[(&str, &str)] =
    &[("DIGITALEX_PROFILE", "billing"), ("DIGITALEX_BUCKET", "example-cur-bucket")];
const MEMBER: &[(&str, &str)] = &[("DIGITALEX_PROFILE", "member")];

/// Each drift that the peer makes of a role with profile `billing`, as reports name it.
const BILLING_DRIFTS: &[(&str, &str)] = &[
    ("trust_changed", "trust_changed"),
    ("external_id_missing", "trust_changed"),
    ("wrong_account_trusted", "trust_changed"),
    ("principal_deleted", "trust_changed"),
    ("inline_changed", "inline_changed"),
    ("inline_missing", "inline_missing"),
    ("inline_extra", "inline_extra"),
    ("managed_extra", "managed_extra"),
    ("tag_changed", "tag_changed"),
    ("tag_missing", "tag_missing"),
    ("max_session", "max_session_duration_changed"),
    ("description", "description_changed"),
    ("role_missing", "role_missing"),
];
const MANAGED_DRIFTS: &[(&str, &str)] =
    &[("managed_missing", "managed_missing"), ("managed_extra", "managed_extra")];

/// The product and a moto server with an organization.
struct Rollout {
    venv: Venv,
    moto: MotoServer,
    environment: CleanEnv,
    settings: &'static [(&'static str, &'static str)],
    management: String,
    members: Vec<String>,
}

impl Rollout {
    fn start(
        members: usize,
        settings: &'static [(&str, &str)],
        moto: &[(&str, &str)],
    ) -> Result<Self> {
        let venv = Venv::open()?;
        let moto = MotoServer::start(&venv, moto)?;
        let made = venv.python("moto_org.py", &moto.client_env(), &[&members.to_string()])?;
        let members = serde_json::from_value(made["members"].clone())?;
        let management = made["management"].as_str().context("an account id")?.to_owned();
        Ok(Self { venv, moto, environment: CleanEnv::new()?, settings, management, members })
    }

    /// Runs the product, taking hand-made roles over: a role without our tag is one.
    fn run(&self, args: &[&str]) -> Result<Run> {
        let mut command = self.environment.command(product()?);
        command
            .args(args)
            .args(["--output", "json"])
            .envs(self.moto.client_env())
            .envs(self.settings.iter().copied())
            .env("DIGITALEX_TENANT_ID", TENANT_ID)
            .env("DIGITALEX_ADOPT", "true");
        Run::of(command.stdin(Stdio::null()).output().context("cannot start the product")?)
    }

    fn audit(&self, code: i32) -> Result<Value> {
        self.report(&["audit"], code)
    }

    fn apply(&self, code: i32) -> Result<Value> {
        self.report(&["apply", "--yes"], code)
    }

    fn report(&self, args: &[&str], code: i32) -> Result<Value> {
        let run = self.run(args)?;
        assert_eq!(run.code, code, "{args:?}: {}{}", run.stderr, run.stdout);
        Ok(run.json())
    }

    fn python(&self, script: &str, args: &[&str]) -> Result<Value> {
        self.venv.python(script, &self.moto.client_env(), args)
    }

    /// An apply that finds nothing to do.
    fn apply_should_write_nothing(&self) -> Result<()> {
        assert_eq!(writes(&self.apply(0)?), Vec::<&String>::new());
        Ok(())
    }

    /// boto3 reads the wanted role, whole, in each account.
    fn boto3_should_read(&self, accounts: &[&str], inline: &Value, managed: &[&str]) -> Result<()> {
        let read = self.python("read_role.py", &[&[ROLE], accounts].concat())?;
        for account in accounts {
            let mut found = read[account].clone();
            found
                .as_object_mut()
                .with_context(|| format!("{account} has no role"))?
                .remove("role_id");
            let wanted = json!({
                "arn": format!("arn:aws:iam::{account}:role/{ROLE}"),
                "path": "/",
                "description": "DigitalEx cost governance, managed by digitalex-rollout",
                "max_session_seconds": 3600,
                "boundary": null,
                "trust": trust(),
                "inline": inline,
                "managed": managed,
                "tags": { "digitalex:managed-by": "digitalex-rollout" },
            });
            assert_eq!(found, wanted, "{account}");
        }
        Ok(())
    }

    /// Each drift, in an account of its own, is named by the audit, and put right by the apply.
    fn drifts_should_be_named_and_repaired(&self, drifts: &[(&str, &str)]) -> Result<()> {
        assert!(drifts.len() <= self.members.len(), "an account for each drift");
        for ((drift, _), account) in drifts.iter().zip(&self.members) {
            self.python("drift_role.py", &[drift, ROLE, account])?;
        }
        let audited = self.audit(2)?;
        for ((drift, kind), account) in drifts.iter().zip(&self.members) {
            assert_eq!(kinds(&audited, account), [*kind], "{drift}");
        }
        let drifted = accounts(&audited).filter(|account| account["verdict"] == "drifted").count();
        assert_eq!(drifted, drifts.len(), "no other account drifted");
        self.apply(0)?;
        self.audit(0)?;
        Ok(())
    }

    fn members(&self) -> Vec<&str> {
        self.members.iter().map(String::as_str).collect()
    }
}

#[test]
fn peer_product_should_keep_profile_billing_in_200_accounts() -> Result<()> {
    let rollout = Rollout::start(200, BILLING, &[])?;
    let all = [&[rollout.management.as_str()], &rollout.members()[..]].concat();
    let inline = json!({ "digitalex-billing": billing_policy() });

    let applied = rollout.apply(0)?;
    let converged = accounts(&applied).filter(|account| account["verdict"] == "converged").count();
    assert_eq!(converged, 201, "the management account takes part where there is a bucket");
    assert_eq!(writes(&applied), ["CreateRole", "PutRolePolicy"]);
    rollout.boto3_should_read(&all, &inline, &[])?;
    rollout.apply_should_write_nothing()?;
    rollout.audit(0)?;

    rollout.python("put_equivalent_trust.py", &[ROLE, &rollout.members[0]])?;
    rollout.audit(0)?;
    rollout.apply_should_write_nothing()?;

    rollout.drifts_should_be_named_and_repaired(BILLING_DRIFTS)?;
    rollout.boto3_should_read(&all, &inline, &[])
}

#[test]
fn peer_product_should_leave_an_undeclared_boundary_to_a_person() -> Result<()> {
    let rollout = Rollout::start(2, BILLING, &[])?;
    rollout.apply(0)?;
    let bounded = &rollout.members[0];
    rollout.python("drift_role.py", &["boundary", ROLE, bounded])?;

    assert_eq!(kinds(&rollout.audit(2)?, bounded), ["boundary_changed"]);
    let applied = rollout.apply(3)?;
    assert_eq!(writes(&applied), Vec::<&String>::new());
    assert_eq!(kinds(&applied, bounded), ["boundary_changed"]);
    Ok(())
}

/// Loading AWS's managed policies costs moto seconds and 70 MB an account.
#[test]
fn peer_product_should_keep_profile_member_in_5_accounts() -> Result<()> {
    let rollout = Rollout::start(5, MEMBER, &[("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")])?;
    let inline = json!({ "digitalex-member": allow(&[
        (json!("ce:StartSavingsPlansPurchaseRecommendationGeneration"), json!("*")),
    ]) });
    let managed = [
        "arn:aws:iam::aws:policy/AWSOrganizationsReadOnlyAccess",
        "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess",
        "arn:aws:iam::aws:policy/ComputeOptimizerReadOnlyAccess",
        "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    ];

    rollout.apply(0)?;
    rollout.boto3_should_read(&rollout.members(), &inline, &managed)?;
    rollout.apply_should_write_nothing()?;
    rollout.drifts_should_be_named_and_repaired(MANAGED_DRIFTS)?;
    rollout.boto3_should_read(&rollout.members(), &inline, &managed)
}

fn trust() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::911403356698:root" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": TENANT_ID } },
        }],
    })
}

fn billing_policy() -> Value {
    let bucket = json!(["arn:aws:s3:::example-cur-bucket", "arn:aws:s3:::example-cur-bucket/*"]);
    let iam = ["iam:Get*", "iam:List*", "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"];
    allow(&[
        (json!(["s3:GetObject", "s3:ListBucket"]), bucket),
        (json!(["organizations:Describe*", "organizations:List*"]), json!("*")),
        (json!(["ce:Get*", "ce:Desc*", "ce:List*"]), json!("*")),
        (json!(iam), json!("*")),
        (json!(["cur:Get*", "cur:ValidateReportDestination", "cur:Describe*"]), json!("*")),
    ])
}

fn allow(statements: &[(Value, Value)]) -> Value {
    let statements: Vec<Value> = statements
        .iter()
        .map(|(action, resource)| json!({ "Effect": "Allow", "Action": action, "Resource": resource }))
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn accounts(report: &Value) -> impl Iterator<Item = &Value> {
    report["accounts"].as_array().expect("accounts").iter()
}

/// The kinds of the differences found in one account.
fn kinds<'a>(report: &'a Value, account: &str) -> Vec<&'a str> {
    let found = accounts(report).find(|found| found["id"] == account).expect("a record");
    let differences = found["differences"].as_array().expect("differences");
    differences.iter().filter_map(|difference| difference["kind"].as_str()).collect()
}

/// The operations called that are not reads.
fn writes(report: &Value) -> Vec<&String> {
    let reads = |name: &str| {
        ["Assume", "Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb))
    };
    let calls = report["calls"].as_object().expect("calls");
    calls.keys().filter(|name| !reads(name)).collect()
}
