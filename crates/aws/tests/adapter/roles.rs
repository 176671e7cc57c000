//! Reading and writing the role.

use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};

use axum::response::Response;
use digitalex_core::{
    Description, IdentityKind, IdentityPath, ManagedPolicyArn, ObservedForm, PolicyDocument,
    PolicyName, SessionDuration, Step, TagKey, TagValue,
};
use digitalex_engine::{CallErrorKind, ReadAccess, Target, WriteAccess};

use crate::fake_aws::{
    Asked, FakeAws, account, organization, session, target, the_role, xml, xml_error,
};

const ADMIN: &[&[&str]] = &[&["OrganizationAccountAccessRole"]];
/// `{"Statement":[]}` as IAM returns it.
const DOCUMENT: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
const BOUNDARY: &str = "arn:aws:iam::111111111001:policy/boundary";

pub(crate) fn role(asked: &Asked, arn: &str) -> Response {
    xml(
        asked,
        &format!(
            "<Role><Path>/</Path><RoleName>digitalex-finops</RoleName><RoleId>AROA1</RoleId>\
             <Arn>{arn}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{DOCUMENT}</AssumeRolePolicyDocument>\
             <MaxSessionDuration>7200</MaxSessionDuration>\
             <PermissionsBoundary><PermissionsBoundaryArn>{BOUNDARY}</PermissionsBoundaryArn>\
             </PermissionsBoundary>\
             <Tags><member><Key>team</Key><Value>finops</Value></member></Tags></Role>"
        ),
    )
}

fn full(asked: &Asked) -> Response {
    let marker = asked.parameters.get("Marker").map(String::as_str);
    match (asked.operation.as_str(), marker) {
        ("AssumeRole", _) => session(asked),
        ("GetRole", _) => role(asked, "arn:aws:iam::111111111001:role/digitalex-finops"),
        ("ListRolePolicies", _) => xml(
            asked,
            "<PolicyNames><member>one</member><member>two</member></PolicyNames>\
             <IsTruncated>false</IsTruncated>",
        ),
        ("ListAttachedRolePolicies", _) => xml(
            asked,
            "<AttachedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName>\
             <PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member>\
             </AttachedPolicies><IsTruncated>false</IsTruncated>",
        ),
        _ => xml(
            asked,
            &format!(
                "<RoleName>r</RoleName><PolicyName>p</PolicyName>\
                 <PolicyDocument>{DOCUMENT}</PolicyDocument>"
            ),
        ),
    }
}

#[tokio::test]
async fn audit_of_an_account_should_be_one_session_and_three_reads_and_one_for_each_inline_policy()
{
    let aws = FakeAws::start(full).await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
    let role = reader.observe(&the_role()).await.unwrap().unwrap();
    assert_eq!(role.unique_id, "AROA1");
    let ObservedForm::Role { max_session_duration_s, .. } = role.form else { panic!("a user") };
    assert_eq!(max_session_duration_s, 7200);
    assert_eq!(role.boundary.unwrap().as_str(), BOUNDARY);
    assert_eq!(role.tags.len(), 1);
    assert_eq!(role.inline.len(), 2);
    assert_eq!(role.managed.len(), 1);
    let expected = [
        ("AssumeRole", 1),
        ("GetRole", 1),
        ("GetRolePolicy", 2),
        ("ListAttachedRolePolicies", 1),
        ("ListRolePolicies", 1),
    ];
    assert_eq!(aws.counts(), expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!(aws.caller.counts().0.values().sum::<u64>(), 6);
}

fn names(names: &[&str]) -> Arc<[PolicyName]> {
    names.iter().map(|name| PolicyName::new(*name).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn known_policies_should_be_read_in_the_round_of_get_role() {
    // In the second account, whoever asks waits until all five have asked.
    let together = Arc::new(Barrier::new(5));
    let second = account(2).to_string();
    let aws = FakeAws::start(move |asked| {
        if asked.operation != "AssumeRole" && asked.access_key.contains(&second) {
            let together = Arc::clone(&together);
            tokio::task::block_in_place(|| together.wait());
        }
        full(asked)
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    for number in [1, 2] {
        let inline_policies = names(&["one", "two"]);
        let target = Target { inline_policies, ..target(account(number), ADMIN) };
        let reader = access.open(&target).await.unwrap();
        let role = reader.observe(&the_role()).await.unwrap().unwrap();
        assert_eq!(role.inline.len(), 2);
    }
    assert_eq!(aws.counts()["GetRolePolicy"], 4);
}

#[tokio::test]
async fn known_policy_that_is_not_there_should_be_missing_and_an_unknown_one_be_read() {
    let aws = FakeAws::start(|asked| {
        match (asked.operation.as_str(), asked.parameters.get("PolicyName").map(String::as_str)) {
            ("GetRolePolicy", Some("wanted")) => xml_error(404, "NoSuchEntity", "none"),
            _ => full(asked),
        }
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let inline_policies = names(&["one", "wanted"]);
    let target = Target { inline_policies, ..target(account(1), ADMIN) };
    let role = access.open(&target).await.unwrap().observe(&the_role()).await.unwrap().unwrap();
    let found: Vec<&str> = role.inline.keys().map(PolicyName::as_str).collect();
    assert_eq!(found, ["one", "two"]);
    assert_eq!(aws.counts()["GetRolePolicy"], 3);
}

#[tokio::test]
async fn where_the_last_account_had_no_role_the_next_should_be_asked_by_one_call() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        "AssumeRole" => session(asked),
        _ if asked.access_key.contains(&account(5).to_string()) => full(asked),
        _ => xml_error(404, "NoSuchEntity", "none"),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    for number in 1..=10 {
        let reader = access.open(&target(account(number), ADMIN)).await.unwrap();
        assert_eq!(reader.observe(&the_role()).await.unwrap().is_some(), number == 5);
    }
    // The fifth has one, and so is the sixth expected to.
    assert_eq!((aws.counts()["GetRole"], aws.counts()["ListRolePolicies"]), (10, 2));
}

#[tokio::test]
async fn short_pages_should_be_followed_to_the_end() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        "ListRolePolicies" => match asked.parameters.get("Marker").map(String::as_str) {
            None => xml(
                asked,
                "<PolicyNames><member>one</member></PolicyNames><IsTruncated>true</IsTruncated>\
                 <Marker>m</Marker>",
            ),
            _ => xml(
                asked,
                "<PolicyNames><member>two</member></PolicyNames><IsTruncated>false</IsTruncated>",
            ),
        },
        _ => full(asked),
    })
    .await;
    let access = aws.connection.audit_access(&organization(), "run1");
    let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
    let role = reader.observe(&the_role()).await.unwrap().unwrap();
    assert_eq!(role.inline.len(), 2);
}

#[tokio::test]
async fn role_that_cannot_be_read_completely_should_be_an_error_and_never_absent() {
    type Answer = fn(&Asked) -> Response;
    let cases: [(&str, Answer, CallErrorKind); 5] = [
        (
            "GetRolePolicy",
            |asked| {
                xml(
                    asked,
                    "<RoleName>r</RoleName><PolicyName>p</PolicyName><PolicyDocument>%7Bnot</PolicyDocument>",
                )
            },
            CallErrorKind::InconsistentAnswer,
        ),
        ("ListRolePolicies", |_| xml_error(404, "NoSuchEntity", "gone"), CallErrorKind::Transient),
        ("GetRole", |asked| role(asked, "AROA1"), CallErrorKind::Transient),
        (
            "ListRolePolicies",
            |asked| xml(asked, "<PolicyNames/><IsTruncated>true</IsTruncated>"),
            CallErrorKind::InconsistentAnswer,
        ),
        (
            "ListRolePolicies",
            |asked| xml(asked, "<PolicyNames/><IsTruncated>true</IsTruncated><Marker>m</Marker>"),
            CallErrorKind::InconsistentAnswer,
        ),
    ];
    for (operation, answer, kind) in cases {
        let aws = FakeAws::start(move |asked| match asked.operation == operation {
            true => answer(asked),
            false => full(asked),
        })
        .await;
        let access = aws.connection.audit_access(&organization(), "run1");
        let reader = access.open(&target(account(1), ADMIN)).await.unwrap();
        let error = reader.observe(&the_role()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{operation}: {error}");
    }
}

fn steps() -> Vec<(Step, Vec<(&'static str, String)>)> {
    let on = IdentityKind::Role;
    let document = PolicyDocument::parse(r#"{"Version":"2012-10-17","Statement":[]}"#).unwrap();
    let name = PolicyName::new("inline").unwrap();
    let arn: ManagedPolicyArn = BOUNDARY.parse().unwrap();
    let tags: BTreeMap<_, _> = [(TagKey::new("k").unwrap(), TagValue::new("v").unwrap())].into();
    let duration = SessionDuration::from_seconds(3600).unwrap();
    let description = Description::new("d").unwrap();
    let json = document.to_json();
    let boundary = ("PermissionsBoundary", BOUNDARY.to_owned());
    let policy_arn = ("PolicyArn", BOUNDARY.to_owned());
    let policy_name = ("PolicyName", "inline".to_owned());
    let settings = [("Description", "d".to_owned()), ("MaxSessionDuration", "3600".to_owned())];
    let tagged = [("Tags.member.1.Key", "k".to_owned()), ("Tags.member.1.Value", "v".to_owned())];
    let mut created = vec![
        ("Path", "/x/".to_owned()),
        ("AssumeRolePolicyDocument", json.clone()),
        boundary.clone(),
    ];
    created.extend(settings.clone());
    created.extend(tagged.clone());
    vec![
        (
            Step::CreateRole {
                path: IdentityPath::new("/x/").unwrap(),
                trust: document.clone(),
                description: description.clone(),
                max_session_duration: duration,
                boundary: Some(arn.clone()),
                tags: tags.clone(),
            },
            created,
        ),
        (
            Step::UpdateAssumeRolePolicy { trust: document.clone() },
            vec![("PolicyDocument", json.clone())],
        ),
        (
            Step::PutPolicy { on, name: name.clone(), document },
            vec![policy_name.clone(), ("PolicyDocument", json)],
        ),
        (Step::DeletePolicy { on, name }, vec![policy_name]),
        (Step::AttachPolicy { on, arn: arn.clone() }, vec![policy_arn.clone()]),
        (Step::DetachPolicy { on, arn: arn.clone() }, vec![policy_arn]),
        (Step::PutPermissionsBoundary { on, arn }, vec![boundary]),
        (Step::DeletePermissionsBoundary { on }, vec![]),
        (Step::UpdateRole { description, max_session_duration: duration }, settings.into()),
        (Step::Tag { on, tags }, tagged.into()),
    ]
}

#[tokio::test]
async fn step_should_be_exactly_one_call_that_says_all_of_it() {
    for (step, expected) in steps() {
        let aws = FakeAws::start(|asked| match asked.operation.as_str() {
            "AssumeRole" => session(asked),
            "CreateRole" => role(asked, "arn:aws:iam::111111111001:role/x/digitalex-finops"),
            _ => xml(asked, ""),
        })
        .await;
        let access = aws.connection.apply_access(&organization(), "run1");
        let writer = access.open(&target(account(1), ADMIN)).await.unwrap();
        assert!(writer.execute(&the_role(), &step).await.unwrap().is_none(), "no key is made");
        let asked = aws.asked(step.operation());
        assert_eq!(asked.len(), 1);
        assert_eq!(aws.counts().values().sum::<usize>(), 2, "{:?}", aws.counts());
        let mut wanted: BTreeMap<_, _> =
            expected.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        wanted.insert("RoleName".to_owned(), "digitalex-finops".to_owned());
        let mut sent = asked[0].parameters.clone();
        sent.remove("Action");
        sent.remove("Version");
        assert_eq!(sent, wanted, "{}", step.operation());
    }
}
