//! The definitions of Cost and Usage Reports.

use axum::response::IntoResponse;
use digitalex_core::Partition;
use digitalex_engine::{CallError, CallErrorKind, CostReports, OrganizationInfo, ReportDefinition};
use serde_json::{Value, json as value};

use crate::fake_aws::{
    Asked, BASE_KEY, FakeAws, OWN_ACCOUNT, json, json_error, organization, xml_error,
};

const OPERATION: &str = "DescribeReportDefinitions";

async fn definitions(aws: &FakeAws) -> Result<Vec<ReportDefinition>, CallError> {
    let reports = aws.connection.cost_reports(&organization());
    reports.unwrap().definitions().await
}

fn definition(name: &str) -> Value {
    value!({
        "ReportName": name, "TimeUnit": "DAILY", "Format": "textORcsv", "Compression": "GZIP",
        "AdditionalSchemaElements": ["RESOURCES"], "S3Bucket": "the-bucket", "S3Prefix": "cur",
        "S3Region": "eu-central-1",
    })
}

fn page(names: &[&str], next_token: Option<&str>) -> Value {
    let definitions: Vec<Value> = names.iter().map(|name| definition(name)).collect();
    value!({"ReportDefinitions": definitions, "NextToken": next_token})
}

fn names(definitions: &[ReportDefinition]) -> Vec<&str> {
    definitions.iter().map(|it| it.name.as_str()).collect()
}

fn token(asked: &Asked) -> Option<&str> {
    asked.parameters.get("NextToken").map(String::as_str)
}

#[tokio::test]
async fn definition_should_be_told_with_all_that_decides() {
    let view = "arn:aws:billing::999999999999:billingview/primary";
    let aws = FakeAws::start(move |_| {
        let mut whole = definition("whole");
        whole["ReportVersioning"] = value!("OVERWRITE_REPORT");
        whole["BillingViewArn"] = value!(view);
        whole["ReportStatus"] =
            value!({"lastDelivery": "20260101T000000Z", "lastStatus": "ERROR_PERMISSIONS"});
        let mut of_tomorrow = definition("of-tomorrow");
        of_tomorrow["TimeUnit"] = value!("WEEKLY");
        of_tomorrow["S3Region"] = value!("xx-new-1");
        json(&value!({"ReportDefinitions": [whole, of_tomorrow]}))
    })
    .await;
    let text = |text: &str| Some(text.to_owned());
    let of_tomorrow = ReportDefinition {
        name: "of-tomorrow".to_owned(),
        time_unit: "WEEKLY".to_owned(),
        format: "textORcsv".to_owned(),
        compression: "GZIP".to_owned(),
        versioning: None,
        bucket: "the-bucket".to_owned(),
        prefix: "cur".to_owned(),
        region: "xx-new-1".to_owned(),
        billing_view: None,
        last_delivery: None,
        last_status: None,
    };
    let whole = ReportDefinition {
        name: "whole".to_owned(),
        time_unit: "DAILY".to_owned(),
        region: "eu-central-1".to_owned(),
        versioning: text("OVERWRITE_REPORT"),
        billing_view: text(view),
        last_delivery: text("20260101T000000Z"),
        last_status: text("ERROR_PERMISSIONS"),
        ..of_tomorrow.clone()
    };
    assert_eq!(definitions(&aws).await.unwrap(), [whole, of_tomorrow]);
}

#[tokio::test]
async fn call_should_be_made_with_the_callers_own_credentials_in_the_one_region_there_is() {
    for (partition, region) in
        [(Partition::Aws, Some("us-east-1")), (Partition::AwsCn, Some("cn-northwest-1"))]
    {
        let aws = FakeAws::start(|_| json(&page(&[], None))).await;
        let organization = OrganizationInfo { partition, ..organization() };
        let reports = aws.connection.cost_reports(&organization).unwrap();
        assert_eq!(reports.definitions().await.unwrap(), []);
        let asked = &aws.asked(OPERATION)[0];
        assert_eq!((asked.access_key.as_str(), Some(asked.region.as_str())), (BASE_KEY, region));
        assert_eq!(aws.counts().len(), 1, "nothing else is asked");
    }
    let aws = FakeAws::start(|_| json(&page(&[], None))).await;
    let in_gov_cloud = OrganizationInfo { partition: Partition::AwsUsGov, ..organization() };
    assert!(aws.connection.cost_reports(&in_gov_cloud).is_none());
}

#[tokio::test]
async fn pages_should_be_read_to_the_end_and_an_empty_one_be_none() {
    let aws = FakeAws::start(|asked| {
        json(&match token(asked) {
            None => page(&["a", "b"], Some("1")),
            Some("1") => page(&[], Some("2")),
            // What was listed already when the list changed.
            Some("2") => page(&["b", "c"], Some("")),
            other => panic!("{other:?}"),
        })
    })
    .await;
    assert_eq!(names(&definitions(&aws).await.unwrap()), ["a", "b", "c"]);
}

#[tokio::test]
async fn part_of_the_list_should_never_be_taken_for_the_whole() {
    let broken: [fn() -> Value; 3] = [
        || page(&["b"], Some("1")),
        || value!({}),
        || {
            let mut without_bucket = definition("b");
            without_bucket.as_object_mut().unwrap().remove("S3Bucket");
            value!({"ReportDefinitions": [without_bucket]})
        },
    ];
    for second in broken {
        let aws = FakeAws::start(move |asked| {
            json(&if token(asked).is_none() { page(&["a"], Some("1")) } else { second() })
        })
        .await;
        let error = definitions(&aws).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::InconsistentAnswer, "{error}");
    }
    let aws = FakeAws::start(|asked| match token(asked) {
        None => json(&page(&["a"], Some("1"))),
        Some(_) => r#"{"ReportDefinitions": []"#.into_response(),
    })
    .await;
    let error = definitions(&aws).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Transient, "cut short, and asked for again: {error}");
    assert!(aws.counts()[OPERATION] > 2);
}

#[tokio::test]
async fn call_should_be_made_again_where_that_helps() {
    let aws = FakeAws::start(|asked| match asked.before {
        0 => xml_error(500, "InternalErrorException", "x"),
        1 => json_error("ThrottlingException", "slow down"),
        _ => json(&page(&["a"], None)),
    })
    .await;
    assert_eq!(names(&definitions(&aws).await.unwrap()), ["a"]);
}

#[tokio::test]
async fn denial_should_name_operation_and_account() {
    let aws = FakeAws::start(|_| json_error("AccessDeniedException", "not authorized")).await;
    let error = definitions(&aws).await.unwrap_err();
    assert!(matches!(error.kind, CallErrorKind::Denied(_)));
    assert_eq!(
        error.to_string(),
        format!("{OPERATION} in account {OWN_ACCOUNT}: AccessDeniedException: not authorized")
    );
    assert_eq!(aws.counts()[OPERATION], 1);
}
