//! Reading the service control policies.

use digitalex_engine::{CallErrorKind, ServiceControlPolicies};
use serde_json::{Value, json as value};

use crate::fake_aws::{FakeAws, json};

fn page(ids: &[&str], next: Option<&str>) -> Value {
    let policies: Vec<Value> = ids.iter().map(|id| value!({"Id": id, "Name": "a"})).collect();
    value!({"Policies": policies, "NextToken": next})
}

#[tokio::test]
async fn attached_policies_should_be_read_to_the_last_page() {
    let aws = FakeAws::start(|asked| match asked.before {
        0 => json(&page(&["p-1"], Some("a"))),
        1 => json(&page(&[], Some("b"))),
        _ => json(&page(&["p-2"], None)),
    })
    .await;
    let attached = aws.connection.organization().attached_to("ou-1").await.unwrap();
    assert_eq!(attached, ["p-1", "p-2"]);
    let asked = &aws.asked("ListPoliciesForTarget")[0].parameters;
    assert_eq!(
        (asked["TargetId"].as_str(), asked["Filter"].as_str()),
        ("ou-1", "SERVICE_CONTROL_POLICY")
    );
}

#[tokio::test]
async fn list_that_does_not_come_whole_should_be_an_error() {
    let cases: [fn(usize) -> Value; 3] = [
        |_| value!({}),
        |_| value!({"Policies": [{"Name": "without an id"}]}),
        |_| page(&["p-1"], Some("again")),
    ];
    for answer in cases {
        let aws = FakeAws::start(move |asked| json(&answer(asked.before))).await;
        let error = aws.connection.organization().attached_to("r-1").await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::InconsistentAnswer, "{error}");
    }
}

#[tokio::test]
async fn policy_should_be_read_with_its_name_and_what_is_none_should_be_an_error() {
    let content = r#"{"Version": "2012-10-17", "Statement": []}"#;
    let described = move |content: &str| value!({"Policy": {"PolicySummary": {"Id": "p-1", "Name": "deny"}, "Content": content}});
    let aws = FakeAws::start(move |_| json(&described(content))).await;
    let policy = aws.connection.organization().policy("p-1").await.unwrap();
    assert_eq!((policy.id.as_str(), policy.name.as_str()), ("p-1", "deny"));
    for answer in [value!({}), value!({"Policy": {}}), described("{")] {
        let aws = FakeAws::start(move |_| json(&answer)).await;
        let error = aws.connection.organization().policy("p-1").await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::InconsistentAnswer, "{error}");
    }
}
