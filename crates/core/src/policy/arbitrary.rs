//! Arbitrary policies for property tests: small alphabets, so that what is drawn meets.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use super::PolicyDocument;

const ACTIONS: [&str; 9] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:Get*",
    "s3:?etObject",
    "S3:*",
    "ce:Get*",
    "iam:PassRole",
    "*:*",
    "*",
];
const STS_ACTIONS: [&str; 5] =
    ["sts:AssumeRole", "sts:TagSession", "sts:Assume*", "sts:*", "sts:SetSourceIdentity"];
const RESOURCES: [&str; 9] = [
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/?",
    "arn:aws:s3:::${aws:username}",
    "arn:aws:s3:::${*}",
    "arn:aws:s3:::b",
    "arn:*:s3:::*",
    "arn:aws:s3:*:*:a/x",
];
const AWS_PRINCIPALS: [&str; 6] = [
    "*",
    "911403356698",
    "arn:aws:iam::911403356698:root",
    "arn:aws:iam::911403356698:role/a",
    "111122223333",
    "AROAEXAMPLEEXAMPLE01",
];
const OPERATORS: [&str; 8] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringNotEquals",
];
const KEYS: [&str; 3] = ["sts:ExternalId", "aws:username", "aws:PrincipalTag/team"];
const VALUES: [&str; 5] = ["x1", "X1", "y2", "*", "${aws:username}"];

/// The JSON of a policy that IAM would accept: an identity or a trust policy.
pub(crate) fn policy_json() -> impl Strategy<Value = Value> {
    prop_oneof![policy_of(identity_statement()), policy_of(trust_statement())]
}

/// A policy that IAM would accept.
pub(crate) fn policy() -> impl Strategy<Value = PolicyDocument> {
    policy_json().prop_map(|json| PolicyDocument::parse(&json.to_string()).expect("legal"))
}

/// Two policies of one kind that have much in common.
pub(crate) fn related_policies() -> impl Strategy<Value = (Value, Value)> {
    prop_oneof![related(identity_statement()), related(trust_statement())]
}

fn related(statement: impl Strategy<Value = Value>) -> impl Strategy<Value = (Value, Value)> {
    let tweaks = vec(
        (
            any::<usize>(),
            any::<usize>(),
            select(&["Action", "Resource", "Principal", "Condition", "Condition"][..]),
        ),
        0..3,
    );
    (vec(statement, 1..4), versions(), versions(), any::<[u8; 2]>(), tweaks).prop_map(
        |(pool, wanted_version, found_version, masks, tweaks)| {
            let picked = |mask: u8| -> Vec<Value> {
                let pool = pool.iter().enumerate();
                pool.filter(|(n, _)| *n == 0 || mask >> n & 1 == 1)
                    .map(|(_, s)| s.clone())
                    .collect()
            };
            let wanted = picked(masks[0]);
            let mut found = picked(masks[1]);
            for (from, to, element) in tweaks {
                let to = to % found.len();
                match (pool[from % pool.len()].get(element), found[to].get(element)) {
                    (Some(value), Some(_)) => found[to][element] = value.clone(),
                    (None, Some(_)) if element == "Condition" => {
                        found[to][element] = json!({});
                    }
                    _ => {}
                }
            }
            (with_version(wanted_version, wanted), with_version(found_version, found))
        },
    )
}

fn policy_of(statement: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    (versions(), vec(statement, 1..4)).prop_map(|(version, s)| with_version(version, s))
}

fn with_version(version: Option<&str>, statements: Vec<Value>) -> Value {
    match version {
        Some(version) => json!({"Version": version, "Statement": statements}),
        None => json!({"Statement": statements}),
    }
}

fn versions() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![6 => Just(Some("2012-10-17")), 1 => Just(Some("2008-10-17")), 1 => Just(None)]
}

fn identity_statement() -> impl Strategy<Value = Value> {
    let resources = (negation("Resource"), some_of(&RESOURCES));
    (effect(), negation("Action"), some_of(&ACTIONS), resources, condition()).prop_map(
        |(effect, action, actions, (resource, resources), condition)| {
            json!({"Effect": effect, action: actions, resource: resources, "Condition": condition})
        },
    )
}

fn trust_statement() -> impl Strategy<Value = Value> {
    let principals = (negation("Principal"), principals());
    (effect(), negation("Action"), some_of(&STS_ACTIONS), principals, condition()).prop_map(
        |(effect, action, actions, (principal, principals), condition)| {
            json!({"Effect": effect, action: actions, principal: principals, "Condition": condition})
        },
    )
}

fn effect() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just("Allow"), 1 => Just("Deny")]
}

/// The element, or now and then its opposite.
fn negation(element: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![5 => Just(element.to_owned()), 1 => Just(format!("Not{element}"))]
}

fn principals() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(json!("*")),
        5 => some_of(&AWS_PRINCIPALS).prop_map(|aws| json!({"AWS": aws})),
        1 => some_of(&AWS_PRINCIPALS)
            .prop_map(|aws| json!({"AWS": aws, "Service": "ec2.amazonaws.com"})),
        1 => Just(json!({"Federated": "accounts.google.com"})),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let entry = (select(&OPERATORS[..]), select(&KEYS[..]), some_of(&VALUES));
    vec(entry, 0..3).prop_map(|entries| {
        let mut condition = Map::new();
        for (operator, key, values) in entries {
            let keys = condition.entry(operator).or_insert_with(|| json!({}));
            keys[key] = json!(values);
        }
        Value::Object(condition)
    })
}

/// One to three values, as IAM's lists hold them.
fn some_of(values: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(values, 1..=3).prop_shuffle()
}
