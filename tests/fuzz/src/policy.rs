//! Any bytes as a policy document.

use digitalex_core::{PolicyDocument, PolicyKind, validate};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const KINDS: [PolicyKind; 3] =
    [PolicyKind::Identity, PolicyKind::Trust, PolicyKind::ServiceControl];

/// Parsing and validating never panic, and the canonical form stays the same through every way in
/// which a document is written again: as we send it, as IAM returns it, and with its keys in
/// another order.
pub fn policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for kind in KINDS {
        for finding in validate(&text, kind) {
            assert!(!finding.message.is_empty(), "a finding says nothing");
        }
    }
    let Ok(document) = PolicyDocument::parse(&text) else { return };
    assert_eq!(document.compare(&document), None, "a document differs from itself");

    let sent = document.to_json();
    let returned = utf8_percent_encode(&sent, NON_ALPHANUMERIC).to_string();
    for written in [&sent, &returned, &with_sorted_keys(&sent)] {
        let again = PolicyDocument::parse(written);
        let again = again.unwrap_or_else(|error| panic!("{written} is refused: {error}"));
        assert!(again.canonical() == document.canonical(), "{written} says something else");
    }
    read_as_trust(&document);
}

fn with_sorted_keys(json: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(json);
    value.unwrap_or_else(|error| panic!("{json} is no JSON: {error}")).to_string()
}

fn read_as_trust(document: &PolicyDocument) {
    let grants = document.trust_grants();
    assert!(grants.is_empty() || !document.only_denies(), "what only denies lets someone in");
    let shown = format!("{document:?} {grants:?}");
    assert!(!shown.is_empty(), "a document shows as nothing");
}
