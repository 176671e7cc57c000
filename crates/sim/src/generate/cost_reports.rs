//! The payer's Cost and Usage Reports.

use crate::{ReportDefinition, ReportStatus, World};

/// Name, time unit, format, compression, bucket, prefix. DigitalEx can read the last two.
const REPORTS: [[&str; 6]; 4] = [
    ["finance-monthly", "MONTHLY", "textORcsv", "GZIP", "example-finance-reports", "monthly"],
    ["athena", "HOURLY", "Parquet", "Parquet", "example-data-lake", "billing/athena"],
    ["cost-and-usage", "HOURLY", "textORcsv", "GZIP", "example-cur-bucket", "cur"],
    ["cost-and-usage-daily", "DAILY", "textORcsv", "ZIP", "example-cur-archive", "daily"],
];

/// Defines them in the management account.
pub(super) fn define(world: &mut World) {
    let state = world.state_mut();
    let reports = REPORTS.map(report).into();
    state.report_definitions.insert(state.management_account, reports);
}

fn report(
    [report_name, time_unit, format, compression, bucket, prefix]: [&str; 6],
) -> ReportDefinition {
    ReportDefinition {
        report_name: report_name.to_owned(),
        time_unit: time_unit.to_owned(),
        format: format.to_owned(),
        compression: compression.to_owned(),
        additional_schema_elements: vec!["RESOURCES".to_owned()],
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        region: "us-east-1".to_owned(),
        report_versioning: "OVERWRITE_REPORT".to_owned(),
        report_status: Some(ReportStatus {
            last_delivery: "20240102T000000Z".to_owned(),
            last_status: "SUCCESS".to_owned(),
        }),
    }
}
