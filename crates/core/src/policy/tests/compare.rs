//! What differs, in words, and what it means for access.

use super::policy;
use crate::Effect::{self, Cosmetic, Narrows, Widens};
use crate::PolicyComparison;

const S3: &str = r#"{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}"#;
const CE: &str = r#"{"Effect": "Allow", "Action": "ce:Get*", "Resource": "*"}"#;
const DENY: &str = r#"{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}"#;

/// Wanted, found, the effect of the whole, and each difference.
type Case<'a> = (String, String, Effect, &'a [(Effect, &'a str)]);

fn compare(wanted: &str, found: &str) -> PolicyComparison {
    policy(wanted).compare(&policy(found)).unwrap_or_else(|| panic!("equal: {wanted} {found}"))
}

/// The effect of the whole and each difference.
fn assert_compared(wanted: &str, found: &str, effect: Effect, expected: &[(Effect, &str)]) {
    let comparison = compare(wanted, found);
    let statements: Vec<_> =
        comparison.statements.iter().map(|s| (s.effect, s.explanation.as_str())).collect();
    assert_eq!(statements, expected, "\n{wanted}\n{found}");
    assert_eq!(comparison.effect, effect, "\n{wanted}\n{found}");
}

#[test]
fn identity_policy_should_be_compared_statement_by_statement() {
    let cases: &[Case<'_>] = &[
        (
            format!("[{S3}, {CE}]"),
            format!(
                r#"[{CE}, {}]"#,
                S3.replace("\"s3:ListBucket\"", "\"s3:ListBucket\", \"s3:PutObject\"")
            ),
            Widens,
            &[(Widens, "statement 2 also allows s3:PutObject")],
        ),
        (
            format!("[{S3}, {CE}]"),
            format!("[{}, {CE}]", S3.replace(", \"s3:ListBucket\"", "")),
            Narrows,
            &[(Narrows, "statement 1 does not allow s3:ListBucket")],
        ),
        (
            format!("[{S3}, {CE}]"),
            format!("[{S3}, {}]", CE.replace("ce:Get*", "ce:*")),
            Widens,
            &[
                (Widens, "statement 2 also allows ce:*"),
                (Cosmetic, "statement 2 does not allow ce:Get*"),
            ],
        ),
        (
            S3.to_owned(),
            S3.replace("arn:aws:s3:::b/*", "arn:aws:s3:::c/*"),
            Widens,
            &[
                (Widens, "statement 1 also applies to arn:aws:s3:::c/*"),
                (Narrows, "statement 1 does not apply to arn:aws:s3:::b/*"),
            ],
        ),
        (
            S3.to_owned(),
            S3.replace("arn:aws:s3:::b/*", "arn:aws:s3:::b/reports/*"),
            Narrows,
            &[
                (Cosmetic, "statement 1 also applies to arn:aws:s3:::b/reports/*"),
                (Narrows, "statement 1 does not apply to arn:aws:s3:::b/*"),
            ],
        ),
        (
            format!("[{S3}, {CE}]"),
            CE.to_owned(),
            Narrows,
            &[(
                Narrows,
                "statement 1 of the wanted policy is missing: it allows s3:GetObject, s3:ListBucket on arn:aws:s3:::b, arn:aws:s3:::b/*",
            )],
        ),
        (
            CE.to_owned(),
            format!("[{CE}, {DENY}]"),
            Narrows,
            &[(Narrows, "statement 2 is not wanted: it denies iam:* on *")],
        ),
        (
            format!("[{CE}, {DENY}]"),
            CE.to_owned(),
            Widens,
            &[(Widens, "statement 2 of the wanted policy is missing: it denies iam:* on *")],
        ),
        (
            format!("[{CE}, {DENY}]"),
            format!("[{CE}, {}]", DENY.replace("\"iam:*\"", "[\"iam:*\", \"sts:*\"]")),
            Narrows,
            &[(Narrows, "statement 2 also denies sts:*")],
        ),
        (
            format!("[{CE}, {DENY}]"),
            format!("[{CE}, {}]", DENY.replace("\"Action\"", "\"NotAction\"")),
            Widens,
            &[(Widens, "statement 2 denies everything but iam:* instead of iam:*")],
        ),
        // Taken apart and put together again: no one may do more or less.
        (
            S3.to_owned(),
            format!(
                "[{}, {}]",
                S3.replace(", \"s3:ListBucket\"", ""),
                S3.replace("\"s3:GetObject\", ", "")
            ),
            Cosmetic,
            &[
                (Cosmetic, "statement 1 does not allow s3:ListBucket"),
                (
                    Cosmetic,
                    "statement 2 is not wanted: it allows s3:ListBucket on arn:aws:s3:::b, arn:aws:s3:::b/*",
                ),
            ],
        ),
        // A wildcard that is there already covers the further action.
        (
            CE.to_owned(),
            CE.replace("\"ce:Get*\"", "[\"ce:Get*\", \"CE:getCostForecast\"]"),
            Cosmetic,
            &[(Cosmetic, "statement 1 also allows CE:getCostForecast")],
        ),
        (
            CE.to_owned(),
            CE.replace("\"Allow\"", "\"Deny\""),
            Narrows,
            &[
                (Narrows, "statement 1 of the wanted policy is missing: it allows ce:Get* on *"),
                (Narrows, "statement 1 is not wanted: it denies ce:Get* on *"),
            ],
        ),
        (
            CE.to_owned(),
            CE.replace(r#""Resource": "*""#, r#""NotResource": "arn:aws:s3:::b""#),
            Narrows,
            &[(Narrows, "statement 1 applies to everything but arn:aws:s3:::b instead of *")],
        ),
    ];
    for (wanted, found, effect, expected) in cases {
        assert_compared(wanted, found, *effect, expected);
    }
}

const ROOT: &str = r#"{"AWS": "arn:aws:iam::911403356698:root"}"#;
const ID: &str = r#"{"StringEquals": {"sts:ExternalId": "tenant-4711"}}"#;

fn trust(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole", "Condition": {condition}}}"#
    )
}

/// Found, the effect of the whole, and each difference.
type Trusting<'a> = (String, Effect, &'a [(Effect, &'a str)]);

#[test]
fn trust_policy_should_be_compared_by_condition() {
    let wanted = trust(ROOT, ID);
    let with = |condition: &str| trust(ROOT, condition);
    let cases: &[Trusting<'_>] = &[
        (
            with("{}"),
            Widens,
            &[(Widens, "statement 1: the condition on sts:ExternalId is missing")],
        ),
        (
            with(r#"{"StringEquals": {"STS:externalid": "other-4712"}}"#),
            Widens,
            &[(Widens, "statement 1: the value of sts:ExternalId is another one")],
        ),
        (
            with(r#"{"StringEquals": {"sts:ExternalId": ["tenant-4711", "other-4712"]}}"#),
            Widens,
            &[(Widens, "statement 1: the value of sts:ExternalId is another one")],
        ),
        (
            with(r#"{"stringlike": {"sts:ExternalId": "*"}}"#),
            Widens,
            &[(
                Widens,
                "statement 1: the condition on sts:ExternalId is StringLike instead of StringEquals",
            )],
        ),
        (
            with(r#"{"forAnyvalue:StringequalsIfExists": {"sts:ExternalId": "tenant-4711"}}"#),
            Widens,
            &[(
                Widens,
                "statement 1: the condition on sts:ExternalId is ForAnyValue:StringEqualsIfExists instead of StringEquals",
            )],
        ),
        (
            with(
                r#"{"StringEquals": {"sts:ExternalId": "tenant-4711"}, "Bool": {"aws:MultiFactorAuthPresent": true}}"#,
            ),
            Narrows,
            &[(
                Narrows,
                "statement 1: a condition on aws:MultiFactorAuthPresent (Bool) is there that is not wanted",
            )],
        ),
    ];
    for (found, effect, expected) in cases {
        assert_compared(&wanted, found, *effect, expected);
    }
}

#[test]
fn trust_policy_should_be_compared_by_principal() {
    let wanted = trust(ROOT, ID);
    let cases: &[Trusting<'_>] = &[
        (
            trust("\"*\"", ID),
            Widens,
            &[
                (Widens, "statement 1 trusts anyone: any AWS account could assume this role"),
                (Cosmetic, "statement 1 does not trust account 911403356698"),
            ],
        ),
        (
            trust(r#"{"AWS": "111122223333"}"#, ID),
            Widens,
            &[
                (Widens, "statement 1 also trusts account 111122223333"),
                (Narrows, "statement 1 does not trust account 911403356698"),
            ],
        ),
        (
            trust(r#"{"AWS": "AROAEXAMPLEEXAMPLE01"}"#, ID),
            Widens,
            &[
                (Widens, "statement 1 also trusts the deleted principal AROAEXAMPLEEXAMPLE01"),
                (Narrows, "statement 1 does not trust account 911403356698"),
            ],
        ),
        (
            trust(r#"{"AWS": "911403356698", "Service": "ec2.amazonaws.com"}"#, ID),
            Widens,
            &[(Widens, "statement 1 also trusts ec2.amazonaws.com")],
        ),
        (
            wanted.replace("\"Principal\"", "\"NotPrincipal\""),
            Widens,
            &[(
                Widens,
                "statement 1 is about everyone but account 911403356698 instead of account 911403356698",
            )],
        ),
        (
            format!("[{wanted}, {}]", trust("\"*\"", "{}")),
            Widens,
            &[(
                Widens,
                "statement 2 is not wanted: it allows anyone sts:AssumeRole; any AWS account could assume this role",
            )],
        ),
        (
            wanted.replace("\"Allow\"", "\"Deny\""),
            Narrows,
            &[
                (
                    Narrows,
                    "statement 1 of the wanted policy is missing: it allows account 911403356698 sts:AssumeRole under a condition on sts:ExternalId",
                ),
                (
                    Narrows,
                    "statement 1 is not wanted: it denies account 911403356698 sts:AssumeRole under a condition on sts:ExternalId",
                ),
            ],
        ),
        (
            wanted.replace(&format!(r#""Principal": {ROOT}"#), r#""Resource": "*""#),
            Widens,
            &[
                (Widens, "statement 1 names no principal"),
                (Widens, "statement 1 names a resource where none is wanted"),
            ],
        ),
    ];
    for (found, effect, expected) in cases {
        assert_compared(&wanted, found, *effect, expected);
    }
}

#[test]
fn comparison_should_never_hold_an_external_id() {
    let values = ["\"tenant-4711\"", "[\"tenant-4711\", \"b-4711\"]", "\"c-4711*\""];
    for operator in ["StringEquals", "StringLike", "ForAllValues:StringNotEquals"] {
        for value in values {
            let condition = format!(r#"{{"{operator}": {{"sTs:externalID": {value}}}}}"#);
            let documents = [trust(ROOT, &condition), trust("\"*\"", "{}"), trust(ROOT, ID)];
            for wanted in &documents {
                for found in &documents {
                    let comparison = policy(wanted).compare(&policy(found));
                    assert!(!format!("{comparison:?}").contains("4711"), "{comparison:?}");
                }
            }
        }
    }
}

#[test]
fn comparison_should_not_write_over_a_terminal_nor_flood_it() {
    let found = CE.replace("ce:Get*", "ce:\\u001b[2J");
    let explained = format!("{:?}", compare(CE, &found));
    assert!(!explained.contains("u{1b}"), "{explained}");
    let many: Vec<String> = (0..200).map(|n| format!("\"ce:Get{n}\"")).collect();
    let comparison = compare(CE, &CE.replace("\"ce:Get*\"", &format!("[{}]", many.join(","))));
    assert!(comparison.statements[0].explanation.ends_with("and 195 more"));
}
