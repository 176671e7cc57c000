//! The report of a run as one value, and the formats that it is rendered in.

pub(crate) mod admin_role;
pub(crate) mod causes;
pub(crate) mod collect;
pub(crate) mod compare;
mod csv;
mod html;
mod junit;
mod markdown;
mod sarif;
pub(crate) mod sign;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Deserialize;

use crate::exit::Failure;
use crate::output::difference::with_meaning;
pub(crate) use crate::output::schema::Report;
use crate::output::schema::{Account, Finding, REPORT_SCHEMA_VERSION};

/// How a whole report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Html,
    Markdown,
    Csv,
    Junit,
    Sarif,
}

impl Format {
    /// What the name of a file asks for.
    ///
    /// # Errors
    /// It ends like none of them.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "html" | "htm" => Ok(Self::Html),
            "md" => Ok(Self::Markdown),
            "csv" => Ok(Self::Csv),
            "xml" => Ok(Self::Junit),
            "sarif" => Ok(Self::Sarif),
            _ => Err(Failure::new(
                format!("no report is called {}", path.display()),
                "end its name with .html, .md, .csv, .json, .xml (JUnit) or .sarif",
            )),
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Json => {
                serde_json::to_writer_pretty(&mut *out, report)?;
                writeln!(out)
            }
            Self::Html => html::write(report, out),
            Self::Markdown => markdown::write(report, out),
            Self::Csv => csv::write(report, out),
            Self::Junit => junit::write(report, out),
            Self::Sarif => sarif::write(report, out),
        }
    }
}

/// What a report of every version has.
#[derive(Deserialize)]
struct AnyVersion {
    schema_version: u32,
}

impl Report {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// It is none, or of another version.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| {
            let next_step = "name a report that --output json or --report FILE.json wrote";
            Failure::caused(format!("{} is no report", path.display()), next_step, error)
        };
        let text = fs::read(path).map_err(|error| unreadable(error.into()))?;
        serde_json::from_slice(&text).map_err(|error| {
            let version = serde_json::from_slice::<AnyVersion>(&text).map(|it| it.schema_version);
            match version {
                Ok(version) if version != REPORT_SCHEMA_VERSION => Failure::new(
                    format!("{} is a report of another version of this program", path.display()),
                    format!("make one of schema version {REPORT_SCHEMA_VERSION}"),
                ),
                _ => unreadable(error.into()),
            }
        })
    }

    /// The path of names of the OU that the account stands in; its id where names were not read.
    pub(crate) fn unit_of<'a>(&'a self, account: &'a Account) -> Option<&'a str> {
        let unit = account.unit.as_deref()?;
        Some(self.units.get(unit).map_or(unit, String::as_str))
    }
}

impl Finding {
    /// In one line, with what it means.
    pub(crate) fn line(&self) -> String {
        let Self { effect, text, meaning, .. } = self;
        with_meaning(format!("{}: {text}", effect.as_str()), meaning.as_deref())
    }
}
