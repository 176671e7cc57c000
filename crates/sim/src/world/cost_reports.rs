//! AWS Cost and Usage Reports (API version 2017-01-06).

use serde::{Deserialize, Serialize};

use super::operation::{operation, shapes};
use super::page::{PageInput, TokenInput};

super::table::handlers![DescribeReportDefinitions];

/// The definition of a Cost and Usage Report, spelled as AWS spells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReportDefinition {
    /// The name, unique in its account.
    pub report_name: String,
    /// `HOURLY`, `DAILY` or `MONTHLY`.
    pub time_unit: String,
    /// `textORcsv` or `Parquet`.
    pub format: String,
    /// `GZIP`, `ZIP` or `Parquet`.
    pub compression: String,
    /// Such as `RESOURCES`.
    pub additional_schema_elements: Vec<String>,
    /// The bucket that it is delivered to.
    #[serde(rename = "S3Bucket")]
    pub bucket: String,
    /// What the keys of its objects begin with.
    #[serde(rename = "S3Prefix")]
    pub prefix: String,
    /// The bucket's Region.
    #[serde(rename = "S3Region")]
    pub region: String,
    /// `OVERWRITE_REPORT` or `CREATE_NEW_REPORT`.
    pub report_versioning: String,
    /// The last delivery; none where there was none yet.
    pub report_status: Option<ReportStatus>,
}

/// The last delivery of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportStatus {
    /// When, as `20260101T000000Z`.
    pub last_delivery: String,
    /// `SUCCESS`, `ERROR_PERMISSIONS` or `ERROR_NO_BUCKET`.
    pub last_status: String,
}

shapes! {
    input DescribeReportDefinitions { #[serde(flatten)] page: TokenInput }
    output DefinitionsOutput { report_definitions: Vec<ReportDefinition>, next_token: Option<String> }
}

operation! {
    CostReports DescribeReportDefinitions -> DefinitionsOutput,
    more {
        fn page_input(&mut self) -> Option<PageInput<'_>> {
            Some(PageInput::Token(&mut self.page))
        }
    },
    run(self, world, caller) {
        let definitions = world.state.report_definitions.get(&caller.account).into_iter().flatten();
        let (page, next_token) =
            self.page.page_of_five(definitions.enumerate(), |(place, _)| format!("{place:09}"))?;
        let report_definitions = page.into_iter().map(|(_, definition)| definition.clone()).collect();
        Ok(DefinitionsOutput { report_definitions, next_token })
    }
}
