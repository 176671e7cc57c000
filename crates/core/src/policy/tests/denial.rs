use std::collections::BTreeSet;

use super::policy;
use crate::{CallBoundary, DeniedCall, PolicyDenial};

const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/org-boundary";
const OTHER: &str = "arn:aws:iam::111122223333:policy/other";
const ANY_ACCOUNT: &str = "arn:aws:iam::*:policy/org-boundary";

fn call(boundary: CallBoundary<'_>) -> DeniedCall<'_> {
    DeniedCall {
        action: "iam:CreateRole",
        resource: "arn:aws:iam::111122223333:role/digitalex-finops",
        account: "111122223333".parse().unwrap(),
        principal: Some("arn:aws:iam::111122223333:role/OrganizationAccountAccessRole"),
        boundary,
    }
}

/// How one `Deny` of `CreateRole`, with what follows its effect, denies it.
fn denial(rest: &str, boundary: CallBoundary<'_>) -> Option<PolicyDenial> {
    policy(&format!(r#"[{{"Effect": "Deny", {rest}}}]"#)).denial(&call(boundary))
}

fn conditioned(condition: &str, boundary: CallBoundary<'_>) -> Option<PolicyDenial> {
    let rest = format!(r#""Action": "iam:*", "Resource": "*", "Condition": {{{condition}}}"#);
    denial(&rest, boundary)
}

fn on_boundary(operator: &str, value: &str, boundary: CallBoundary<'_>) -> Option<PolicyDenial> {
    let condition = format!(r#""{operator}": {{"iam:PermissionsBoundary": "{value}"}}"#);
    conditioned(&condition, boundary)
}

fn outright(certain: bool) -> Option<PolicyDenial> {
    Some(PolicyDenial { demands: None, certain })
}

fn demanded(patterns: &[&str], certain: bool) -> Option<PolicyDenial> {
    let patterns: BTreeSet<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
    Some(PolicyDenial { demands: Some(patterns), certain })
}

const NONE: CallBoundary<'static> = CallBoundary::Is(None);

#[test]
fn deny_should_count_only_for_the_actions_and_resources_it_names() {
    let (denies, does_not, perhaps) = (outright(true), None, outright(false));
    let role = "arn:aws:iam::*:role";
    let cases = [
        (r#""Action": "IAM:Create*", "Resource": "*""#.to_owned(), &denies),
        (r#""Action": ["iam:DeleteRole", "iam:PutRolePolicy"], "Resource": "*""#.to_owned(), &does_not),
        (r#""NotAction": "iam:*", "Resource": "*""#.to_owned(), &does_not),
        (r#""NotAction": "s3:*", "Resource": "*""#.to_owned(), &denies),
        (format!(r#""Action": "*", "Resource": "{role}/digitalex-*""#), &denies),
        (format!(r#""Action": "*", "Resource": "{role}/admin/*""#), &does_not),
        (format!(r#""Action": "*", "NotResource": "{role}/digitalex-finops""#), &does_not),
        (
            r#""Action": "*", "Resource": "arn:aws:iam::${aws:PrincipalAccount}:role/*""#.to_owned(),
            &denies,
        ),
        (
            r#""Action": "*", "NotResource": "arn:aws:iam::${AWS:principalaccount}:role/digitalex-*""#
                .to_owned(),
            &does_not,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:iam::*:role/${aws:PrincipalTag/team}*""#.to_owned(),
            &perhaps,
        ),
    ];
    for (rest, expected) in cases {
        assert_eq!(&denial(&rest, NONE), expected, "{rest}");
    }
}

#[test]
fn allow_should_deny_nothing() {
    let allowed = policy(r#"[{"Effect": "Allow", "Action": "*", "Resource": "*"}]"#);
    assert_eq!(allowed.denial(&call(NONE)), None);
}

#[test]
fn condition_on_the_boundary_should_be_a_demand_where_a_boundary_would_lift_the_denial() {
    let (has, other) = (CallBoundary::Is(Some(BOUNDARY)), CallBoundary::Is(Some(OTHER)));
    let like = ["StringNotLike", "ArnNotLike", "ArnNotEquals", "ForAllValues:ArnNotLike"];
    for operator in like {
        assert_eq!(on_boundary(operator, ANY_ACCOUNT, NONE), demanded(&[ANY_ACCOUNT], true));
        assert_eq!(on_boundary(operator, ANY_ACCOUNT, other), demanded(&[ANY_ACCOUNT], true));
        assert_eq!(on_boundary(operator, ANY_ACCOUNT, has), None, "{operator}");
    }
    assert_eq!(on_boundary("StringNotEquals", BOUNDARY, NONE), demanded(&[BOUNDARY], true));
    assert_eq!(on_boundary("StringNotEquals", BOUNDARY, has), None);
    assert_eq!(on_boundary("StringNotLike", "*:policy/org-boundary", has), None);
    assert_eq!(on_boundary("Null", "true", NONE), demanded(&[], true));
    assert_eq!(on_boundary("Null", "true", has), None);
    let variable = "arn:aws:iam::${aws:PrincipalAccount}:policy/org-boundary";
    assert_eq!(on_boundary("ArnNotLike", variable, NONE), demanded(&[variable], true));
    assert_eq!(on_boundary("ArnNotLike", variable, has), None);
    let unknown = "arn:aws:iam::*:policy/${aws:PrincipalTag/team}";
    assert_eq!(on_boundary("ArnNotLike", unknown, other), demanded(&[unknown], false));
}

#[test]
fn boundary_that_is_not_known_should_be_demanded_without_certainty() {
    let told = on_boundary("ArnNotLike", ANY_ACCOUNT, CallBoundary::Unknown);
    assert_eq!(told, demanded(&[ANY_ACCOUNT], false));
}

#[test]
fn action_without_the_key_should_be_denied_whatever_the_boundary() {
    let denied = outright(true);
    assert_eq!(on_boundary("ArnNotLike", ANY_ACCOUNT, CallBoundary::NoKey), denied);
    assert_eq!(on_boundary("Null", "true", CallBoundary::NoKey), denied);
    assert_eq!(on_boundary("ArnLike", ANY_ACCOUNT, CallBoundary::NoKey), None);
}

#[test]
fn boundary_that_is_forbidden_should_be_no_demand() {
    let has = CallBoundary::Is(Some(BOUNDARY));
    assert_eq!(on_boundary("ArnLike", ANY_ACCOUNT, NONE), None);
    assert_eq!(on_boundary("ArnLike", ANY_ACCOUNT, has), outright(true));
    assert_eq!(on_boundary("Null", "false", has), outright(true));
    assert_eq!(on_boundary("ForAnyValue:ArnNotLike", ANY_ACCOUNT, NONE), None);
}

#[test]
fn principal_that_is_exempt_should_not_be_denied() {
    let exempt = |name: &str| {
        conditioned(
            &format!(r#""ArnNotLike": {{"aws:PrincipalArn": "arn:aws:iam::*:role/{name}"}}"#),
            NONE,
        )
    };
    assert_eq!(exempt("OrganizationAccountAccessRole"), None);
    assert_eq!(exempt("other"), outright(true));
}

#[test]
fn condition_that_cannot_be_weighed_should_leave_it_open() {
    let tag = r#""StringNotEquals": {"aws:PrincipalTag/team": "platform"}"#;
    assert_eq!(conditioned(tag, NONE), outright(false));
    assert_eq!(on_boundary("NumericEquals", "1", NONE), outright(false));
    let both = format!(
        r#""StringNotEquals": {{"aws:PrincipalTag/team": "a", "iam:PermissionsBoundary": "{BOUNDARY}"}}"#
    );
    assert_eq!(conditioned(&both, NONE), demanded(&[BOUNDARY], false));
    assert_eq!(conditioned(&both, CallBoundary::Is(Some(BOUNDARY))), None);
}

#[test]
fn what_explains_most_should_count() {
    let demand = r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Null": {"iam:PermissionsBoundary": "true"}}}"#;
    let perhaps = r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:ViaAWSService": "false"}}}"#;
    let always = r#"{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}"#;
    let of =
        |statements: &[&str]| policy(&format!("[{}]", statements.join(", "))).denial(&call(NONE));
    assert_eq!(of(&[perhaps, demand]), demanded(&[], true));
    assert_eq!(of(&[demand, always, perhaps]), outright(true));
    assert_eq!(of(&[perhaps]), outright(false));
}
