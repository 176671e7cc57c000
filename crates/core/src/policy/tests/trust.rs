//! Whom a trust policy lets in.

use super::policy;
use crate::{TrustGrant, TrustedPrincipal};

const ASSUME: &str = r#""Action": "sts:AssumeRole""#;

fn grants(principal: &str, action: &str, condition: &str) -> Vec<TrustGrant> {
    policy(&format!(r#"{{"Effect": "Allow", {principal}, {action}, "Condition": {condition}}}"#))
        .trust_grants()
}

#[test]
fn unique_id_among_those_trusted_should_be_told() {
    let cases = [
        (r#""Principal": {"AWS": ["123456789012", "AROAIIIIIIIIIIIIIIIII"]}"#, true),
        (r#""Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/a"]}"#, false),
        (r#""Principal": {"Service": "ec2.amazonaws.com"}"#, false),
        (r#""Principal": "*""#, false),
    ];
    for (principal, told) in cases {
        let statement = format!(r#"{{"Effect": "Allow", {principal}, {ASSUME}}}"#);
        assert_eq!(policy(&statement).trusts_unique_id(), told, "{principal}");
    }
}

#[test]
fn trust_should_name_every_principal_of_every_allow() {
    use TrustedPrincipal::{Account, AllExcept, Anyone, Aws, CanonicalUser, Federated, Service};
    let account = || Account("123456789012".parse().expect("an id"));
    let role = "arn:aws:iam::123456789012:role/a".to_owned();
    let cases = [
        (r#""Principal": "*""#, vec![Anyone]),
        (r#""Principal": {"AWS": "*"}"#, vec![Anyone]),
        (r#""Principal": {"AWS": "123456789012"}"#, vec![account()]),
        (r#""Principal": {"AWS": "arn:aws-cn:iam::123456789012:root"}"#, vec![account()]),
        (
            r#""Principal": {"AWS": ["arn:aws:iam::123456789012:role/a", "123456789012"]}"#,
            vec![account(), Aws(role.clone())],
        ),
        (
            r#""Principal": {"Service": "ec2.amazonaws.com", "Federated": "accounts.google.com", "CanonicalUser": "79a5"}"#,
            vec![
                Service("ec2.amazonaws.com".to_owned()),
                Federated("accounts.google.com".to_owned()),
                CanonicalUser("79a5".to_owned()),
            ],
        ),
        (
            r#""NotPrincipal": {"AWS": ["arn:aws:iam::123456789012:role/a", "123456789012"]}"#,
            vec![AllExcept(vec!["123456789012".to_owned(), role])],
        ),
        (r#""Resource": "*""#, vec![]),
    ];
    for (element, expected) in cases {
        let found: Vec<_> =
            grants(element, ASSUME, "{}").into_iter().map(|grant| grant.principal).collect();
        assert_eq!(found, expected, "{element}");
    }
}

#[test]
fn trust_should_ignore_what_denies() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}"#;
    assert!(policy(deny).trust_grants().is_empty());
}

#[test]
fn trust_should_know_which_actions_cover_assume_role() {
    let cases = [
        (r#""Action": "sts:AssumeRole""#, true),
        (r#""Action": "STS:assumerole""#, true),
        (r#""Action": ["sts:TagSession", "sts:Assume*"]"#, true),
        (r#""Action": "*""#, true),
        (r#""Action": "sts:AssumeRol?""#, true),
        (r#""Action": "sts:TagSession""#, false),
        (r#""Action": "sts:AssumeRoleWithSAML""#, false),
        (r#""Action": "sts:AssumeRole?*""#, false),
        (r#""NotAction": "sts:TagSession""#, true),
        (r#""NotAction": "sts:*Role""#, false),
    ];
    for (action, expected) in cases {
        let grants = grants(r#""Principal": "*""#, action, "{}");
        assert_eq!(grants[0].assume_role, expected, "{action}");
    }
}

#[test]
fn trust_should_list_external_ids_only_where_they_are_demanded() {
    let cases: [(&str, &[&str]); 12] = [
        (r#"{"StringEquals": {"sts:ExternalId": "a1"}}"#, &["a1"]),
        (r#"{"stringequals": {"STS:EXTERNALID": ["a1", "b2"]}}"#, &["a1", "b2"]),
        (
            r#"{"StringEquals": {"sts:ExternalId": "a1"}, "StringLike": {"sts:ExternalId": "*"}}"#,
            &["a1"],
        ),
        ("{}", &[]),
        (r#"{"StringEquals": {"aws:username": "a1"}}"#, &[]),
        (r#"{"StringLike": {"sts:ExternalId": "*"}}"#, &[]),
        (r#"{"StringEqualsIfExists": {"sts:ExternalId": "a1"}}"#, &[]),
        (r#"{"StringNotEquals": {"sts:ExternalId": "a1"}}"#, &[]),
        (r#"{"StringEqualsIgnoreCase": {"sts:ExternalId": "a1"}}"#, &[]),
        (r#"{"ForAllValues:StringEquals": {"sts:ExternalId": "a1"}}"#, &[]),
        (r#"{"StringEquals": {"sts:ExternalId": ["a1", "${aws:username}"]}}"#, &[]),
        (r#"{"StringEquals": {"sts:ExternalId": []}}"#, &[]),
    ];
    for (condition, expected) in cases {
        let grants = grants(r#""Principal": "*""#, ASSUME, condition);
        assert!(grants[0].external_ids.iter().eq(expected), "{condition}");
    }
}
