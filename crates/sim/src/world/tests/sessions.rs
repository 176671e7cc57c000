use serde_json::{Value, json};

use super::Fixture;
use crate::Credentials;

fn assume(account: &str) -> Value {
    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    json!({"RoleArn": role, "RoleSessionName": "run"})
}

fn session(fixture: &mut Fixture, input: Value) -> Credentials {
    let output = fixture.ok("sts", "AssumeRole", input);
    let text = |name: &str| output["Credentials"][name].as_str().unwrap().to_owned();
    Credentials::new(text("AccessKeyId"), Some(text("SessionToken")))
}

#[test]
fn a_session_should_act_in_its_account_and_leave_the_state_alone() {
    let (mut fixture, members) = Fixture::organization(1);
    let before = fixture.world.state_hash();
    fixture.credentials = session(&mut fixture, assume(&members[0]));
    assert_eq!(fixture.world.state_hash(), before);
    let identity = fixture.ok("sts", "GetCallerIdentity", json!({}));
    assert_eq!(identity["Account"], json!(members[0]));
    let arn = format!("arn:aws:sts::{}:assumed-role/OrganizationAccountAccessRole/run", members[0]);
    assert_eq!(identity["Arn"], json!(arn));
    fixture.create_role("r");
    let account = &fixture.world.state().accounts[&members[0].parse().unwrap()];
    assert!(account.iam.role("r").is_some());
}

#[test]
fn a_session_should_expire() {
    let (mut fixture, members) = Fixture::organization(1);
    let mut input = assume(&members[0]);
    input["DurationSeconds"] = json!("900");
    fixture.credentials = session(&mut fixture, input);
    fixture.pass(899);
    fixture.ok("sts", "GetCallerIdentity", json!({}));
    fixture.pass(1);
    assert_eq!(fixture.refused("sts", "GetCallerIdentity", json!({})), "ExpiredToken");
}

#[test]
fn sessions_that_expired_should_be_forgotten_and_live_ones_never() {
    let (mut fixture, members) = Fixture::organization(1);
    let first = session(&mut fixture, assume(&members[0]));
    for _round in 0..4 {
        let live = session(&mut fixture, assume(&members[0]));
        for _ in 0..1_500 {
            fixture.ok("sts", "AssumeRole", assume(&members[0]));
        }
        fixture.credentials = live;
        fixture.ok("sts", "GetCallerIdentity", json!({}));
        fixture.credentials = Credentials::management_root();
        assert!(fixture.world.sessions.len() < 4_000, "{}", fixture.world.sessions.len());
        fixture.pass(3_601);
    }
    // Its key still is nobody's.
    fixture.credentials = first;
    assert_eq!(fixture.refused("sts", "GetCallerIdentity", json!({})), "ExpiredToken");
}

#[test]
fn a_session_should_need_its_token_and_its_role() {
    let (mut fixture, members) = Fixture::organization(1);
    let good = session(&mut fixture, assume(&members[0]));
    let key = fixture.world.sessions.keys().next().unwrap().clone();
    fixture.credentials = Credentials::new(key, Some("other".to_owned()));
    assert_eq!(fixture.refused("sts", "GetCallerIdentity", json!({})), "InvalidClientTokenId");
    let account = members[0].parse().unwrap();
    fixture.world.state_mut().account_mut(account).unwrap().iam.roles.clear();
    fixture.credentials = good;
    assert_eq!(fixture.refused("sts", "GetCallerIdentity", json!({})), "InvalidClientTokenId");
}

#[test]
fn assume_role_should_refuse_what_sts_refuses() {
    let long = "x".repeat(2_049);
    let cases = [
        (json!({"DurationSeconds": 899}), "ValidationError"),
        (json!({"DurationSeconds": 3_601}), "ValidationError"),
        (json!({"RoleSessionName": "a b"}), "ValidationError"),
        (json!({"RoleSessionName": "a"}), "ValidationError"),
        (json!({"ExternalId": "a"}), "ValidationError"),
        (json!({"ExternalId": "a b"}), "ValidationError"),
        (json!({"RoleArn": "nonsense"}), "ValidationError"),
        (json!({"RoleArn": "arn:aws:iam::111111111111:role/nobody"}), "AccessDenied"),
        (json!({"Policy": long}), "ValidationError"),
        (json!({"Policy": "{"}), "MalformedPolicyDocument"),
    ];
    let (mut fixture, members) = Fixture::organization(1);
    for (change, code) in cases {
        let mut input = assume(&members[0]);
        for (key, value) in change.as_object().unwrap() {
            input[key] = value.clone();
        }
        let found = fixture.refused("sts", "AssumeRole", input);
        assert_eq!(found, code, "{}", change.to_string().chars().take(60).collect::<String>());
    }
}

#[test]
fn a_chained_session_should_last_an_hour_at_most() {
    let (mut fixture, members) = Fixture::organization(2);
    let role = json!({"RoleName": "OrganizationAccountAccessRole", "MaxSessionDuration": 43_200});
    let mut input = assume(&members[0]);
    input["DurationSeconds"] = json!(7_200);
    for member in &members {
        fixture.credentials = Credentials::root_of(member.parse().unwrap());
        fixture.ok("iam", "UpdateRole", role.clone());
        let trust = super::TRUST.replace("arn:aws:iam::911403356698:root", "*");
        let input = json!({"RoleName": "OrganizationAccountAccessRole", "PolicyDocument": trust});
        fixture.ok("iam", "UpdateAssumeRolePolicy", input);
    }
    fixture.credentials = Credentials::management_root();
    fixture.credentials = session(&mut fixture, input);
    let mut chained = assume(&members[1]);
    chained["DurationSeconds"] = json!(3_601);
    assert_eq!(fixture.refused("sts", "AssumeRole", chained.clone()), "ValidationError");
    chained["DurationSeconds"] = json!(3_600);
    fixture.ok("sts", "AssumeRole", chained);
}

#[test]
fn a_suspended_account_should_let_nobody_in() {
    let (mut fixture, members) = Fixture::organization(1);
    fixture.ok("organizations", "CloseAccount", json!({"AccountId": members[0]}));
    assert_eq!(fixture.refused("sts", "AssumeRole", assume(&members[0])), "AccessDenied");
}
