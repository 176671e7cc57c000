//! Whether what is found surely lies within what is wanted.

use super::{document, policy};
use crate::Effect::{self, Cosmetic, Narrows, Widens};

/// The effect of an unequal document.
fn effect(wanted: &str, found: &str) -> Effect {
    policy(wanted)
        .compare(&policy(found))
        .unwrap_or_else(|| panic!("equal: {wanted} {found}"))
        .effect
}

/// Whom and what a statement allows, under a condition.
fn allow(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {condition}}}"#
    )
}

#[test]
fn fewer_and_stricter_conditions_should_be_told_apart() {
    // Wanted and found conditions of an Allow; what is found, and the same the other way round.
    let cases = [
        (
            r#"{"StringEquals": {"a:b": ["x", "y"]}}"#,
            r#"{"StringEquals": {"a:b": "x"}}"#,
            Narrows,
            Widens,
        ),
        (
            r#"{"StringNotEquals": {"a:b": ["x", "y"]}}"#,
            r#"{"StringNotEquals": {"a:b": "x"}}"#,
            Widens,
            Narrows,
        ),
        (
            r#"{"NotIpAddress": {"a:b": ["10.0.0.1", "10.0.0.2"]}}"#,
            r#"{"NotIpAddress": {"a:b": "10.0.0.1"}}"#,
            Widens,
            Narrows,
        ),
        (
            r#"{"StringEqualsIfExists": {"a:b": "x"}}"#,
            r#"{"StringEquals": {"a:b": "x"}}"#,
            Narrows,
            Widens,
        ),
        (
            r#"{"ForAllValues:StringEquals": {"a:b": "x"}}"#,
            r#"{"StringEquals": {"a:b": "x"}}"#,
            Widens,
            Widens,
        ),
        (r#"{"StringLike": {"a:b": "x*"}}"#, r#"{"StringEquals": {"a:b": "x*"}}"#, Widens, Widens),
        (r#"{"StringEquals": {"a:b": "x"}}"#, r#"{"StringEquals": {"a:b": []}}"#, Widens, Widens),
        (
            r#"{"Bool": {"a:b": "true"}, "Null": {"c:d": "false"}}"#,
            r#"{"Bool": {"a:b": "true"}}"#,
            Widens,
            Narrows,
        ),
    ];
    for (wanted, found, effect, reverse) in cases {
        assert_eq!(self::effect(&allow(wanted), &allow(found)), effect, "{found}");
        assert_eq!(self::effect(&allow(found), &allow(wanted)), reverse, "{wanted}");
    }
}

#[test]
fn a_looser_deny_should_widen() {
    let deny = |condition: &str| allow(condition).replace("Allow", "Deny");
    let (loose, strict) = (deny("{}"), deny(r#"{"Bool": {"a:b": "true"}}"#));
    assert_eq!(effect(&loose, &strict), Widens);
    assert_eq!(effect(&strict, &loose), Narrows);
}

#[test]
fn version_should_matter_where_policy_variables_stand() {
    let text = |version: &str, resource: &str| {
        document(&format!(
            r#"{{"Version": "{version}", "Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "{resource}"}}}}"#
        ))
    };
    let older = "version is 2008-10-17: policy variables are not expanded";
    let newer = "version is 2012-10-17: policy variables are expanded";
    let cases = [
        ("2012-10-17", "2008-10-17", "arn:aws:s3:::b/*", Cosmetic, older),
        ("2012-10-17", "2008-10-17", "arn:aws:s3:::b/${aws:username}", Widens, older),
        ("2008-10-17", "2012-10-17", "arn:aws:s3:::b/${aws:username}", Widens, newer),
        ("2008-10-17", "2012-10-17", "arn:aws:s3:::b/${*}", Widens, newer),
    ];
    for (wanted, found, resource, effect, explanation) in cases {
        let comparison = text(wanted, resource).compare(&text(found, resource)).expect("differ");
        assert_eq!(comparison.effect, effect, "{resource}");
        assert_eq!(comparison.statements.len(), 1);
        assert_eq!(comparison.statements[0].explanation, explanation);
    }
}

#[test]
fn resources_should_be_weighed_with_their_wildcards() {
    // Whether the first resource surely covers the second.
    let cases = [
        ("*", "arn:aws:s3:::a", true),
        ("arn:aws:s3:::*", "arn:aws:s3:::a/b", true),
        ("arn:aws:s3:::a?", "arn:aws:s3:::ab", true),
        ("arn:aws:s3:::a?", "arn:aws:s3:::a?", true),
        ("arn:aws:s3:::a*", "arn:aws:s3:::a?", true),
        ("arn:aws:s3:::a?", "arn:aws:s3:::a*", false),
        ("arn:aws:s3:::a*", "arn:aws:s3:::A", false),
        ("arn:aws:s3:::a*c", "arn:aws:s3:::abcb", false),
        ("arn:aws:*:*:*:*", "arn:aws:s3:::a", true),
        // Whether a wildcard reaches past a colon is not taken for granted.
        ("arn:aws:s3*", "arn:aws:s3:::a", false),
        ("arn:aws:s3:*", "arn:aws:s3:::a", false),
        ("arn:aws:s3:::*", "arn:aws:s3:::${aws:username}", true),
        ("arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}", true),
        ("arn:aws:s3:::${aws:username}*", "arn:aws:s3:::${aws:username}/a", true),
        ("arn:aws:s3:::$*", "arn:aws:s3:::${aws:username}", false),
        ("arn:aws:s3:::?", "arn:aws:s3:::${aws:username}", false),
        ("arn:aws:s3:::${*}", "arn:aws:s3:::a", false),
        ("arn:aws:s3:::${aws:username", "arn:aws:s3:::${aws:userid", false),
    ];
    for (outer, inner, covers) in cases {
        let allow = |resources: &str| {
            policy(&format!(
                r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": [{resources}]}}"#
            ))
        };
        let (wanted, found) =
            (allow(&format!("\"{outer}\"")), allow(&format!("\"{outer}\", \"{inner}\"")));
        let effect = wanted.compare(&found).map(|comparison| comparison.effect);
        let expected = (outer != inner).then_some(if covers { Cosmetic } else { Widens });
        assert_eq!(effect, expected, "{outer} {inner}");
    }
}

#[test]
fn a_policy_that_falls_into_too_many_pieces_should_count_as_widening() {
    let list = |kind: &str| {
        (0..150).map(|n| format!("\"arn:aws:s3:::{kind}{n}\"")).collect::<Vec<_>>().join(",")
    };
    let actions: Vec<String> = (0..150).map(|n| format!("\"s3:A{n}\"")).collect();
    let allow = |actions: &[String], resources: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": [{}], "Resource": [{resources}]}}"#,
            actions.join(",")
        )
    };
    let whole = allow(&actions, &list("a"));
    let (first, second) = actions.split_at(75);
    let halves = format!("[{}, {}]", allow(first, &list("a")), allow(second, &list("a")));
    assert_eq!(effect(&halves, &whole), Widens);
    assert_eq!(effect(&whole, &halves), Narrows);
}

#[test]
fn what_an_exception_may_reach_should_count_as_widening() {
    // Allowed but for the exception; found instead; what that means.
    let cases = [
        (r#""NotResource": "arn:aws:s3:::b*""#, r#""Resource": "arn:aws:s3:::a*""#, Narrows),
        (r#""NotResource": "arn:aws:s3:::b?""#, r#""Resource": "arn:aws:s3:::?""#, Narrows),
        (r#""NotResource": "arn:aws:s3:::b*""#, r#""Resource": "arn:aws:s3:::*a""#, Widens),
        (r#""NotResource": "arn:aws:s3:::b?""#, r#""Resource": "arn:aws:s3:::?a""#, Widens),
        (
            r#""NotResource": "arn:aws:s3:::${aws:username}""#,
            r#""Resource": "arn:aws:s3:::a""#,
            Widens,
        ),
        (
            r#""NotResource": "arn:aws:s3:::a""#,
            r#""Resource": "arn:aws:s3:::${aws:username}""#,
            Widens,
        ),
        (
            r#""NotPrincipal": {"AWS": "111122223333"}"#,
            r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/a"}"#,
            Widens,
        ),
    ];
    for (wanted, found, expected) in cases {
        let allow = |element| format!(r#"{{"Effect": "Allow", "Action": "s3:*", {element}}}"#);
        assert_eq!(effect(&allow(wanted), &allow(found)), expected, "{wanted} {found}");
    }
}
