//! Sessions in the accounts.

use std::collections::BTreeMap;
use std::time::Duration;

use digitalex_engine::{CallErrorKind, Denial, ReadAccess, WriteAccess};
use futures::future::join_all;

use crate::fake_aws::{
    Asked, BASE_KEY, FakeAws, OWN_ACCOUNT, account, account_of, organization, session, target,
    the_role, xml_error,
};

const ADMIN: &[&[&str]] = &[&["OrganizationAccountAccessRole"]];
const TWO: &[&[&str]] = &[&["OrganizationAccountAccessRole"], &["AWSControlTowerExecution"]];

fn absent(asked: &Asked) -> axum::response::Response {
    match asked.operation.as_str() {
        "AssumeRole" => session(asked),
        _ => xml_error(404, "NoSuchEntity", "no such role"),
    }
}

#[tokio::test]
async fn session_should_be_assumed_once_however_many_ask() {
    let aws = FakeAws::start(absent).await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let target = target(account(1), ADMIN);
    for result in join_all((0..20).map(|_| access.open(&target))).await {
        result.unwrap();
    }
    let asked = aws.asked("AssumeRole");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].parameters["RoleSessionName"], "digitalex-rollout-run1");
    assert_eq!(asked[0].parameters["DurationSeconds"], "3600");
    assert_eq!(asked[0].access_key, BASE_KEY);
    assert!(asked[0].parameters["Policy"].contains("iam:GetRole"));
    assert!(!asked[0].parameters["Policy"].contains("iam:CreateRole"));
}

#[tokio::test]
async fn session_should_be_renewed_ahead_of_its_end() {
    let aws = FakeAws::start(absent).await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let target = target(account(1), ADMIN);
    let reader = access.open(&target).await.unwrap();
    aws.clock.advance(Duration::from_secs(3299));
    reader.observe(&the_role()).await.unwrap();
    assert_eq!(aws.asked("AssumeRole").len(), 1);
    aws.clock.advance(Duration::from_secs(2));
    reader.observe(&the_role()).await.unwrap();
    assert_eq!(aws.asked("AssumeRole").len(), 2);
}

#[tokio::test]
async fn every_request_should_be_signed_with_its_own_accounts_session() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        "AssumeRole" => session(asked),
        // Says who asked, so that the test can tell.
        _ => xml_error(400, "ValidationError", &asked.access_key),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reads = (0..100).map(|number| {
        let access = &access;
        async move {
            let reader = access.open(&target(account(number), ADMIN)).await.unwrap();
            for _ in 0..3 {
                let error = reader.observe(&the_role()).await.unwrap_err();
                assert!(error.message.contains(&format!("ASIA{}N", account(number))));
            }
        }
    });
    join_all(reads).await;
    assert_eq!(aws.asked("AssumeRole").len(), 100);
}

#[tokio::test]
async fn admin_roles_should_be_tried_in_order_and_the_one_that_worked_first_the_next_time() {
    let aws = FakeAws::start(|asked| {
        if asked.parameters["RoleArn"].ends_with("/AWSControlTowerExecution") {
            session(asked)
        } else {
            xml_error(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")
        }
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    access.open(&target(account(1), TWO)).await.unwrap();
    access.open(&target(account(2), TWO)).await.unwrap();
    let tried: Vec<_> = aws
        .asked("AssumeRole")
        .iter()
        .map(|asked| asked.parameters["RoleArn"].rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        tried,
        ["OrganizationAccountAccessRole", "AWSControlTowerExecution", "AWSControlTowerExecution"]
    );
}

#[tokio::test]
async fn refusal_of_all_admin_roles_should_name_each_of_them() {
    let aws = FakeAws::start(|_| xml_error(403, "AccessDenied", "not authorized")).await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let error = access.open(&target(account(1), TWO)).await.map(drop).unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Denied(Denial::AdminRole));
    assert!(TWO.iter().all(|role| error.message.contains(role[0])), "{}", error.message);
    assert_eq!(error.account, Some(account(1)));
}

#[tokio::test]
async fn throttled_admin_role_should_be_tried_again_and_not_passed_over() {
    let aws = FakeAws::start(|asked| match asked.before {
        0 => xml_error(400, "Throttling", "Rate exceeded"),
        _ => session(asked),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    access.open(&target(account(1), TWO)).await.unwrap();
    let asked = aws.asked("AssumeRole");
    assert!(asked[1].parameters["RoleArn"].ends_with("/OrganizationAccountAccessRole"));
}

#[tokio::test]
async fn chain_should_be_assumed_hop_by_hop_and_confined_at_the_last() {
    let aws = FakeAws::start(absent).await;
    let access = aws.connection.apply_access(&organization(), "run1");
    let hops: &[&str] = &["arn:aws:iam::888888888888:role/hub", "Admin"];
    access.open(&target(account(1), &[hops])).await.unwrap();
    let asked = aws.asked("AssumeRole");
    assert_eq!(asked.len(), 2);
    assert_eq!(account_of(&asked[0]), "888888888888");
    assert!(!asked[0].parameters.contains_key("Policy"));
    assert_eq!(asked[1].access_key, "ASIA888888888888N0");
    assert!(asked[1].parameters["Policy"].contains("iam:CreateRole"));
    assert!(asked[1].parameters["Policy"].contains(":role/digitalex-*"));
}

#[tokio::test]
async fn chain_that_ends_in_another_account_should_be_refused_before_any_call() {
    let aws = FakeAws::start(absent).await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let hops: &[&str] = &["arn:aws:iam::888888888888:role/hub"];
    let error = access.open(&target(account(1), &[hops])).await.map(drop).unwrap_err();
    assert_eq!(error.kind, CallErrorKind::InvalidRequest);
    assert!(aws.counts().is_empty());
}

#[tokio::test]
async fn callers_own_account_should_be_reached_with_its_own_credentials() {
    let aws = FakeAws::start(absent).await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(OWN_ACCOUNT.parse().unwrap(), ADMIN)).await.unwrap();
    reader.observe(&the_role()).await.unwrap();
    assert_eq!(aws.counts().get("AssumeRole"), None);
    assert_eq!(aws.asked("GetRole")[0].access_key, BASE_KEY);
}

fn regions(aws: &FakeAws) -> BTreeMap<String, usize> {
    let mut regions = BTreeMap::new();
    for asked in aws.asked("AssumeRole") {
        *regions.entry(asked.region).or_default() += 1;
    }
    regions
}

#[tokio::test]
async fn roles_should_be_assumed_through_all_regions_alike() {
    let aws = FakeAws::start_in(&["eu-west-1", "us-west-2"], absent).await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let targets: Vec<_> = (0..40).map(|number| target(account(number), ADMIN)).collect();
    for result in join_all(targets.iter().map(|target| access.open(target))).await {
        result.unwrap();
    }
    assert_eq!(regions(&aws), [("eu-west-1".to_owned(), 20), ("us-west-2".to_owned(), 20)].into());
}

#[tokio::test]
async fn region_that_is_out_should_be_left_alone_for_a_while_and_no_account_should_fail() {
    let aws = FakeAws::start_in(&["eu-west-1", "us-west-2"], |asked| {
        match (asked.operation.as_str(), asked.region.as_str()) {
            ("AssumeRole", "eu-west-1") => xml_error(503, "ServiceUnavailable", "out"),
            _ => absent(asked),
        }
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    for number in 0..20 {
        access.open(&target(account(number), ADMIN)).await.unwrap();
    }
    assert_eq!(regions(&aws), [("eu-west-1".to_owned(), 1), ("us-west-2".to_owned(), 20)].into());
    aws.clock.advance(Duration::from_secs(31));
    access.open(&target(account(20), ADMIN)).await.unwrap();
    assert_eq!(regions(&aws)["eu-west-1"], 2, "then it is tried again");
}

#[tokio::test]
async fn expired_session_should_be_assumed_again_once_and_the_call_replayed() {
    stale_session_should_be_assumed_again("ExpiredToken").await;
}

#[tokio::test]
async fn session_whose_role_was_created_anew_should_be_assumed_again_once_and_the_call_replayed() {
    stale_session_should_be_assumed_again("InvalidClientTokenId").await;
}

/// AWS refuses the session with this code, and then, in another run, every session.
async fn stale_session_should_be_assumed_again(code: &'static str) {
    let aws = FakeAws::start(move |asked| match (asked.operation.as_str(), asked.before) {
        ("AssumeRole", _) => session(asked),
        (_, 0) => xml_error(403, code, "stale"),
        _ => xml_error(404, "NoSuchEntity", "none"),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
    assert_eq!(reader.observe(&the_role()).await.unwrap(), None);
    let keys: Vec<_> = aws.asked("GetRole").into_iter().map(|asked| asked.access_key).collect();
    let key = |serial: u32| format!("ASIA{}N{serial}", account(1));
    assert_eq!(keys, [key(0), key(1)]);

    let aws = FakeAws::start(move |asked| match asked.operation.as_str() {
        "AssumeRole" => session(asked),
        _ => xml_error(403, code, "stale"),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
    let error = reader.observe(&the_role()).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::ExpiredSession, "which holds up no other account");
    assert_eq!(aws.asked("GetRole").len(), 2);
}
