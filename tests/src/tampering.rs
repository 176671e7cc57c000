//! What other people do to a role behind the program's back, as API calls to a served sandbox.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use rand::Rng;
use serde_json::{Value, json};

use crate::rigs::ServedSandbox;

/// The role of the default configuration.
pub const ROLE: &str = "digitalex-finops";

/// The tag that the configuration is to declare, so that another value is drift.
pub const TAG: &str = "cost-center";

/// The managed policy of the default configuration.
const MANAGED: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// The kinds of tampering.
const KINDS: [&str; 9] = [
    "trust opened",
    "external id changed",
    "administrator attached",
    "policy detached",
    "inline policy added",
    "inline policy removed",
    "description changed",
    "session prolonged",
    "tag changed",
];

/// Tampers with the role of `account` in one of the ways, and says which.
///
/// # Panics
/// The role is not there.
pub fn tamper(sandbox: &ServedSandbox, account: AccountId, rng: &mut impl Rng) -> &'static str {
    let kind = KINDS[rng.random_range(0..KINDS.len())];
    let call =
        |operation: &str, request: Value| drop(sandbox.call(account, "iam", operation, request));
    let role = |mut request: Value| {
        request["RoleName"] = json!(ROLE);
        request
    };
    let anything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let trust = |condition: Value| {
        let principal = json!({"AWS": "arn:aws:iam::911403356698:root"});
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition});
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        role(json!({"PolicyDocument": document.to_string()}))
    };
    match kind {
        "trust opened" => call("UpdateAssumeRolePolicy", trust(json!({}))),
        "external id changed" => {
            let other = json!({"StringEquals": {"sts:ExternalId": "another-tenant"}});
            call("UpdateAssumeRolePolicy", trust(other));
        }
        "administrator attached" => {
            let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
            call("AttachRolePolicy", role(json!({"PolicyArn": arn})));
        }
        "policy detached" => call("DetachRolePolicy", role(json!({"PolicyArn": MANAGED}))),
        "inline policy added" => {
            let document = anything.to_string();
            call(
                "PutRolePolicy",
                role(json!({"PolicyName": "by-hand", "PolicyDocument": document})),
            );
        }
        "inline policy removed" => {
            let policy = inline_policies(sandbox, account).into_keys().next();
            call("DeleteRolePolicy", role(json!({"PolicyName": policy})));
        }
        "description changed" => call("UpdateRole", role(json!({"Description": "by hand"}))),
        "session prolonged" => call("UpdateRole", role(json!({"MaxSessionDuration": 43200}))),
        _ => {
            let tag = json!([{"Key": TAG, "Value": "by hand"}]);
            call("TagRole", role(json!({"Tags": tag})));
        }
    }
    kind
}

/// Whether the role of `account` is there with all that can be taken from it.
#[must_use]
pub fn is_whole(sandbox: &ServedSandbox, account: AccountId) -> bool {
    sandbox.with_world(|world| {
        let role = world.state().accounts[&account].iam.roles.get(ROLE);
        role.is_some_and(|role| {
            role.identity.attached.contains(MANAGED) && !role.identity.inline.is_empty()
        })
    })
}

/// What stands in the role of `account`, without what changes by itself.
///
/// # Panics
/// There is no role.
#[must_use]
pub fn role_of(sandbox: &ServedSandbox, account: AccountId) -> Value {
    sandbox.with_world(|world| {
        let account = &world.state().accounts[&account];
        let role = account.iam.roles.values().find(|role| role.identity.name == ROLE);
        serde_json::to_value(role.expect("the role")).expect("JSON")
    })
}

fn inline_policies(sandbox: &ServedSandbox, account: AccountId) -> BTreeMap<String, Value> {
    let role = role_of(sandbox, account);
    serde_json::from_value(role["identity"]["inline"].clone()).expect("inline policies")
}
