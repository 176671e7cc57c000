//! What goes wrong on the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use digitalex_aws::AwsConnection;
use digitalex_core::{IdentityKind, Step};
use digitalex_engine::{AccountDetail, CallErrorKind, Organization, ReadAccess, WriteAccess};
use futures::StreamExt;

use crate::fake_aws::{
    Asked, FakeAws, ManualClock, account, caller, options, organization, session, target, the_role,
    xml, xml_error,
};
use crate::roles::role;

const ADMIN: &[&[&str]] = &[&["OrganizationAccountAccessRole"]];

async fn read_error(answer: fn(&Asked) -> Response) -> (CallErrorKind, usize) {
    let aws = FakeAws::start(move |asked| match asked.operation.as_str() {
        "AssumeRole" => session(asked),
        _ => answer(asked),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
    let error = reader.observe(&the_role()).await.unwrap_err();
    (error.kind, aws.asked("GetRole").len())
}

#[tokio::test]
async fn fault_should_be_told_apart_and_tried_as_often_as_it_is_worth() {
    type Answer = fn(&Asked) -> Response;
    let cases: [(Answer, CallErrorKind, usize); 4] = [
        (|_| xml_error(500, "ServiceFailure", "x"), CallErrorKind::Transient, 3),
        (
            |_| (StatusCode::BAD_GATEWAY, "<html>Bad Gateway</html>").into_response(),
            CallErrorKind::Transient,
            3,
        ),
        (|_| "<GetRoleResponse><GetRoleResult><Ro".into_response(), CallErrorKind::Transient, 3),
        (|_| xml_error(409, "LimitExceeded", "quota"), CallErrorKind::QuotaReached, 1),
    ];
    for (answer, kind, attempts) in cases {
        assert_eq!(read_error(answer).await, (kind, attempts));
    }
}

#[tokio::test]
async fn throttled_read_should_get_through_however_often_it_takes() {
    let aws = FakeAws::start(|asked| match (asked.operation.as_str(), asked.before) {
        ("AssumeRole", _) => session(asked),
        ("GetRole", 0..7) => xml_error(400, "Throttling", "Rate exceeded"),
        _ => xml_error(404, "NoSuchEntity", "none"),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
    assert_eq!(reader.observe(&the_role()).await.unwrap(), None);
    assert_eq!(aws.caller.throttled().0["GetRole"], 7);
    aws.caller.forget(account(1));
    assert!(aws.caller.learned().of(account(1)).read.is_some(), "it is remembered");
}

/// Cuts an answer short at every element: none may be taken for a whole one.
#[tokio::test]
async fn truncated_answer_should_never_be_read_as_a_shorter_one() {
    let whole = "<ListRolePoliciesResponse xmlns=\"https://aws/\"><ListRolePoliciesResult><PolicyNames>\
                 <member>one</member><member>two</member></PolicyNames><IsTruncated>false</IsTruncated>\
                 </ListRolePoliciesResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
                 </ListRolePoliciesResponse>";
    let cut = Arc::new(AtomicUsize::new(0));
    let cut_now = Arc::clone(&cut);
    let aws = FakeAws::start(move |asked| match asked.operation.as_str() {
        "AssumeRole" => session(asked),
        "GetRole" => role(asked, "arn:aws:iam::111111111001:role/digitalex-finops"),
        "ListRolePolicies" => whole[..cut_now.load(Ordering::Relaxed)].to_owned().into_response(),
        _ => xml(asked, "<IsTruncated>false</IsTruncated>"),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
    for (at, _) in whole.match_indices('<').skip(1) {
        cut.store(at, Ordering::Relaxed);
        let error = reader.observe(&the_role()).await.unwrap_err();
        assert_eq!(error.operation, "ListRolePolicies", "cut at {}", &whole[..at]);
        assert_eq!(error.kind, CallErrorKind::Transient, "cut at {}", &whole[..at]);
    }
}

#[tokio::test]
async fn write_with_a_lost_answer_should_not_be_sent_again() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        "AssumeRole" => session(asked),
        _ => xml_error(500, "ServiceFailure", "x"),
    })
    .await;
    let access = aws.connection.apply_access(&organization(), "run1");
    let writer = access.open(&target(account(1), ADMIN)).await.unwrap();
    let step = Step::DeletePermissionsBoundary { on: IdentityKind::Role };
    let error = writer.execute(&the_role(), &step).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Transient);
    assert_eq!(aws.asked("DeleteRolePermissionsBoundary").len(), 1);
}

#[tokio::test]
async fn endpoint_that_refuses_connections_should_be_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let caller = caller(Arc::new(ManualClock::default()));
    let connection = AwsConnection::connect(&options(&url), caller).await;
    let organization = connection.organization();
    let mut accounts = organization.accounts(AccountDetail::default());
    let error = accounts.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind, CallErrorKind::EndpointUnreachable);
    assert!(error.message.contains("Connection refused"), "{}", error.message);
}
