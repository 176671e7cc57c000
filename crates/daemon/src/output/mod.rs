//! What the program writes to standard output.

pub(crate) mod difference;
pub(crate) mod files;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod progress;
pub mod schema;
pub(crate) mod stream;

use std::io::{self, BufWriter, Write};

use comfy_table::{ContentArrangement, Table, presets};
use digitalex_core::AccountRecord;
use miette::Report;
use serde::Serialize;

use self::files::{ReportFiles, ReportFlags};
use self::human::HumanReport;
use self::json::JsonReport;
use crate::Context;
use crate::cli::OutputFormat;
use crate::exit::Failure;
use crate::report::Format;
use crate::report::collect::Collector;
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

/// The report of a run: on standard output as `--output` asks, and in the files of `--report`.
pub(crate) struct ReportOutput {
    shown: Shown,
    files: ReportFiles,
    /// The whole, where a format needs it.
    whole: Option<Collector>,
}

enum Shown {
    Human(HumanReport),
    Json(JsonReport<io::Stdout>),
    Rendered(Format),
}

impl ReportOutput {
    /// Opens what will be written; nothing is written to standard output before the first record.
    ///
    /// # Errors
    /// A file cannot be written, or a key not be read.
    pub(crate) fn start(
        context: &Context,
        head: &RunHead,
        flags: &ReportFlags,
    ) -> Result<Self, Report> {
        let shown = match context.global.output {
            OutputFormat::Human => Shown::Human(HumanReport::default()),
            OutputFormat::Json => Shown::Json(JsonReport::start(io::stdout(), head)),
            OutputFormat::Html => Shown::Rendered(Format::Html),
            OutputFormat::Markdown => Shown::Rendered(Format::Markdown),
            OutputFormat::Csv => Shown::Rendered(Format::Csv),
            OutputFormat::Junit => Shown::Rendered(Format::Junit),
            OutputFormat::Sarif => Shown::Rendered(Format::Sarif),
        };
        let files = ReportFiles::create(flags, head)?;
        let is_whole = matches!(shown, Shown::Rendered(_)) || files.want_whole();
        Ok(Self { shown, files, whole: is_whole.then(|| Collector::start(head)) })
    }

    /// Writes what is known at the end only. The first error in writing is told now.
    pub(crate) fn end(self, run: &RunReport) -> Result<(), Report> {
        let whole = self.whole.map(|whole| whole.end(run)).transpose().map_err(unwritten)?;
        // The files first: whoever reads standard output may have gone.
        self.files.end(run, whole.as_ref())?;
        match (self.shown, &whole) {
            (Shown::Human(human), _) => print(&human.render(run)),
            (Shown::Json(json), _) => written(json.end(run).map(drop)),
            (Shown::Rendered(format), Some(report)) => {
                written(format.write(report, &mut BufWriter::new(io::stdout().lock())))
            }
            (Shown::Rendered(_), None) => Ok(()),
        }
    }
}

impl RecordSink for ReportOutput {
    fn add(&mut self, record: &AccountRecord) {
        match &mut self.shown {
            Shown::Human(human) => human.add(record),
            Shown::Json(json) => json.add(record),
            Shown::Rendered(_) => {}
        }
        self.files.add(record);
        if let Some(whole) = &mut self.whole {
            whole.add(record);
        }
    }
}

/// A table without lines, which fits the width of a terminal.
pub(crate) fn fitting_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
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

pub(crate) fn written(result: io::Result<()>) -> Result<(), Report> {
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
