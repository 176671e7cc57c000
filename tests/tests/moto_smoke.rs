//! The Python peers do what their names say, against moto.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use digitalex_tests::{MotoServer, Venv};
use serde_json::{Value, json};

const ROLE: &str = "digitalex-finops";

/// A moto server with an organization.
struct Organization {
    venv: Venv,
    moto: MotoServer,
    management: String,
    members: Vec<String>,
}

impl Organization {
    fn of(members: usize) -> Self {
        let venv = Venv::open().unwrap();
        let moto = MotoServer::start(&venv, &[]).unwrap();
        let made = venv.python("moto_org.py", &moto.client_env(), &[&members.to_string()]).unwrap();
        let members = serde_json::from_value(made["members"].clone()).unwrap();
        let management = made["management"].as_str().unwrap().to_owned();
        Self { venv, moto, management, members }
    }

    fn python(&self, script: &str, args: &[&str]) -> Value {
        self.venv.python(script, &self.moto.client_env(), args).unwrap()
    }

    /// The same hand-made role in each account, with one of everything. Only where `boundary` is
    /// drifted is there one, for it is the account's own policy.
    fn put_role(&self, accounts: &[&str]) {
        let role = hand_made_role().to_string();
        self.python("put_role.py", &[&[&role, ROLE], accounts].concat());
    }

    fn read_role(&self, accounts: &[&str]) -> Value {
        self.python("read_role.py", &[&[ROLE], accounts].concat())
    }
}

fn hand_made_role() -> Value {
    json!({
        "path": "/",
        "description": "made by hand",
        "max_session_seconds": 3600,
        "trust": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "AWS": "arn:aws:iam::911403356698:root" },
                "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "sts:ExternalId": "tenant-1" } },
            }],
        },
        "inline": {
            "digitalex": {
                "Version": "2012-10-17",
                "Statement": [{ "Effect": "Allow", "Action": "ce:Get*", "Resource": "*" }],
            },
        },
        "tags": { "owner": "finops" },
    })
}

#[test]
fn peer_boto3_and_aws_cli_should_list_assume_and_create() {
    let organization = Organization::of(2);
    let env = organization.moto.client_env();
    let by_boto3 = organization.python("sandbox_boto3.py", &[]);
    let by_cli = organization.venv.bash("sandbox_awscli.sh", &env, &[]).unwrap();

    assert!(!organization.members.contains(&organization.management));
    for (peer, role, result) in
        [("boto3", "peer-boto3", by_boto3), ("AWS CLI", "peer-awscli", by_cli)]
    {
        let member = result["member"].as_str().unwrap();
        assert!(organization.members.iter().any(|id| id == member), "{peer} entered {member}");
        assert_eq!(result["accounts"], 3, "{peer}");
        assert_eq!(result["role"], format!("arn:aws:iam::{member}:role/{role}"), "{peer}");
    }
}

#[test]
fn peer_scripts_should_refuse_to_run_without_an_emulator() {
    let venv = Venv::open().unwrap();
    for endpoint in ["", "https://iam.amazonaws.com"] {
        let env = [("AWS_ENDPOINT_URL", endpoint)];
        let by_boto3 = venv.python("moto_org.py", &env, &["1"]).unwrap_err();
        let by_cli = venv.bash("sandbox_awscli.sh", &env, &[]).unwrap_err();
        for error in [by_boto3, by_cli] {
            assert!(error.to_string().contains("must name an emulator"), "{error}");
        }
    }
}

#[test]
fn peer_drift_should_change_only_what_it_is_named_for() {
    let drifts = [
        ("trust_changed", "trust"),
        ("external_id_missing", "trust"),
        ("wrong_account_trusted", "trust"),
        ("principal_deleted", "trust"),
        ("inline_changed", "inline"),
        ("inline_missing", "inline"),
        ("inline_extra", "inline"),
        ("managed_extra", "managed"),
        // After managed_extra, in the same account.
        ("managed_missing", "managed"),
        ("tag_changed", "tags"),
        ("tag_missing", "tags"),
        ("boundary", "boundary"),
        ("max_session", "max_session_seconds"),
        ("description", "description"),
    ];
    let organization = Organization::of(drifts.len());
    let accounts: Vec<&str> = organization.members.iter().map(String::as_str).collect();
    organization.put_role(&accounts);
    let extra = accounts[drifts.iter().position(|drift| drift.0 == "managed_missing").unwrap()];
    organization.python("drift_role.py", &["managed_extra", ROLE, extra]);

    let before = organization.read_role(&accounts);
    for ((drift, _), account) in drifts.iter().zip(&accounts) {
        organization.python("drift_role.py", &[drift, ROLE, account]);
    }
    let after = organization.read_role(&accounts);

    for ((drift, aspect), account) in drifts.iter().zip(&accounts) {
        let (before, after) = (before[account].as_object(), after[account].as_object());
        let (before, after) = (before.unwrap(), after.unwrap());
        let changed: Vec<&String> =
            before.keys().filter(|&key| before[key] != after[key]).collect();
        assert_eq!(changed, [aspect], "{drift}");
    }
}

#[test]
fn peer_read_should_tell_a_missing_role_from_the_one_put() {
    let organization = Organization::of(2);
    let accounts: Vec<&str> = organization.members.iter().map(String::as_str).collect();
    organization.put_role(&accounts);
    organization.python("drift_role.py", &["role_missing", ROLE, accounts[1]]);
    let read = organization.read_role(&accounts);

    assert_eq!(read[accounts[1]], Value::Null);
    for (aspect, wanted) in hand_made_role().as_object().unwrap() {
        assert_eq!(&read[accounts[0]][aspect], wanted, "{aspect}");
    }
}

#[test]
fn peer_equivalent_trust_should_be_written_otherwise_and_nothing_else() {
    let organization = Organization::of(1);
    let account = organization.members[0].as_str();
    organization.put_role(&[account]);
    let before = organization.read_role(&[account])[account].clone();
    organization.python("put_equivalent_trust.py", &[ROLE, account]);
    let mut after = organization.read_role(&[account])[account].clone();

    let statement = &after["trust"]["Statement"][0];
    assert_eq!(statement["Principal"], json!({ "AWS": ["911403356698"] }));
    assert_eq!(statement["Action"], json!(["sts:AssumeRole"]));
    assert_eq!(
        statement["Condition"],
        json!({ "StringEquals": { "sts:externalid": ["tenant-1"] } })
    );
    after["trust"] = before["trust"].clone();
    assert_eq!(before, after);
}
