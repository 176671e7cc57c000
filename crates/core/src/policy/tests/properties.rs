//! What holds for every policy.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_assert_ne, proptest};
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;
use serde_json::{Value, json};

use super::document;
use super::evaluator::{Request, applies};
use super::rewrite::{Choices, rewritten};
use crate::policy::arbitrary::{policy, policy_json, related_policies};
use crate::{Effect, PolicyKind, validate};

fn request() -> impl Strategy<Value = Request> {
    let principals = [
        ("arn:aws:iam::911403356698:role/a", "AWS", "911403356698"),
        ("arn:aws:iam::911403356698:role/b", "AWS", "911403356698"),
        ("arn:aws:iam::111122223333:user/c", "AWS", "111122223333"),
        ("AROAEXAMPLEEXAMPLE01", "AWS", "444455556666"),
        ("ec2.amazonaws.com", "Service", "-"),
        ("accounts.google.com", "Federated", "-"),
    ];
    let actions = [
        "s3:GetObject",
        "s3:PutObject",
        "s3:GetBucket",
        "s3:SetObject",
        "ce:GetCost",
        "iam:PassRole",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:TagSession",
    ];
    let resources = [
        "arn:aws:s3:::a",
        "arn:aws:s3:::a/x",
        "arn:aws:s3:::a/xy",
        "arn:aws:s3:::b",
        "arn:aws:s3:::x1",
        "arn:aws:s3:::*",
        "arn:aws:s3:::${aws:username}",
        "arn:aws:s3:eu:1:a/x",
        "arn:aws-cn:s3:::a",
    ];
    let values = || option::weighted(0.8, subsequence(vec!["x1", "X1", "y2", "*", "z"], 1..3));
    (
        select(principals.to_vec()),
        select(actions.to_vec()),
        select(resources.to_vec()),
        [values(), values(), values()],
        any::<bool>(),
    )
        .prop_map(|(principal, action, resource, values, wildcards_span)| {
            let keys = ["sts:ExternalId", "aws:username", "aws:PrincipalTag/team"];
            let context: BTreeMap<_, _> =
                keys.into_iter().zip(values).filter_map(|(k, v)| Some((k, v?))).collect();
            Request { principal, action, resource, context, wildcards_span }
        })
}

fn choices() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 16..64)
}

proptest! {
    #![proptest_config(Config::with_cases(256))]

    #[test]
    fn equality_should_survive_every_rewriting_that_aws_makes(
        json in policy_json(),
        bytes in choices(),
    ) {
        let text = rewritten(&json, &mut Choices::new(&bytes));
        let (policy, again) = (document(&json.to_string()), document(&text));
        prop_assert_eq!(&policy, &again, "{}", text);
        prop_assert_eq!(policy.canonical(), again.canonical());
        prop_assert!(policy.compare(&again).is_none() && again.compare(&policy).is_none());
    }

    #[test]
    fn equality_should_be_an_equivalence_relation(
        (left, right) in related_policies(),
        bytes in [choices(), choices()],
    ) {
        let mut documents = Vec::new();
        for json in [&left, &right] {
            documents.push(document(&json.to_string()));
            for bytes in &bytes {
                documents.push(document(&rewritten(json, &mut Choices::new(bytes))));
            }
        }
        for a in &documents {
            prop_assert_eq!(a, a);
            for b in &documents {
                prop_assert_eq!(a == b, b == a);
                prop_assert_eq!(a == b, a.compare(b).is_none());
                for c in &documents {
                    prop_assert!(!(a == b && b == c) || a == c);
                }
            }
        }
    }

    #[test]
    fn equality_should_see_every_real_change(json in policy_json(), which in any::<usize>()) {
        let changed = |change: fn(&mut Value)| {
            let mut changed = json.clone();
            let statements = changed["Statement"].as_array_mut().expect("a list");
            let index = which % statements.len();
            change(&mut statements[index]);
            changed.to_string()
        };
        let action = |statement: &mut Value| {
            let actions = statement.as_object_mut().expect("an object");
            let name = if actions.contains_key("Action") { "Action" } else { "NotAction" };
            actions[name].as_array_mut().expect("a list").push(json!("sts:GetCallerIdentity"));
        };
        let condition = |statement: &mut Value| {
            statement["Condition"]["Bool"] = json!({"aws:SecureTransport": true});
        };
        let policy = document(&json.to_string());
        // A changed statement may leave an equal one behind, but is itself new.
        prop_assert_ne!(&policy, &document(&changed(action)));
        prop_assert_ne!(&policy, &document(&changed(condition)));
    }

    #[test]
    fn equal_policies_should_treat_every_request_alike(
        json in policy_json(),
        bytes in choices(),
        requests in vec(request(), 16),
    ) {
        let text = document(&rewritten(&json, &mut Choices::new(&bytes))).to_json();
        let again: Value = serde_json::from_str(&text).expect("JSON");
        for request in &requests {
            for effect in ["Allow", "Deny"] {
                let (before, after) = (applies(&json, effect, request), applies(&again, effect, request));
                prop_assert_eq!(before, after, "{:?}\n{}\n{}", request, json, again);
            }
        }
    }

    #[test]
    fn narrowing_should_never_hold_where_a_request_gains(
        (wanted, found) in related_policies(),
        requests in vec(request(), 64),
    ) {
        let (w, f) = (document(&wanted.to_string()), document(&found.to_string()));
        let Some(comparison) = w.compare(&f) else { return Ok(()) };
        let gravest = comparison.statements.iter().map(|s| s.effect).max();
        prop_assert_eq!(gravest, Some(comparison.effect));
        for request in &requests {
            let of = |policy, effect| applies(policy, effect, request);
            let gains = of(&found, "Allow") && !of(&wanted, "Allow")
                || of(&wanted, "Deny") && !of(&found, "Deny");
            let loses = of(&wanted, "Allow") && !of(&found, "Allow")
                || of(&found, "Deny") && !of(&wanted, "Deny");
            prop_assert!(!gains || comparison.effect == Effect::Widens, "{request:?}\n{wanted}\n{found}");
            prop_assert!(!loses || comparison.effect > Effect::Cosmetic, "{request:?}\n{wanted}\n{found}");
        }
    }

    #[test]
    fn a_policy_should_come_back_from_its_own_text(policy in policy()) {
        prop_assert_eq!(&document(&policy.to_json()), &policy);
        prop_assert_eq!(document(&policy.to_json()).to_json(), policy.to_json());
    }

    #[test]
    fn validation_should_accept_every_rewriting_of_a_legal_policy(
        json in policy_json(),
        bytes in choices(),
    ) {
        let trust = !json["Statement"].to_string().contains("Resource\"");
        let kind = if trust { PolicyKind::Trust } else { PolicyKind::Identity };
        // The Sid is that of the statement, so that a repeated statement repeats it.
        let text = rewritten(&json, &mut Choices::new(&bytes));
        let findings = validate(&text, kind);
        prop_assert!(
            findings.iter().all(|finding| finding.message.starts_with("stands twice: a Sid")),
            "{findings:?} {text}"
        );
        prop_assert!(validate(&json.to_string(), kind).is_empty());
    }
}
