//! The report as one HTML file: readable offline, and printable. No request ever leaves it: its content
//! security policy lets in only its own style and script, by their hashes.

mod data;

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use self::data::Data;
use super::Report;
use crate::output::safe;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// In the order in which they need each other.
const SCRIPT: &str = concat!(
    include_str!("dom.js"),
    include_str!("words.js"),
    include_str!("model.js"),
    include_str!("filters.js"),
    include_str!("summary.js"),
    include_str!("causes.js"),
    include_str!("account.js"),
    include_str!("table.js"),
    include_str!("print.js"),
    include_str!("page.js"),
);

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let title = escaped(&format!("{} of {}", report.command, report.organization));
    let data = embedded(&serde_json::to_string(&Data::of(report))?);
    let filled = |marker: &str| match marker {
        "TITLE" => title.clone(),
        "SCRIPT_HASH" => hash(SCRIPT),
        "STYLE_HASH" => hash(STYLE),
        "STYLE" => STYLE.to_owned(),
        "SCRIPT" => SCRIPT.to_owned(),
        "NOSCRIPT" => totals(report),
        _ => data.clone(),
    };
    // One walk over the page alone: what is filled in is never looked at for markers.
    let mut parts = PAGE.split("{{");
    out.write_all(parts.next().unwrap_or_default().as_bytes())?;
    for part in parts {
        let (marker, rest) = part.split_once("}}").unwrap_or((part, ""));
        out.write_all(filled(marker).as_bytes())?;
        out.write_all(rest.as_bytes())?;
    }
    Ok(())
}

/// What a reader without JavaScript is told.
fn totals(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(reason) = &report.summary.listing_incomplete {
        lines.push(format!("The list of accounts is not whole: {reason}"));
    }
    let verdicts = report.summary.verdicts.iter();
    lines.extend(verdicts.map(|(verdict, count)| format!("{count} {}", verdict.words())));
    lines.push(format!("{} accounts in all", report.summary.total));
    lines.push("The accounts are shown where JavaScript is allowed; nothing is loaded.".to_owned());
    lines.iter().map(|line| format!("<p>{}</p>", escaped(line))).collect()
}

fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text))
}

/// JSON that no text in it can end.
fn embedded(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => text.push(other),
        }
    }
    text
}

fn escaped(text: &str) -> String {
    let text = safe(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}
