//! The report for a pipeline, as JUnit XML: each account is a test case.

use std::io::{self, Write};

use super::Report;
use crate::output::schema::{Account, Verdict};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = |wanted: Outcome| {
        report.accounts.iter().filter(|account| Outcome::of(account.verdict) == wanted).count()
    };
    let incomplete = report.summary.listing_incomplete.as_deref();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        report.accounts.len() + usize::from(incomplete.is_some()),
        count(Outcome::Failure),
        count(Outcome::Error) + usize::from(incomplete.is_some()),
        count(Outcome::Skipped),
    );
    let suite = format!("digitalex-rollout {} of {}", report.command, report.organization);
    let (name, time) = (xml(&suite), xml(&report.started_at));
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"{name}\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"{name}\" timestamp=\"{time}\" {counts}>")?;
    if let Some(reason) = incomplete {
        writeln!(
            out,
            "    <testcase name=\"the list of accounts is whole\" classname=\"listing\">"
        )?;
        writeln!(out, "      <error type=\"listing_incomplete\" message=\"{}\"/>", xml(reason))?;
        writeln!(out, "    </testcase>")?;
    }
    for account in &report.accounts {
        write_case(report, account, out)?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn write_case(report: &Report, account: &Account, out: &mut dyn Write) -> io::Result<()> {
    let unit = report.unit_of(account).unwrap_or("accounts");
    let name = xml(&format!("{} {}", account.id, account.name));
    let case = format!("<testcase name=\"{name}\" classname=\"{}\"", xml(unit));
    let element = match Outcome::of(account.verdict) {
        Outcome::Passed => return writeln!(out, "    {case}/>"),
        Outcome::Failure => "failure",
        Outcome::Error => "error",
        Outcome::Skipped => "skipped",
    };
    let why = account.cause.as_ref().map_or("it is not as wanted", |cause| &cause.message);
    let kind = match element {
        "skipped" => String::new(),
        _ => format!(" type=\"{}\"", account.verdict.as_str()),
    };
    let mut lines: Vec<_> = account.findings.iter().map(|finding| finding.line()).collect();
    let remedy = account.cause.as_ref().and_then(|cause| cause.remedy.as_ref());
    lines.extend(remedy.map(|remedy| format!("next step: {remedy}")));
    writeln!(out, "    {case}>")?;
    let (message, text) = (xml(why), xml(&lines.join("\n")));
    writeln!(out, "      <{element}{kind} message=\"{message}\">{text}</{element}>")?;
    writeln!(out, "    </testcase>")
}

/// What a verdict is in JUnit's words.
#[derive(PartialEq, Eq)]
enum Outcome {
    Passed,
    Failure,
    Error,
    Skipped,
}

impl Outcome {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::InSync | Verdict::Converged => Self::Passed,
            Verdict::Drifted | Verdict::Held => Self::Failure,
            Verdict::Failed | Verdict::Unreachable | Verdict::NotVisited => Self::Error,
            Verdict::Skipped => Self::Skipped,
        }
    }
}

/// Text for an attribute or an element; what XML 1.0 has no place for becomes U+FFFD.
fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push(char::REPLACEMENT_CHARACTER),
            other => safe.push(other),
        }
    }
    safe
}
