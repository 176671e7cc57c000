//! The text as a whole: its characters and its length.

use super::{Findings, PolicyKind};
use crate::policy::json::Json;

/// The characters of `PolicyDocument` parameters (IAM API Reference).
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

pub(super) fn check_characters(text: &str, findings: &mut Findings) {
    for (index, line) in text.split('\n').enumerate() {
        if let Some(position) = line.chars().position(|character| !is_legal(character)) {
            findings.add(
                format_args!("line {}, column {}", index + 1, position + 1),
                "has a character that policies cannot hold (tab, line ends and U+0020 to U+00FF \
                 are allowed)",
            );
        }
    }
}

/// An escape hides a character from [`check_characters`], but a document is sent without escapes.
pub(super) fn check_escapes(text: &str, json: &Json, findings: &mut Findings) {
    if text.chars().all(is_legal) && !json.to_string().chars().all(is_legal) {
        findings.add(
            "the document",
            "has an escaped character that policies cannot hold (U+0020 to U+00FF are allowed)",
        );
    }
}

/// IAM and STS quotas, white space not counted; "Quotas for AWS Organizations", where it counts.
pub(super) fn check_length(text: &str, kind: PolicyKind, findings: &mut Findings) {
    let dense = || text.chars().filter(|character| !character.is_whitespace()).count();
    let (count, max, counted) = match kind {
        PolicyKind::Identity => (dense(), 10_240, "white space not counted"),
        PolicyKind::Trust => (dense(), 4_096, "white space not counted"),
        PolicyKind::ServiceControl => (text.chars().count(), 10_240, "white space counted"),
    };
    if count > max {
        findings.add("the document", format!("has {count} characters ({counted}); {max} fit"));
    }
}
