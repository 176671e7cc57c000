//! `export` hands over the payer's Cost and Usage Report, as far as it can be read.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::process::Stdio;

use anyhow::{Context, Result};
use digitalex_core::AccountId;
use digitalex_sim::{ReportDefinition, ReportStatus};
use digitalex_tests::rigs::{MANAGEMENT, ServedSandbox};
use digitalex_tests::rollout::TENANT_ID;
use digitalex_tests::{CleanEnv, Run, product};
use serde_json::{Value, json};

const NO_BUCKET: Option<&str> = None;

/// An organization of five accounts, and the product run over it.
struct Fleet {
    sandbox: ServedSandbox,
    environment: CleanEnv,
}

impl Fleet {
    async fn with(reports: impl IntoIterator<Item = ReportDefinition>) -> Result<Self> {
        let sandbox = ServedSandbox::start(5).await;
        let reports = reports.into_iter().collect();
        sandbox
            .with_world(|world| world.state_mut().report_definitions.insert(MANAGEMENT, reports));
        Ok(Self { sandbox, environment: CleanEnv::new()? })
    }

    /// As the management account's root.
    fn run(&self, bucket: Option<&str>, arguments: &[&str]) -> Result<Run> {
        self.run_as(("AKIASANDBOX", "sandbox"), bucket, arguments)
    }

    fn run_as(
        &self,
        (access_key_id, secret): (&str, &str),
        bucket: Option<&str>,
        arguments: &[&str],
    ) -> Result<Run> {
        let mut command = self.environment.command(product()?);
        command.args(arguments).stdin(Stdio::null());
        command.env("DIGITALEX_TENANT_ID", TENANT_ID).env("AWS_ENDPOINT_URL", &self.sandbox.url);
        command.env("AWS_ACCESS_KEY_ID", access_key_id).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_REGION", "eu-central-1");
        command.envs(bucket.map(|bucket| ("DIGITALEX_BUCKET", bucket)));
        Run::of(command.output().context("cannot start the product")?)
    }

    /// Puts the role into every account, the payer too where a bucket is configured.
    fn applied(self, bucket: Option<&str>) -> Result<Self> {
        let run = self.run(bucket, &["apply", "--yes"])?;
        assert_eq!(run.code, 0, "{}", run.stderr);
        Ok(self)
    }

    fn export_json(&self, bucket: Option<&str>) -> Result<(Run, Value)> {
        let run = self.run(bucket, &["export", "--format", "json"])?;
        let document = run.json();
        Ok((run, document))
    }

    fn asked_for_reports(&self) -> u64 {
        let calls = |world: &mut digitalex_sim::World| world.calls().arrived.clone();
        let calls = self.sandbox.with_world(calls);
        calls.get("DescribeReportDefinitions").copied().unwrap_or_default()
    }
}

fn report(name: &str, time_unit: &str, format: &str) -> ReportDefinition {
    ReportDefinition {
        report_name: name.to_owned(),
        time_unit: time_unit.to_owned(),
        format: format.to_owned(),
        compression: "GZIP".to_owned(),
        additional_schema_elements: Vec::new(),
        bucket: format!("{name}-bucket"),
        prefix: format!("{name}/prefix"),
        region: "eu-west-1".to_owned(),
        report_versioning: "OVERWRITE_REPORT".to_owned(),
        report_status: Some(ReportStatus {
            last_delivery: "20260101T000000Z".to_owned(),
            last_status: "SUCCESS".to_owned(),
        }),
    }
}

fn unsuitable() -> [ReportDefinition; 2] {
    [report("finance", "MONTHLY", "textORcsv"), report("athena", "HOURLY", "Parquet")]
}

fn suitable(name: &str) -> ReportDefinition {
    report(name, "DAILY", "textORcsv")
}

/// The last two fields by account.
fn of_report(csv: &str) -> Vec<(&str, &str)> {
    let mut lines = csv.lines();
    let header = lines.next().expect("a header");
    assert!(header.ends_with(",secret_at,cur_bucket,cur_prefix"), "{header}");
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), 9, "{line}");
            let start = line.len() - fields[7].len() - fields[8].len() - 1;
            (fields[0], &line[start..])
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn payer_in_sync_should_be_handed_over_with_its_report() -> Result<()> {
    let bucket = Some("cur-bucket");
    let fleet = Fleet::with(unsuitable().into_iter().chain([suitable("cur")])).await?;
    let fleet = fleet.applied(bucket)?;
    let run = fleet.run(bucket, &["export"])?;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let payer = MANAGEMENT.to_string();
    let rows = of_report(&run.stdout);
    assert_eq!(rows.len(), 5, "{}", run.stdout);
    for (account, of_report) in rows {
        let expected = if account == payer { "cur-bucket,cur/prefix" } else { "," };
        assert_eq!(of_report, expected, "{account}");
    }

    let (run, document) = fleet.export_json(bucket)?;
    let expected = json!({
        "payer_account": payer, "name": "cur", "bucket": "cur-bucket", "prefix": "cur/prefix",
        "region": "eu-west-1", "why": "it is the only daily or hourly one in text/csv",
    });
    assert_eq!(document["cost_and_usage_report"], expected);
    assert!(document.get("cost_and_usage_report_missing").is_none(), "{document}");
    assert_eq!(document["accounts"].as_array().map(Vec::len), Some(5));
    for told in ["report finance is not handed over: its time unit is MONTHLY", "Parquet"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("configured bucket"), "{}", run.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn report_should_be_told_where_the_payer_is_left_out() -> Result<()> {
    let fleet = Fleet::with([suitable("one"), suitable("two")]).await?.applied(NO_BUCKET)?;
    let run = fleet.run(NO_BUCKET, &["export"])?;
    assert_eq!(run.code, 0, "the payer is skipped, not left out: {}", run.stderr);
    let rows = of_report(&run.stdout);
    assert!(
        rows.iter().all(|(account, of_report)| *account != "111111111111" && *of_report == ",")
    );
    for told in [
        "payer 111111111111: one, bucket one-bucket in eu-west-1",
        "prefix \"one/prefix\"",
        "AWS does not say which is the oldest",
        "report two is not handed over: it would do as well",
    ] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    let (_, document) = fleet.export_json(NO_BUCKET)?;
    assert_eq!(document["cost_and_usage_report"]["name"], "one");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn report_on_the_last_page_should_be_found() -> Result<()> {
    let monthly =
        (0..11).map(|number| report(&format!("monthly-{number}"), "MONTHLY", "textORcsv"));
    let fleet = Fleet::with(monthly.chain([suitable("last")])).await?;
    let (_, document) = fleet.export_json(NO_BUCKET)?;
    assert_eq!(document["cost_and_usage_report"]["name"], "last");
    assert_eq!(fleet.asked_for_reports(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bucket_other_than_the_configured_one_should_be_remarked_on() -> Result<()> {
    let configured = Some("another-bucket");
    let fleet = Fleet::with([suitable("cur")]).await?.applied(configured)?;
    let run = fleet.run(configured, &["export"])?;
    assert_eq!(run.code, 0, "{}", run.stderr);
    for told in ["delivered to bucket cur-bucket", "configured bucket is another-bucket"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn report_that_is_not_as_digitalex_asks_should_be_remarked_on() -> Result<()> {
    let failed = Some(ReportStatus {
        last_delivery: "20260101T000000Z".to_owned(),
        last_status: "ERROR_PERMISSIONS".to_owned(),
    });
    let fleet = Fleet::with([ReportDefinition {
        compression: "ZIP".to_owned(),
        report_versioning: "CREATE_NEW_REPORT".to_owned(),
        report_status: failed,
        ..suitable("cur")
    }])
    .await?;
    let run = fleet.run(NO_BUCKET, &["export"])?;
    for told in ["cur is ZIP", "cur is CREATE_NEW_REPORT", "failed (ERROR_PERMISSIONS)"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_should_be_handed_over_where_no_report_is_there_or_suits() -> Result<()> {
    let cases = [
        (Vec::new(), "there is no Cost and Usage Report"),
        (unsuitable().into(), "athena (its format is Parquet)"),
    ];
    for (reports, why) in cases {
        let fleet = Fleet::with(reports).await?.applied(NO_BUCKET)?;
        let (run, document) = fleet.export_json(NO_BUCKET)?;
        missing(&run, &document, 0, &[why, "make one"]);
        let run = fleet.run(NO_BUCKET, &["export"])?;
        assert!(of_report(&run.stdout).iter().all(|(_, of_report)| *of_report == ","));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_should_be_handed_over_where_the_report_may_not_be_read() -> Result<()> {
    let fleet = Fleet::with([suitable("cur")]).await?.applied(NO_BUCKET)?;
    let as_root = |operation, request| fleet.sandbox.call(MANAGEMENT, "iam", operation, request);
    as_root("CreateUser", json!({"UserName": "hub"}));
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["organizations:*", "sts:*"], "Resource": "*"}
    ]});
    let document = document.to_string();
    let policy = json!({"UserName": "hub", "PolicyName": "p", "PolicyDocument": document});
    as_root("PutUserPolicy", policy);
    let key = as_root("CreateAccessKey", json!({"UserName": "hub"}));
    let of_key = |member| key["AccessKey"][member].as_str().expect("a key");
    let keys = (of_key("AccessKeyId"), of_key("SecretAccessKey"));
    let run = fleet.run_as(keys, NO_BUCKET, &["export", "--format", "json"])?;
    let document = run.json();
    let told = [
        "DescribeReportDefinitions in account 111111111111",
        "allow cur:DescribeReportDefinitions",
        "Billing console",
    ];
    missing(&run, &document, 0, &told);
    assert_eq!(fleet.asked_for_reports(), 1, "a denial is not asked again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_another_account_should_not_be_taken_for_the_payers() -> Result<()> {
    let fleet = Fleet::with([suitable("cur")]).await?;
    let delegated: AccountId = fleet.sandbox.members[0];
    let delegation = json!({"AccountId": delegated, "ServicePrincipal": "member.org.stacksets.cloudformation.amazonaws.com"});
    let register = "RegisterDelegatedAdministrator";
    fleet.sandbox.call(MANAGEMENT, "organizations", register, delegation);
    fleet.sandbox.with_world(|world| {
        world.state_mut().report_definitions.insert(delegated, vec![suitable("its-own")])
    });
    let keys = (&*format!("ROOT{delegated}"), "sandbox");
    let run = fleet.run_as(keys, NO_BUCKET, &["export", "--format", "json"])?;
    let of_delegated = format!("runs in account {delegated}");
    let told = [&*of_delegated, "management account 111111111111", "run `export` with"];
    missing(&run, &run.json(), 3, &told);
    assert_eq!(fleet.asked_for_reports(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_should_be_exported_without_the_report() -> Result<()> {
    let fleet = Fleet::with([suitable("cur")]).await?;
    let run = fleet.run(NO_BUCKET, &["keys", "export", "--format", "json"])?;
    let document = run.json();
    assert!(document.get("cost_and_usage_report").is_none(), "{document}");
    assert_eq!(fleet.asked_for_reports(), 0);
    Ok(())
}

/// The document and standard error say that the report is missing, why, and what to do.
fn missing(run: &Run, document: &Value, code: i32, told: &[&str]) {
    assert_eq!(run.code, code, "{}", run.stderr);
    assert!(document["cost_and_usage_report"].is_null(), "{document}");
    let why = document["cost_and_usage_report_missing"].as_str().expect("a reason");
    for told in told {
        assert!(why.contains(told), "{told}: {why}");
    }
    assert!(run.stderr.contains(&format!("no Cost and Usage Report is handed over: {why}")));
}
