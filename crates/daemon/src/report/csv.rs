//! The report for a sheet: one row an account.

use std::io::{self, Write};

use super::Report;
use crate::csv_field::csv_field;
use crate::output::schema::Account;

const HEADER: &str = "account_id,account_name,unit,verdict,effect,profile,identity,access_key,differences,\
                      cause,message,remedy";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    if let Some(reason) = &report.summary.listing_incomplete {
        // What stands at the top of a sheet is seen first.
        writeln!(out, ",{}", csv_field(&format!("THE LIST OF ACCOUNTS IS NOT WHOLE: {reason}")))?;
    }
    report.accounts.iter().try_for_each(|account| writeln!(out, "{}", row(report, account)))
}

fn row(report: &Report, account: &Account) -> String {
    let differences: Vec<_> = account.findings.iter().map(|finding| finding.line()).collect();
    let cause = account.cause.as_ref();
    let fields = [
        account.id.as_str(),
        account.name.as_str(),
        report.unit_of(account).unwrap_or_default(),
        account.verdict.as_str(),
        account.effect.map_or("", |effect| effect.as_str()),
        account.profile.as_deref().unwrap_or_default(),
        account.identity.as_deref().unwrap_or_default(),
        account.access_key.as_deref().unwrap_or_default(),
        &differences.join("; "),
        cause.map_or("", |cause| cause.code.as_str()),
        cause.map_or("", |cause| cause.message.as_str()),
        cause.and_then(|cause| cause.remedy.as_deref()).unwrap_or_default(),
    ];
    fields.map(csv_field).join(",")
}
