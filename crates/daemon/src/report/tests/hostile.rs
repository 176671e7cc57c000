//! Names and messages of other people break no format.

use std::collections::BTreeSet;

use digitalex_core::{
    AccountRecord, Description, Difference, Effect, PolicyDocument, PolicyName, TagKey, TagValue,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{records, rendered, report_of};
use crate::report::{Format, Report};

/// What ends something somewhere.
const MARKS: [&str; 24] = [
    "</script>",
    "<!--",
    "]]>",
    "{{DATA}}",
    "\"",
    "'",
    "`",
    "|",
    "\n",
    "\r\n",
    ",",
    ";",
    "=1+1",
    "@SUM(A1)",
    "\u{0}",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{2028}",
    "&lt;",
    "<img src=x onerror=alert(1)>",
    "\\",
    "](http://x)",
    "<account>",
    "# ",
];

fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![prop::sample::select(&MARKS[..]).prop_map(str::to_owned), ".{0,8}"];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_should_break_a_format(text in hostile()) {
        formats_stay_whole(&records(&text), &text)?;
    }

    #[test]
    fn no_policy_or_tag_should_break_a_format(text in hostile()) {
        let mut records = records(&text);
        records[1].differences = differences(&text).into_iter().collect();
        formats_stay_whole(&records, &text)?;
    }
}

/// Of a role in which somebody wrote the text wherever IAM takes one.
fn differences(text: &str) -> Vec<Difference> {
    let document = |statement: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        PolicyDocument::parse(&policy.to_string()).unwrap()
    };
    let trust = |principal: &Value, condition: Value| {
        document(json!([{"Sid": text, "Effect": "Allow", "Principal": principal,
            "Action": "sts:AssumeRole", "Condition": condition}]))
    };
    let digitalex = json!({"AWS": "arn:aws:iam::911403356698:root"});
    let id = json!({"StringEquals": {"sts:ExternalId": "canary"}});
    let theirs = json!({"AWS": ["911403356698", text], "Service": text});
    let allow = |action: &str, resource: &str| {
        document(json!([{"Effect": "Allow", "Action": action, "Resource": resource}]))
    };
    let comparison = |wanted: PolicyDocument, found: &PolicyDocument| wanted.compare(found);
    let trusts = comparison(trust(&digitalex, id), &trust(&theirs, json!({text: {text: text}})));
    let wanted = allow("ce:Get*", "*");
    let inline = comparison(wanted.clone(), &allow(&format!("ce:{text}"), text));
    let name = PolicyName::new("DigitalEx").unwrap();
    let meaning = allow(text, &format!("arn:aws:s3:::{text}")).meaning_if_extra([].iter());
    let mut differences = vec![
        Difference::InlineExtra { name: name.clone(), effect: Effect::Widens, meaning },
        Difference::GroupExtra { group: text.to_owned() },
        Difference::DescriptionChanged { wanted: Description::default(), found: text.to_owned() },
    ];
    differences.extend(trusts.map(|comparison| Difference::TrustChanged { comparison }));
    differences.extend(inline.map(|comparison| Difference::InlineChanged { name, comparison }));
    if let (Ok(key), Ok(found)) = (TagKey::new(text), TagValue::new(text)) {
        let wanted = TagValue::new("wanted").unwrap();
        differences.push(Difference::TagChanged { key, wanted, found });
    }
    differences
}

const ALL: [Format; 6] =
    [Format::Json, Format::Html, Format::Markdown, Format::Csv, Format::Junit, Format::Sarif];

fn formats_stay_whole(records: &[AccountRecord], text: &str) -> Result<(), TestCaseError> {
    let report = report_of(records, None);
    for format in ALL {
        prop_assert!(!rendered(format, &report).contains("canary"), "{:?}", format);
    }
    json_stays_whole(&report, text)?;
    sheet_stays_whole(&report)?;
    xml_stays_whole(&report)?;
    markdown_stays_whole(&report)?;
    page_stays_whole(&report, text)?;
    let sarif: Value = serde_json::from_str(&rendered(Format::Sarif, &report)).unwrap();
    // Beside the differences the causes of two accounts.
    let findings: usize = report.accounts.iter().map(|account| account.findings.len()).sum();
    prop_assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), findings + 2);
    Ok(())
}

fn json_stays_whole(report: &Report, text: &str) -> Result<(), TestCaseError> {
    let read: Report = serde_json::from_str(&rendered(Format::Json, report)).unwrap();
    prop_assert_eq!(&read.accounts[1].name, text);
    Ok(())
}

fn sheet_stays_whole(report: &Report) -> Result<(), TestCaseError> {
    let sheet = rendered(Format::Csv, report);
    let mut reader = csv::Reader::from_reader(sheet.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    prop_assert_eq!(rows.len(), report.accounts.len());
    for field in rows.iter().flat_map(csv::StringRecord::iter) {
        prop_assert!(!field.starts_with(['=', '+', '-', '@', '\t', '\r']), "{:?}", field);
    }
    Ok(())
}

fn xml_stays_whole(report: &Report) -> Result<(), TestCaseError> {
    let text = rendered(Format::Junit, report);
    let document = roxmltree::Document::parse(&text);
    prop_assert!(document.is_ok(), "{:?}\n{}", document.err(), text);
    let document = document.unwrap();
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase")).count();
    prop_assert_eq!(cases, report.accounts.len());
    let known: BTreeSet<_> =
        ["testsuites", "testsuite", "testcase", "failure", "error", "skipped"].into();
    let names = document.descendants().filter(roxmltree::Node::is_element);
    prop_assert!(
        names.map(|node| node.tag_name().name().to_owned()).all(|it| known.contains(it.as_str()))
    );
    Ok(())
}

fn markdown_stays_whole(report: &Report) -> Result<(), TestCaseError> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let text = rendered(Format::Markdown, report);
    let (mut rows, mut headings) = (0, 0);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Html(_) | Event::InlineHtml(_) | Event::Code(_) => {
                return Err(TestCaseError::fail(format!("{event:?} in\n{text}")));
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => {
                return Err(TestCaseError::fail(format!("{event:?} in\n{text}")));
            }
            Event::Start(Tag::TableRow) => rows += 1,
            Event::Start(Tag::Heading { .. }) => headings += 1,
            _ => {}
        }
    }
    // Four verdicts and their sum, then three groups of one account each.
    prop_assert_eq!((rows, headings), (5 + 3, 1 + 3), "{}", text);
    Ok(())
}

fn page_stays_whole(report: &Report, text: &str) -> Result<(), TestCaseError> {
    let page = rendered(Format::Html, report);
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"report\">").unwrap();
    let (data, rest) = rest.split_once("</script>").unwrap();
    prop_assert!(rest.trim_start().starts_with("</body>"), "{}", rest);
    let data: Value = serde_json::from_str(data).unwrap();
    prop_assert_eq!(data["accounts"][1][1].as_str(), Some(text));
    prop_assert_eq!(page.matches("<script").count(), 2);
    Ok(())
}
