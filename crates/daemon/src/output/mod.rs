//! What the program writes to standard output.

pub(crate) mod difference;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod progress;
pub mod schema;
pub(crate) mod stream;

use std::io::{self, Write};

use comfy_table::Table;
use digitalex_core::AccountRecord;
use miette::Report;
use serde::Serialize;

use self::human::HumanReport;
use self::json::JsonReport;
use crate::Context;
use crate::exit::Failure;
use crate::run_report::{RecordSink, RunHead, RunReport};

/// Writes the text and a newline to standard output. A reader that went away is not an error.
pub(crate) fn print(text: &str) -> Result<(), Report> {
    written(writeln!(anstream::stdout().lock(), "{text}"))
}

/// Writes the value as JSON to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Report> {
    let text = serde_json::to_string_pretty(value).map_err(|error| unwritten(error.into()))?;
    written(writeln!(io::stdout().lock(), "{text}"))
}

/// The report on standard output, as the flags ask.
pub(crate) enum ReportOutput {
    Human(HumanReport),
    Json(JsonReport<io::Stdout>),
}

impl ReportOutput {
    /// Nothing is written before the first record.
    pub(crate) fn start(context: &Context, head: &RunHead) -> Self {
        if context.is_json() {
            Self::Json(JsonReport::start(io::stdout(), head))
        } else {
            Self::Human(HumanReport::default())
        }
    }

    /// Writes what is known at the end only. The first error in writing is told now.
    pub(crate) fn end(self, report: &RunReport) -> Result<(), Report> {
        match self {
            Self::Human(human) => print(&human.render(report)),
            Self::Json(json) => written(json.end(report)),
        }
    }
}

impl RecordSink for ReportOutput {
    fn add(&mut self, record: &AccountRecord) {
        match self {
            Self::Human(human) => human.add(record),
            Self::Json(json) => json.add(record),
        }
    }
}

/// The table as text, without the blanks that fill its last column.
pub(crate) fn table_text(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Says something to the person at the terminal, on standard error.
pub(crate) fn tell(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The text with control characters made visible: names in an organization are other people's
/// input, and could otherwise steer the terminal.
pub(crate) fn safe(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let (plain, escaped) = if is_control(character) {
                (None, Some(character.escape_unicode()))
            } else {
                (Some(character), None)
            };
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

/// Controls, and the marks that reorder text on a terminal (Unicode "Bidi_Control").
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn written(result: io::Result<()>) -> Result<(), Report> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(error)),
        _ => Ok(()),
    }
}

fn unwritten(error: io::Error) -> Report {
    Failure::caused("the result could not be written", "check where standard output goes", error)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_should_not_steer_the_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}d");
        assert_eq!(safe("Zoë – 東京"), "Zoë – 東京");
    }
}
