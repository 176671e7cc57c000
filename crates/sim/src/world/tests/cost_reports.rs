//! Cost and Usage Reports.

use serde_json::{Value, json};

use super::Fixture;
use crate::{Credentials, ReportDefinition};

const DESCRIBE: &str = "DescribeReportDefinitions";

/// An organization whose management account has so many reports; its member has none.
fn with_reports(count: usize) -> (Fixture, String) {
    let (mut fixture, members) = Fixture::organization(1);
    let report = |number| ReportDefinition {
        report_name: format!("report {number}"),
        time_unit: "DAILY".to_owned(),
        format: "textORcsv".to_owned(),
        compression: "GZIP".to_owned(),
        additional_schema_elements: Vec::new(),
        bucket: "bucket".to_owned(),
        prefix: "cur".to_owned(),
        region: "us-east-1".to_owned(),
        report_versioning: "OVERWRITE_REPORT".to_owned(),
        report_status: None,
    };
    let state = fixture.world.state_mut();
    // In no order of their names.
    let reports = (0..count).rev().map(report).collect();
    state.report_definitions.insert(state.management_account, reports);
    (fixture, members[0].clone())
}

fn names(page: &Value) -> Vec<&str> {
    let definitions = page["ReportDefinitions"].as_array().unwrap();
    definitions.iter().map(|it| it["ReportName"].as_str().unwrap()).collect()
}

#[test]
fn reports_should_come_in_their_order_and_in_pages_of_five() {
    let (mut fixture, _) = with_reports(12);
    let (mut pages, mut token) = (Vec::new(), Value::Null);
    loop {
        let page = fixture.ok("cur", DESCRIBE, json!({"NextToken": token}));
        pages.push(names(&page).into_iter().map(str::to_owned).collect::<Vec<_>>());
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 2]);
    let expected: Vec<_> = (0..12).rev().map(|number| format!("report {number}")).collect();
    assert_eq!(pages.concat(), expected);
    let wrong = json!({"NextToken": "wrong"});
    assert_eq!(fixture.refused("cur", DESCRIBE, wrong), "ValidationException");
}

#[test]
fn reports_should_be_told_spelled_as_aws_spells_them() {
    let (mut fixture, _) = with_reports(1);
    let page = fixture.ok("cur", DESCRIBE, json!({}));
    let report = &page["ReportDefinitions"][0];
    for (member, value) in [("S3Bucket", "bucket"), ("S3Prefix", "cur"), ("S3Region", "us-east-1")]
    {
        assert_eq!(report[member], value);
    }
}

#[test]
fn account_should_be_told_of_its_own_reports_alone() {
    let (mut fixture, member) = with_reports(1);
    fixture.credentials = Credentials::root_of(member.parse().unwrap());
    assert_eq!(names(&fixture.ok("cur", DESCRIBE, json!({}))), [] as [&str; 0]);
}

#[test]
fn reports_should_be_told_to_nobody_who_may_not_ask() {
    let (mut fixture, _) = with_reports(1);
    fixture.ok("iam", "CreateUser", json!({"UserName": "u"}));
    let key = fixture.ok("iam", "CreateAccessKey", json!({"UserName": "u"}));
    let root = fixture.credentials.clone();
    let user = Credentials::new(key["AccessKey"]["AccessKeyId"].as_str().unwrap(), None);
    fixture.credentials = user.clone();
    assert_eq!(fixture.refused("cur", DESCRIBE, json!({})), "AccessDeniedException");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "cur:DescribeReportDefinitions", "Resource": "*"}
    ]});
    fixture.credentials = root;
    let policy = json!({"UserName": "u", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    fixture.ok("iam", "PutUserPolicy", policy);
    fixture.credentials = user;
    assert_eq!(names(&fixture.ok("cur", DESCRIBE, json!({}))), ["report 0"]);
}
