use serde_json::{Value, json};

use super::{Fixture, POLICY, TRUST};
use crate::Credentials;

/// The credentials of the member's admin role, with this session policy.
fn admin(fixture: &mut Fixture, account: &str, policy: Option<&str>) -> Credentials {
    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let input = json!({"RoleArn": role, "RoleSessionName": "run", "Policy": policy});
    let output = fixture.ok("sts", "AssumeRole", input);
    let text = |name: &str| output["Credentials"][name].as_str().unwrap().to_owned();
    Credentials::new(text("AccessKeyId"), Some(text("SessionToken")))
}

/// The message with which a `CreateRole` is refused.
fn denial(fixture: &mut Fixture, name: &str) -> String {
    let before = fixture.world.state_hash();
    let input = json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST});
    let error = fixture.call("iam", "CreateRole", input).expect_err("a denial");
    assert_eq!((error.code, error.http_status), ("AccessDenied", 403));
    assert_eq!(fixture.world.state_hash(), before);
    error.message
}

fn prefix(account: &str) -> String {
    format!(
        "User: arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/run is not \
         authorized to perform: iam:CreateRole on resource: arn:aws:iam::{account}:role/r"
    )
}

#[test]
fn a_session_policy_should_keep_an_administrator_from_writing() {
    let (mut fixture, members) = Fixture::organization(1);
    let account = members[0].as_str();
    fixture.credentials = admin(&mut fixture, account, Some(POLICY));
    let reason = " because no session policy allows the iam:CreateRole action";
    assert_eq!(denial(&mut fixture, "r"), prefix(account) + reason);
}

#[test]
fn a_service_control_policy_should_bind_members_and_not_the_management_account() {
    let (mut fixture, members) = Fixture::organization(1);
    let account = members[0].as_str();
    let roots = fixture.ok("organizations", "ListRoots", json!({}));
    let root = roots["Roots"][0]["Id"].clone();
    let enable = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    fixture.ok("organizations", "EnablePolicyType", enable);
    let deny = POLICY.replace("Allow", "Deny").replace("s3:GetObject", "iam:Create*");
    let policy = json!({"Name": "deny", "Description": "", "Content": deny, "Type": "SERVICE_CONTROL_POLICY"});
    let created = fixture.ok("organizations", "CreatePolicy", policy);
    let attach = json!({"PolicyId": created["Policy"]["PolicySummary"]["Id"], "TargetId": root});
    fixture.ok("organizations", "AttachPolicy", attach);

    fixture.create_role("of-the-management-account");
    fixture.credentials = admin(&mut fixture, account, None);
    fixture.ok("iam", "ListRoles", json!({}));
    let reason = " with an explicit deny in a service control policy";
    assert_eq!(denial(&mut fixture, "r"), prefix(account) + reason);
}

#[test]
fn a_boundary_should_be_a_condition_key_of_some_actions_alone() {
    let (mut fixture, _) = Fixture::organization(0);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"Null":{"iam:PermissionsBoundary":"false"}}}]}"#;
    fixture.ok("iam", "CreateUser", json!({"UserName": "u"}));
    let put = json!({"UserName": "u", "PolicyName": "p", "PolicyDocument": policy});
    fixture.ok("iam", "PutUserPolicy", put);
    let boundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let bounded = json!({"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": boundary});
    fixture.ok("iam", "CreateRole", bounded);
    let key = fixture.ok("iam", "CreateAccessKey", json!({"UserName": "u"}));
    fixture.credentials = Credentials::new(key["AccessKey"]["AccessKeyId"].as_str().unwrap(), None);
    let attach = json!({"RoleName": "r", "PolicyArn": boundary});
    fixture.ok("iam", "AttachRolePolicy", attach);
    let tag = json!({"RoleName": "r", "Tags": [{"Key": "a", "Value": "b"}]});
    assert_eq!(fixture.refused("iam", "TagRole", tag), "AccessDenied");
}

#[test]
fn a_permissions_boundary_should_bound_a_role() {
    let (mut fixture, members) = Fixture::organization(1);
    let account = members[0].as_str();
    fixture.credentials = admin(&mut fixture, account, None);
    let boundary = json!({
        "RoleName": "OrganizationAccountAccessRole",
        "PermissionsBoundary": "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
    });
    fixture.ok("iam", "PutRolePermissionsBoundary", boundary);
    let reason = " because no permissions boundary allows the iam:CreateRole action";
    assert_eq!(denial(&mut fixture, "r"), prefix(account) + reason);
}

#[test]
fn a_condition_should_see_what_the_request_says() {
    let (mut fixture, _) = Fixture::organization(0);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::111111111111:role/x/*","Condition":{"StringEquals":{"aws:RequestTag/team":"finops"}}}]}"#;
    fixture.ok("iam", "CreateUser", json!({"UserName": "u"}));
    let inline = json!({"UserName": "u", "PolicyName": "p", "PolicyDocument": policy});
    fixture.ok("iam", "PutUserPolicy", inline);
    let key = fixture.ok("iam", "CreateAccessKey", json!({"UserName": "u"}));
    let key = key["AccessKey"]["AccessKeyId"].as_str().unwrap();
    fixture.credentials = Credentials::new(key, None);
    let create = |path: &str, team: &str| json!({"RoleName": "r", "Path": path, "AssumeRolePolicyDocument": TRUST, "Tags": [{"Key": "team", "Value": team}]});
    for (path, team) in [("/", "finops"), ("/x/", "other")] {
        assert_eq!(fixture.refused("iam", "CreateRole", create(path, team)), "AccessDenied");
    }
    fixture.ok("iam", "CreateRole", create("/x/", "finops"));
}

#[test]
fn a_trust_policy_should_demand_its_external_id() {
    let (mut fixture, members) = Fixture::organization(2);
    let (here, there) = (members[0].parse().unwrap(), &members[1]);
    let trust = TRUST.replace("911403356698", there).replace(
        r#""Action":"sts:AssumeRole""#,
        r#""Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"tenant-42"}}"#,
    );
    fixture.credentials = Credentials::root_of(here);
    let create = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust});
    fixture.ok("iam", "CreateRole", create);
    let assume = |external_id: Value| {
        let role = format!("arn:aws:iam::{here}:role/r");
        json!({"RoleArn": role, "RoleSessionName": "run", "ExternalId": external_id})
    };
    fixture.credentials = Credentials::root_of(there.parse().unwrap());
    for wrong in [Value::Null, json!("tenant-43")] {
        assert_eq!(fixture.refused("sts", "AssumeRole", assume(wrong)), "AccessDenied");
    }
    fixture.ok("sts", "AssumeRole", assume(json!("tenant-42")));
    fixture.credentials = Credentials::management_root();
    let refused = fixture.refused("sts", "AssumeRole", assume(json!("tenant-42")));
    assert_eq!(refused, "AccessDenied");
}

#[test]
fn simulation_should_say_what_a_role_may_do() {
    let mut fixture = Fixture::new();
    fixture.create_role("r");
    let inline = json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": POLICY});
    fixture.ok("iam", "PutRolePolicy", inline);
    let input = json!({
        "PolicySourceArn": "arn:aws:iam::111111111111:role/r",
        "ActionNames": ["s3:GetObject", "s3:PutObject"],
    });
    let output = fixture.ok("iam", "SimulatePrincipalPolicy", input);
    let decisions: Vec<&str> = output["EvaluationResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["EvalDecision"].as_str().unwrap())
        .collect();
    assert_eq!(decisions, ["allowed", "implicitDeny"]);
}
