//! Each format of one small report, as it was looked at. `SNAPSHOTS=overwrite` writes them anew.

use snapbox::{Data, assert_data_eq};

use super::sample::{records, rendered, report_of, sample};
use crate::report::Format;

fn golden(name: &str) -> Data {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/tests/golden");
    Data::read_from(&std::path::Path::new(folder).join(name), None).raw()
}

#[test]
fn each_format_should_be_as_it_was_looked_at() {
    let report = sample();
    let files = [
        (Format::Json, "report.json"),
        (Format::Markdown, "report.md"),
        (Format::Csv, "report.csv"),
        (Format::Junit, "report.xml"),
        (Format::Sarif, "report.sarif"),
    ];
    for (format, name) in files {
        assert_data_eq!(Data::text(rendered(format, &report)).raw(), golden(name));
    }
}

/// Style and script stand in files of their own.
#[test]
fn page_should_be_as_it_was_looked_at_but_for_style_and_script() {
    let mut page = rendered(Format::Html, &sample());
    for (begin, end) in [
        ("<style>", "</style>"),
        ("<script>", "</script>"),
        ("'sha256-", "'; style"),
        ("style-src 'sha256-", "';"),
    ] {
        let start = page.find(begin).unwrap() + begin.len();
        let stop = start + page[start..].find(end).unwrap();
        page.replace_range(start..stop, "…");
    }
    assert_data_eq!(Data::text(page).raw(), golden("report.html"));
}

#[test]
fn every_format_should_say_at_its_top_that_the_list_is_not_whole() {
    let report = report_of(&records("a"), Some("ListAccounts: throttled"));
    for format in [Format::Html, Format::Markdown, Format::Csv, Format::Junit, Format::Sarif] {
        let text = rendered(format, &report).to_lowercase();
        assert!(text.contains("listaccounts: throttled"), "{format:?}");
        assert!(text.contains("not whole") || text.contains("is whole"), "{format:?}");
    }
    let sheet = rendered(Format::Csv, &report);
    assert!(sheet.lines().nth(1).unwrap().contains("NOT WHOLE"), "{sheet}");
}
