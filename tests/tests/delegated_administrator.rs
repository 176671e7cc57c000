//! The rollout from a delegated administrator, which is not the management account.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use digitalex_core::Verdict;
use digitalex_engine::{AdminRole, SettingsChange};
use digitalex_tests::rigs::{MANAGEMENT, SdkRig, ServedSandbox};
use digitalex_tests::rollout::Rollout;
use serde_json::json;

#[tokio::test]
async fn a_delegated_administrator_should_roll_out_with_its_own_admin_role() {
    let sandbox = ServedSandbox::start(5).await;
    let [delegated, member, ..] = sandbox.members[..] else { panic!("too few members") };
    let delegation = json!({"AccountId": delegated, "ServicePrincipal": "member.org.stacksets.cloudformation.amazonaws.com"});
    sandbox.call(MANAGEMENT, "organizations", "RegisterDelegatedAdministrator", delegation);
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": delegated}, "Action": "sts:AssumeRole"
    }]});
    let admin_role = json!({"RoleName": "Spoke", "AssumeRolePolicyDocument": trust.to_string()});
    sandbox.call(member, "iam", "CreateRole", admin_role);
    let policy =
        json!({"RoleName": "Spoke", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    sandbox.call(member, "iam", "AttachRolePolicy", policy);

    let rig = SdkRig::connect_as(&sandbox.url, &format!("ROOT{delegated}")).await;
    let mut rollout = Rollout::of_member(&rig, "digitalex-finops", member);
    rollout.spec.include = vec![];
    rollout.spec.management = Some(SettingsChange::default());
    rollout.spec.settings.admin_roles = ["OrganizationAccountAccessRole", "Spoke"]
        .map(|role| AdminRole { hops: vec![role.to_owned()] })
        .into();
    let outcome = rollout.apply().await;
    let of = |id| {
        (outcome.records[&id].verdict, outcome.records[&id].cause.as_ref().map(|cause| cause.code))
    };
    assert_eq!(of(MANAGEMENT), (Verdict::Skipped, Some("management_not_caller")));
    assert_eq!(of(member), (Verdict::Converged, None), "the second admin role lets it in");
    assert_eq!(of(delegated), (Verdict::Converged, None), "its own account needs no admin role");
    for other in &sandbox.members[2..] {
        assert_eq!(of(*other), (Verdict::Unreachable, Some("admin_role_not_assumable")));
    }
}
