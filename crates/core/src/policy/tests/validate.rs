//! What IAM would refuse, and where.

use crate::PolicyKind::{self, Identity, ServiceControl, Trust};
use crate::validate;

fn found(text: &str, kind: PolicyKind) -> Vec<String> {
    validate(text, kind).iter().map(ToString::to_string).collect()
}

/// The one statement's members, in a document of the newer version.
fn statement(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
}

fn assert_found(text: &str, kind: PolicyKind, expected: &[&str]) {
    let found = found(text, kind);
    let matches = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(matches, "{text}\nfound {found:?}\nnot {expected:?}");
}

#[test]
fn validation_should_accept_what_iam_accepts() {
    let identity = [
        r#""Effect":"Allow","Action":"*","Resource":"*""#,
        r#""Sid":"","Effect":"Deny","NotAction":["s3:Get*","sso-directory:List*"],"NotResource":["arn:aws-cn:s3:::a*"]"#,
        r#""Effect":"Allow","Action":"*:*","Resource":"arn:*:iam::*:role/a","Condition":{}"#,
        r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a","é"]},"bool":{"aws:SecureTransport":true},"Null":{"aws:x/y":"false"},"NumericLessThan":{"s3:max-keys":10},"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]},"DateGreaterThan":{"aws:CurrentTime":["2026-01-31T00:00:00Z","1700000000"]},"StringEquals":{"token.actions.githubusercontent.com:sub":"${aws:username}"}}"#,
    ];
    for members in identity {
        assert_found(&statement(members), Identity, &[]);
        assert_found(&statement(members), ServiceControl, &[]);
    }
    let trust = [
        r#""AWS":["*","123456789012","arn:aws:iam::123456789012:root","arn:aws-us-gov:iam::123456789012:role/p/a","arn:aws:sts::123456789012:assumed-role/a/s","AROAEXAMPLEEXAMPLE01"]"#,
        r#""Service":["ec2.amazonaws.com","ec2.amazonaws.com.cn"],"Federated":["accounts.google.com","arn:aws:iam::123456789012:saml-provider/a"]"#,
    ];
    for principal in trust {
        let members = format!(
            r#""Effect":"Allow","Action":["sts:AssumeRole","STS:*"],"Principal":{{{principal}}}"#
        );
        assert_found(&statement(&members), Trust, &[]);
    }
    assert_found(
        r#"{"Id":"a","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}}"#,
        Trust,
        &[],
    );
    assert_found(
        "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D",
        Identity,
        &[],
    );
}

#[test]
fn validation_should_place_errors_of_syntax_by_line_and_column() {
    let cases = [
        ("", "line 1, column 0: "),
        ("{\n  \"Statement\": [\n    {,}\n]}", "line 3, column 6: "),
        ("{\"Statement\": [],\n \"Statement\": []}", "line 2, column 12: a key stands twice"),
        ("{\"Statement\": []} x", "line 1, column 19: "),
        ("%FF", "the document: it is neither"),
    ];
    for (text, expected) in cases {
        assert_found(text, Identity, &[expected]);
    }
}

#[test]
fn validation_should_name_what_is_wrong_in_the_document() {
    let cases: &[(&str, PolicyKind, &[&str])] = &[
        ("[]", Identity, &["the document: must be an object"]),
        ("{}", Identity, &["the document: Statement is missing"]),
        ("{}", ServiceControl, &["the document: Statement is missing", "the document: Version"]),
        (
            r#"{"Version":"2012-10-18","Statement":[]}"#,
            Identity,
            &["Version: must be", "Statement: must hold"],
        ),
        (
            r#"{"Version":"2008-10-17","Statement":[1]}"#,
            ServiceControl,
            &["Version: must be", "Statement[0]: must be an object"],
        ),
        (
            r#"{"Version":1,"Statements":[]}"#,
            Identity,
            &[
                "Version: must be a string",
                "Statements: is no element",
                "the document: Statement is missing",
            ],
        ),
        (
            r#"{"Statement":{}}"#,
            Identity,
            &[
                "Statement: Effect is missing",
                "Statement: Action is missing",
                "Statement: Resource is missing",
            ],
        ),
        (
            r#"{"Statement":{}}"#,
            Trust,
            &[
                "Statement: Effect is missing",
                "Statement: Action is missing",
                "Statement: Principal is missing",
            ],
        ),
        (
            r#"{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}"#,
            Identity,
            &["Statement[1].Sid: stands twice"],
        ),
    ];
    for (text, kind, expected) in cases {
        assert_found(text, *kind, expected);
    }
}

#[test]
fn validation_should_name_what_is_wrong_in_a_statement() {
    let cases: &[(&str, &[&str])] = &[
        (
            r#""Effect":"allow","Action":"*","Resource":"*""#,
            &["Statement[0].Effect: must be Allow"],
        ),
        (r#""Effect":1,"Action":"*","Resource":"*""#, &["Statement[0].Effect: must be Allow"]),
        (
            r#""Sid":"a-b","Effect":"Allow","Action":"*","Resource":"*""#,
            &["Statement[0].Sid: must hold"],
        ),
        (
            r#""Effect":"Allow","Actions":"*","Action":"*","Resource":"*""#,
            &["Statement[0].Actions: is no element"],
        ),
        (
            r#""Effect":"Allow","Action":"*","NotAction":"*","Resource":"*","NotResource":"*""#,
            &["Statement[0]: Action and NotAction", "Statement[0]: Resource and NotResource"],
        ),
        (
            r#""Effect":"Allow","Action":[],"Resource":[]"#,
            &["Statement[0].Action: must hold", "Statement[0].Resource: must hold"],
        ),
        (
            r#""Effect":"Allow","Action":["s3:Get*","GetObject","s3:","s 3:Get",":Get","s3:Get Object","s*:Get",3],"Resource":"*""#,
            &[
                "Statement[0].Action[1]: must be *",
                "Statement[0].Action[2]: ",
                "Statement[0].Action[3]: ",
                "Statement[0].Action[4]: ",
                "Statement[0].Action[5]: ",
                "Statement[0].Action[6]: ",
                "Statement[0].Action[7]: must be a string",
            ],
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":["a","arn:aws:s3","arn:aws:*:::a","arn:azure:s3:::a","**",null]"#,
            &[
                "Statement[0].Resource[0]: must be *",
                "Statement[0].Resource[1]: ",
                "Statement[0].Resource[2]: ",
                "Statement[0].Resource[3]: ",
                "Statement[0].Resource[4]: ",
                "Statement[0].Resource[5]: must be a string",
            ],
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Principal":"*""#,
            &["Statement[0].Principal: must stand in a trust policy alone"],
        ),
    ];
    for (members, expected) in cases {
        assert_found(&statement(members), Identity, expected);
        assert_found(&statement(members), ServiceControl, expected);
    }
}

#[test]
fn validation_should_name_what_is_wrong_in_a_trust_policy() {
    let cases: &[(&str, &[&str])] = &[
        (
            r#""Action":"sts:AssumeRole","Principal":"*","Resource":"*""#,
            &["Statement[0].Resource: must not stand"],
        ),
        (
            r#""Action":["*","s3:Get"],"Principal":"*""#,
            &["Statement[0].Action[0]: must be an action of sts", "Statement[0].Action[1]: "],
        ),
        (
            r#""Action":"sts:AssumeRole","Principal":"*","NotPrincipal":"*""#,
            &["Statement[0]: Principal and NotPrincipal"],
        ),
        (
            r#""Action":"sts:AssumeRole","Principal":"123456789012""#,
            &["Statement[0].Principal: must be"],
        ),
        (
            r#""Action":"sts:AssumeRole","Principal":[]"#,
            &["Statement[0].Principal: must be an object"],
        ),
        (r#""Action":"sts:AssumeRole","Principal":{}"#, &["Statement[0].Principal: must name"]),
        (
            r#""Action":"sts:AssumeRole","Principal":{"AWS":[],"aws":"*"}"#,
            &["Statement[0].Principal.AWS: must name", "Statement[0].Principal.aws: is no type"],
        ),
        (
            r#""Action":"sts:AssumeRole","Principal":{"AWS":["12345678901","arn:aws:iam::123456789012:role/*","arn:aws:iam::123456789012:group/a","arn:aws:s3:::a","arn:aws:iam::1:root","arn:aws:iam::123456789012:role/","AROA1"]}"#,
            &[
                "Statement[0].Principal.AWS[0]: must be",
                "Statement[0].Principal.AWS[1]: ",
                "Statement[0].Principal.AWS[2]: ",
                "Statement[0].Principal.AWS[3]: ",
                "Statement[0].Principal.AWS[4]: ",
                "Statement[0].Principal.AWS[5]: ",
                "Statement[0].Principal.AWS[6]: ",
            ],
        ),
        (
            r#""Action":"sts:AssumeRole","Principal":{"Service":"ec2","Federated":"arn:aws:iam::123456789012:role/a","CanonicalUser":"x"}"#,
            &[
                "Statement[0].Principal.Service: must be",
                "Statement[0].Principal.Federated: must be",
                "Statement[0].Principal.CanonicalUser: must be",
            ],
        ),
    ];
    for (members, expected) in cases {
        assert_found(&statement(&format!(r#""Effect":"Allow",{members}"#)), Trust, expected);
    }
}

#[test]
fn validation_should_name_what_is_wrong_in_a_condition_but_never_its_values() {
    let cases: &[(&str, &[&str])] = &[
        (r#"[]"#, &[": must be an object"]),
        (r#"{"StringEqual":{"a:b":"tenant-4711"}}"#, &[".StringEqual: is no condition operator"]),
        (r#"{"NullIfExists":{"a:b":"true"}}"#, &[".NullIfExists: is no condition operator"]),
        (r#"{"ForSomeValues:StringEquals":{"a:b":"x"}}"#, &[".ForSomeValues:StringEquals: is no"]),
        (r#"{"StringEquals":"tenant-4711"}"#, &[".StringEquals: must be an object"]),
        (
            r#"{"StringEquals":{"username":"x",":b":"x","a:":"x"}}"#,
            &[
                ".StringEquals.username: is no condition key",
                ".StringEquals.(a key): ",
                ".StringEquals.a:: ",
            ],
        ),
        (
            r#"{"StringEquals":{"a:b":{"c":"tenant-4711"},"c:d":["x",null]}}"#,
            &[".StringEquals.a:b: must be a string", ".StringEquals.c:d[1]: must be a string"],
        ),
        (
            r#"{"StringEquals":{"a:b":"x","A:B":"x"},"stringequals":{}}"#,
            &[".StringEquals.A:B: stands twice", ".stringequals: stands twice"],
        ),
        (
            r#"{"Bool":{"a:b":"tenant-4711"},"Null":{"a:b":1}}"#,
            &[".Bool.a:b: must be true", ".Null.a:b: must be true"],
        ),
        (
            r#"{"NumericEquals":{"a:b":"tenant-4711"},"DateLessThan":{"a:b":"tenant-4711"}}"#,
            &[".NumericEquals.a:b: must be a number", ".DateLessThan.a:b: must be a date"],
        ),
        (
            r#"{"IpAddress":{"a:b":["tenant-4711","10.0.0.0/33","10.0.0.1/-1"]}}"#,
            &[".IpAddress.a:b[0]: must be an IP", ".IpAddress.a:b[1]: ", ".IpAddress.a:b[2]: "],
        ),
    ];
    for (condition, expected) in cases {
        let text = statement(&format!(
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}"#
        ));
        let expected: Vec<String> =
            expected.iter().map(|rest| format!("Statement[0].Condition{rest}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        assert_found(&text, Identity, &expected);
        assert!(!format!("{:?}", validate(&text, Identity)).contains("4711"));
    }
}

#[test]
fn validation_should_refuse_characters_that_policies_cannot_hold() {
    let allow = |resource: &str| {
        statement(&format!(
            "\n\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::{resource}\""
        ))
    };
    assert_found(&allow("ÿ"), Identity, &[]);
    assert_found(&allow("Ł"), Identity, &["line 2, column 56: has a character"]);
    assert_found(&allow("\\u0141"), Identity, &["the document: has an escaped character"]);
}

#[test]
fn validation_should_refuse_what_is_longer_than_the_quota_of_its_kind() {
    let sized = |kind: PolicyKind, length: usize| {
        let members = match kind {
            Trust => r#""Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Sid":"""#,
            Identity | ServiceControl => r#""Effect":"Allow","Action":"*","Resource":"*","Sid":"""#,
        };
        let text = statement(members);
        let sid = "a".repeat(length - text.chars().count());
        text.replace(r#""Sid":"""#, &format!(r#""Sid":"{sid}""#))
    };
    for (kind, max) in [(Trust, 4_096), (Identity, 10_240), (ServiceControl, 10_240)] {
        assert_found(&sized(kind, max), kind, &[]);
        let expected = format!("the document: has {} characters", max + 1);
        assert_found(&sized(kind, max + 1), kind, &[&expected]);
        let spaced = sized(kind, max).replace(',', ", ");
        assert_eq!(found(&spaced, kind).is_empty(), kind != ServiceControl);
    }
}
