//! What is refused, and what a document shows of itself.

use super::{document, policy};
use crate::policy::PolicyDocument;

const SECRET: &str = "tenant-secret-4711";

#[test]
fn document_should_refuse_what_is_no_policy_and_name_the_place() {
    let cases = [
        ("", "line 1, column 0"),
        ("not json", "line 1, column 2"),
        ("[]", "the document: not an object"),
        ("{}", "the document: there is no Statement"),
        ("{\"Statement\":\n 3]", "line 2, column 3"),
        (r#"{"Statement": 3}"#, "Statement: not an object"),
        (r#"{"Statement": [], "Statement": []}"#, "line 1, column 29: a key stands twice"),
        (r#"{"Statement": [], "Statements": []}"#, "Statements: no element of a policy"),
        (r#"{"Version": "2013-01-01", "Statement": []}"#, "Version: neither"),
        (r#"{"Version": 2012, "Statement": []}"#, "Version: not a string"),
        (r#"{"Statement": [{"Action": "*"}]}"#, "Statement[0]: there is no Effect"),
        (r#"{"Statement": {"Effect": "allow", "Action": "*"}}"#, "Statement.Effect: neither"),
        (r#"{"Statement": {"Effect": "Allow"}}"#, "Statement: there is neither Action nor"),
        (r#"{"Statement": {"Effect": "Allow", "Action": ["*", 3]}}"#, "Statement.Action[1]: not a"),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}}"#,
            "Statement.NotAction: an element and its Not…",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resources": "*"}}"#,
            "Statement.Resources: no element of a statement",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "123456789012"}}"#,
            "Statement.Principal: a principal is",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Principal": {"aws": "*"}}}"#,
            "Statement.Principal.aws: no type of principal",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {"a:b": null}}}}"#,
            "Statement.Condition.Bool.a:b: no string",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {"a:b": "true", "A:B": "true"}}}}"#,
            "Statement.Condition.Bool.A:B: the condition key stands twice",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {}, "bool": {}}}}"#,
            "Statement.Condition.bool: the operator stands twice",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"NumericEquals": {"a:b": 36893488147419103232}}}}"#,
            "a number too large",
        ),
        ("%7B%FF", "neither JSON nor percent-encoded UTF-8"),
    ];
    for (text, expected) in cases {
        let error = PolicyDocument::parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn document_should_refuse_deep_nesting_without_overflow() {
    let text = format!("{{\"Statement\":{}", "[".repeat(100_000));
    assert!(PolicyDocument::parse(&text).is_err());
}

#[test]
fn errors_should_never_quote_the_text() {
    let broken = [
        format!(r#"{{"Statement": "{SECRET}"}}"#),
        format!(r#"{{"Statement": [{{"Effect": "{SECRET}"}}]}}"#),
        format!(r#"{{"{SECRET}": "{SECRET}"}}"#),
        format!(r#"{{"Statement": {SECRET}}}"#),
        format!(
            r#"{{"Statement": {{"Condition": {{"StringEquals": {{"{SECRET}": {{}} }} }} }} }}"#
        ),
        format!(r#"{{"Statement": {{"Condition": {{"{SECRET}": "x"}} }} }}"#),
        SECRET.to_owned(),
    ];
    for text in broken {
        let error = PolicyDocument::parse(&text).expect_err(&text);
        assert!(!format!("{error} {error:?}").contains("4711"), "{error:?}");
    }
}

#[test]
fn document_should_show_the_external_id_to_aws_alone() {
    for key in ["sts:ExternalId", "STS:externalid"] {
        for operator in ["StringEquals", "stringlike", "ForAnyValue:StringEqualsIfExists"] {
            for value in [format!("\"{SECRET}\""), format!("[\"{SECRET}\", \"{SECRET}2\"]")] {
                let trust = policy(&format!(
                    r#"{{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*",
                        "Condition": {{"{operator}": {{"{key}": {value}, "aws:a": "shown"}}}}}}"#
                ));
                let serialized = serde_json::to_string(&trust).expect("serialises");
                let shown = format!(
                    "{trust:?} {} {serialized} {:?} {:?}",
                    trust.redacted(),
                    trust.canonical(),
                    trust.trust_grants()
                );
                assert!(!shown.contains(SECRET), "{shown}");
                assert!(serialized.contains("(hidden)") && serialized.contains("shown"));
                assert!(trust.to_json().contains(SECRET));
            }
        }
    }
}

#[test]
fn document_should_send_what_was_written_compactly() {
    let text = "{ \"Version\" : \"2012-10-17\",\n \"Statement\": [ { \"Sid\": \"A\", \"Effect\": \"Allow\", \
        \"Action\": [], \"Resource\": \"arn:aws:s3:::a \\\"b\\\"\", \"Condition\": {\"Bool\": {\"a:b\": true, \"c:d\": [1.5, -2]}, \"Null\": {}} } ] }";
    let sent = document(text).to_json();
    assert_eq!(
        sent,
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":[],"Resource":"arn:aws:s3:::a \"b\"","Condition":{"Bool":{"a:b":true,"c:d":[1.5,-2]},"Null":{}}}]}"#
    );
    assert_eq!(document(&sent), document(text));
    assert_eq!(document(text).size_chars(), sent.chars().count() - 1);
}

#[test]
fn document_should_know_whether_it_only_denies() {
    let deny = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;
    let allow = r#"{"Effect": "Allow", "Action": "a:A", "Resource": "*"}"#;
    assert!(policy(deny).only_denies());
    assert!(policy("[]").only_denies());
    assert!(!policy(allow).only_denies());
    assert!(!policy(&format!("[{deny}, {allow}]")).only_denies());
}
