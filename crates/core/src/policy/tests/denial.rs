use std::collections::BTreeSet;

use super::policy;
use crate::{DenialGround, DeniedCall};

const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/org-boundary";
const ANY_ACCOUNT: &str = "arn:aws:iam::*:policy/org-boundary";

/// The ground on which one `Deny` of `CreateRole`, with what follows its effect, denies it.
fn ground(rest: &str, boundary: Option<&str>) -> Option<DenialGround> {
    let account = "111122223333".parse().unwrap();
    let resource = "arn:aws:iam::111122223333:role/digitalex-finops";
    let call = DeniedCall { action: "iam:CreateRole", account, resource, boundary };
    policy(&format!(r#"[{{"Effect": "Deny", {rest}}}]"#)).denial_ground(&call)
}

fn conditioned(condition: &str, boundary: Option<&str>) -> Option<DenialGround> {
    let rest = format!(r#""Action": "iam:*", "Resource": "*", "Condition": {{{condition}}}"#);
    ground(&rest, boundary)
}

fn demanded(patterns: &[&str]) -> Option<DenialGround> {
    let patterns: BTreeSet<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
    Some(DenialGround::BoundaryDemanded(patterns))
}

#[test]
fn deny_should_be_a_ground_only_for_the_actions_and_resources_it_names() {
    let cases = [
        (r#""Action": "IAM:Create*", "Resource": "*""#, true),
        (r#""Action": ["iam:DeleteRole", "iam:PutRolePolicy"], "Resource": "*""#, false),
        (r#""NotAction": "iam:*", "Resource": "*""#, false),
        (r#""NotAction": "s3:*", "Resource": "*""#, true),
        (r#""Action": "*", "Resource": "arn:aws:iam::*:role/digitalex-*""#, true),
        (r#""Action": "*", "Resource": "arn:aws:iam::*:role/admin/*""#, false),
        (r#""Action": "*", "NotResource": "arn:aws:iam::*:role/digitalex-finops""#, false),
        (r#""Action": "*", "Resource": "arn:aws:iam::${aws:PrincipalAccount}:role/*""#, true),
    ];
    for (rest, denies) in cases {
        let expected = denies.then_some(DenialGround::Outright);
        assert_eq!(ground(rest, None), expected, "{rest}");
    }
}

#[test]
fn allow_should_be_no_ground() {
    let call = DeniedCall {
        action: "iam:CreateRole",
        account: "111122223333".parse().unwrap(),
        resource: "arn:aws:iam::111122223333:role/a",
        boundary: None,
    };
    let allowed = policy(r#"[{"Effect": "Allow", "Action": "*", "Resource": "*"}]"#);
    assert_eq!(allowed.denial_ground(&call), None);
}

#[test]
fn condition_on_the_boundary_should_be_a_demand_where_a_boundary_would_lift_the_denial() {
    let other = Some("arn:aws:iam::111122223333:policy/other");
    for operator in ["StringNotLike", "ArnNotLike", "ArnNotEquals", "StringNotLikeIfExists"] {
        let condition = format!(r#""{operator}": {{"iam:PermissionsBoundary": "{ANY_ACCOUNT}"}}"#);
        assert_eq!(conditioned(&condition, None), demanded(&[ANY_ACCOUNT]), "{operator}");
        assert_eq!(conditioned(&condition, other), demanded(&[ANY_ACCOUNT]), "{operator}");
        assert_eq!(conditioned(&condition, Some(BOUNDARY)), None, "{operator}");
    }
    let exactly = format!(r#""StringNotEquals": {{"IAM:permissionsboundary": "{BOUNDARY}"}}"#);
    assert_eq!(conditioned(&exactly, None), demanded(&[BOUNDARY]));
    assert_eq!(conditioned(&exactly, Some(BOUNDARY)), None);
    let any = r#""Null": {"iam:PermissionsBoundary": true}"#;
    assert_eq!(conditioned(any, None), demanded(&[]));
    assert_eq!(conditioned(any, Some(BOUNDARY)), None);
    let variable = "arn:aws:iam::${aws:PrincipalAccount}:policy/org-boundary";
    let condition = format!(r#""ArnNotLike": {{"iam:PermissionsBoundary": "{variable}"}}"#);
    assert_eq!(conditioned(&condition, None), demanded(&[variable]));
    assert_eq!(conditioned(&condition, Some(BOUNDARY)), None);
}

#[test]
fn boundary_that_is_forbidden_should_be_no_demand() {
    let forbidden = format!(r#""ArnLike": {{"iam:PermissionsBoundary": "{ANY_ACCOUNT}"}}"#);
    assert_eq!(conditioned(&forbidden, None), None);
    assert_eq!(conditioned(&forbidden, Some(BOUNDARY)), Some(DenialGround::Outright));
    let none_at_all = r#""Null": {"iam:PermissionsBoundary": "false"}"#;
    assert_eq!(conditioned(none_at_all, Some(BOUNDARY)), Some(DenialGround::Outright));
}

#[test]
fn condition_that_cannot_be_weighed_should_leave_it_open() {
    let open = Some(DenialGround::Conditional);
    let principal = r#""ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}"#;
    assert_eq!(conditioned(principal, None), open);
    let numeric = r#""NumericEquals": {"iam:PermissionsBoundary": "1"}"#;
    assert_eq!(conditioned(numeric, None), open);
    let qualified = r#""ForAllValues:StringNotLike": {"iam:PermissionsBoundary": "a"}"#;
    assert_eq!(conditioned(qualified, None), open);
    // Beside a demand it decides only whom the demand is made of.
    let both =
        format!(r#"{principal}, "StringNotEquals": {{"iam:PermissionsBoundary": "{BOUNDARY}"}}"#);
    assert_eq!(conditioned(&both, None), demanded(&[BOUNDARY]));
    assert_eq!(conditioned(&both, Some(BOUNDARY)), None);
}

#[test]
fn surest_ground_should_count() {
    let call = DeniedCall {
        action: "iam:CreateRole",
        account: "111122223333".parse().unwrap(),
        resource: "arn:aws:iam::111122223333:role/a",
        boundary: None,
    };
    let demand = r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Null": {"iam:PermissionsBoundary": "true"}}}"#;
    let perhaps = r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:ViaAWSService": "false"}}}"#;
    let outright = r#"{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}"#;
    let of =
        |statements: &[&str]| policy(&format!("[{}]", statements.join(", "))).denial_ground(&call);
    assert_eq!(of(&[perhaps, demand]), demanded(&[]));
    assert_eq!(of(&[demand, outright, perhaps]), Some(DenialGround::Outright));
    assert_eq!(of(&[perhaps]), Some(DenialGround::Conditional));
}
