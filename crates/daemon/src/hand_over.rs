//! What the customer hands over to DigitalEx, account by account.

use std::io::{self, Write};
use std::path::Path;

use digitalex_core::{
    AccessKeyDifference, AccessKeyId, AccountId, AccountRecord, Difference, Verdict,
};
use digitalex_engine::{KeyOwner, KeySink, KeySinkError, StoredKey};
use miette::Report;
use secrecy::ExposeSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::commands::export::ExportFormat;
use crate::csv_field::csv_field;
use crate::exit::Failure;
use crate::key_vault::KeyVault;
use crate::output::tell;
use crate::payer_report::{ChosenReport, PayerReport};
use crate::whole_file::WholeFile;

/// One way into one account.
pub(crate) struct Row {
    account: AccountId,
    name: String,
    profile: String,
    arn: String,
    key: Option<KeyRow>,
}

/// An access key.
struct KeyRow {
    owner: KeyOwner,
    id: AccessKeyId,
    state: &'static str,
    secret_at: String,
    secret: Option<StoredKey>,
}

/// The rows of an account that is as it should be: one for a role, one for each key of a user; none where
/// it is not.
pub(crate) fn rows(record: &AccountRecord, sink: &dyn KeySink) -> Vec<Row> {
    let Some(arn) = record.identity.as_ref().filter(|_| is_verified(record)) else {
        return Vec::new();
    };
    let row = |key| Row {
        account: record.id,
        name: record.name.clone(),
        profile: record.profile.clone().unwrap_or_default(),
        arn: arn.to_string(),
        key,
    };
    let Some(current) = &record.access_key else { return vec![row(None)] };
    let user = arn.resource.rsplit('/').next().and_then(|name| name.parse().ok());
    let Some(user) = user else { return Vec::new() };
    let owner = KeyOwner { account: record.id, user };
    let key = |id: &AccessKeyId, state| {
        let (owner, id, secret_at) = (owner.clone(), id.clone(), sink.place(&owner, id));
        row(Some(KeyRow { owner, id, state, secret_at, secret: None }))
    };
    let next = record.differences.iter().find_map(next_key);
    let next = next.map(|id| key(id, "next"));
    [key(current, "current")].into_iter().chain(next).collect()
}

/// In sync, or only waiting for the proof that the next key is in use.
fn is_verified(record: &AccountRecord) -> bool {
    let waits = record.differences.iter().all(|difference| next_key(difference).is_some());
    record.verdict == Verdict::InSync || record.verdict == Verdict::Held && waits
}

fn next_key(difference: &Difference) -> Option<&AccessKeyId> {
    match difference {
        Difference::AccessKeys(AccessKeyDifference::Replaced { by, .. }) => Some(by),
        _ => None,
    }
}

impl Row {
    pub(crate) fn account(&self) -> AccountId {
        self.account
    }

    /// Reads the key's secret, where there is a key.
    pub(crate) async fn reveal(&mut self, vault: &KeyVault) -> Result<(), KeySinkError> {
        if let Some(key) = &mut self.key {
            key.secret = Some(vault.reveal(&key.owner, &key.id).await?);
        }
        Ok(())
    }

    fn line(&self) -> Line<'_> {
        let key = self.key.as_ref();
        Line {
            account_id: self.account,
            account_name: &self.name,
            profile: &self.profile,
            arn: &self.arn,
            access_key_id: key.map(|key| key.id.as_str()),
            key_state: key.map(|key| key.state),
            secret_at: key.map(|key| key.secret_at.as_str()),
            secret_access_key: key
                .and_then(|key| key.secret.as_ref())
                .map(|stored| stored.key.secret.expose_secret()),
        }
    }
}

/// A row as it is written.
#[derive(Serialize)]
struct Line<'a> {
    account_id: AccountId,
    account_name: &'a str,
    profile: &'a str,
    arn: &'a str,
    access_key_id: Option<&'a str>,
    key_state: Option<&'a str>,
    secret_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_access_key: Option<&'a str>,
}

/// All rows.
pub(crate) struct Table<'a> {
    pub(crate) rows: &'a [Row],
    pub(crate) columns: Columns<'a>,
}

/// What is written of each row.
#[derive(Clone, Copy)]
pub(crate) enum Columns<'a> {
    /// What is known of every row.
    Common,
    /// That, and the secrets.
    Secrets,
    /// What is common, and with the payer its Cost and Usage Report.
    PayerReport(&'a PayerReport),
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    accounts: Vec<Line<'a>>,
    #[serde(flatten)]
    report: Option<ReportMembers<'a>>,
}

#[derive(Serialize)]
struct ReportMembers<'a> {
    cost_and_usage_report: Option<&'a ChosenReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_and_usage_report_missing: Option<&'a str>,
}

impl<'a> Table<'a> {
    /// As text. It is wiped from memory when it is dropped, since it may hold secrets.
    pub(crate) fn text(&self, format: ExportFormat) -> Result<Zeroizing<String>, Report> {
        let lines = self.rows.iter().map(Row::line);
        let text = match format {
            ExportFormat::Csv => Ok(self.csv(lines)),
            ExportFormat::Json => serde_json::to_string_pretty(&Document {
                schema_version: 1,
                accounts: lines.collect(),
                report: self.columns.report(),
            })
            .map(|text| text + "\n"),
        };
        let text =
            text.map_err(|error| Failure::caused("it cannot be written", "report this", error))?;
        Ok(Zeroizing::new(text))
    }

    fn csv(&self, lines: impl Iterator<Item = Line<'a>>) -> String {
        let mut text =
            String::from("account_id,account_name,profile,arn,access_key_id,key_state,secret_at");
        for name in self.columns.further() {
            text.push(',');
            text.push_str(name);
        }
        text.push('\n');
        for line in lines {
            let id = line.account_id.to_string();
            let fields = [
                Some(id.as_str()),
                Some(line.account_name),
                Some(line.profile),
                Some(line.arn),
                line.access_key_id,
                line.key_state,
                line.secret_at,
            ];
            let fields = fields.into_iter().chain(self.columns.further_fields(&line));
            let fields: Vec<_> = fields.map(|field| csv_field(field.unwrap_or_default())).collect();
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }
}

impl<'a> Columns<'a> {
    /// The names of those that are not common.
    fn further(self) -> &'static [&'static str] {
        match self {
            Self::Common => &[],
            Self::Secrets => &["secret_access_key"],
            Self::PayerReport(_) => &["cur_bucket", "cur_prefix"],
        }
    }

    /// What stands in them.
    fn further_fields(self, line: &Line<'a>) -> Vec<Option<&'a str>> {
        match self {
            Self::Common => Vec::new(),
            Self::Secrets => vec![line.secret_access_key],
            Self::PayerReport(PayerReport::Chosen(report))
                if report.payer_account == line.account_id =>
            {
                vec![Some(&report.bucket), Some(&report.prefix)]
            }
            Self::PayerReport(_) => vec![None; 2],
        }
    }

    fn report(self) -> Option<ReportMembers<'a>> {
        let (cost_and_usage_report, cost_and_usage_report_missing) = match self {
            Self::Common | Self::Secrets => return None,
            Self::PayerReport(PayerReport::Chosen(report)) => (Some(report), None),
            Self::PayerReport(PayerReport::Missing(why)) => (None, Some(why.as_str())),
        };
        Some(ReportMembers { cost_and_usage_report, cost_and_usage_report_missing })
    }
}

/// Where a table is written to.
pub(crate) enum Output {
    StandardOutput,
    File(WholeFile),
}

impl Output {
    /// A file is opened before anything is read, so that a wrong path costs no pass.
    pub(crate) fn create(path: Option<&Path>, run: &str) -> Result<Self, Report> {
        match path {
            None => Ok(Self::StandardOutput),
            Some(path) if path == Path::new("-") => Ok(Self::StandardOutput),
            Some(path) => WholeFile::create(path, run).map(Self::File).map_err(|error| {
                let message = format!("{} cannot be written", path.display());
                Failure::caused(message, "name a file in a folder that you may write to", error)
                    .into()
            }),
        }
    }

    pub(crate) fn write(self, text: &str) -> Result<(), Report> {
        let written = match self {
            Self::StandardOutput => io::stdout().lock().write_all(text.as_bytes()),
            Self::File(mut file) => file.write_all(text.as_bytes()).and_then(|()| file.keep()),
        };
        written.map_err(|error| {
            let next_step = "check where it goes, and the room there";
            Failure::caused("the result could not be written", next_step, error).into()
        })
    }
}

/// Says how many accounts are left out, and how to learn why.
pub(crate) fn tell_left_out(left_out: usize) {
    if left_out > 0 {
        tell(&format!("{left_out} accounts are left out, since they are not in sync: see `audit`"));
    }
}
