//! Any two policy documents, compared.

use digitalex_core::{PolicyComparison, PolicyDocument};
use serde_json::Value;

/// Parts the two documents.
const SEPARATOR: u8 = 0;

/// Two documents differ in both directions or in neither, exactly where their canonical forms do; the
/// whole difference is as grave as its gravest part; and none of it shows an external id.
pub fn policy_pair(bytes: &[u8]) {
    let Some(middle) = bytes.iter().position(|byte| *byte == SEPARATOR) else { return };
    let (wanted, found) = (&bytes[..middle], &bytes[middle + 1..]);
    let (Some(wanted), Some(found)) = (parse(wanted), parse(found)) else { return };
    let same = wanted.canonical() == found.canonical();
    for (wanted, found) in [(&wanted, &found), (&found, &wanted)] {
        let comparison = wanted.compare(found);
        assert_eq!(comparison.is_none(), same, "comparison and canonical form disagree");
        if let Some(comparison) = comparison {
            check(&comparison, wanted, found);
        }
    }
}

fn parse(bytes: &[u8]) -> Option<PolicyDocument> {
    PolicyDocument::parse(std::str::from_utf8(bytes).ok()?).ok()
}

fn check(comparison: &PolicyComparison, wanted: &PolicyDocument, found: &PolicyDocument) {
    let gravest = comparison.statements.iter().map(|difference| difference.effect).max();
    assert_eq!(gravest, Some(comparison.effect), "the whole is not as grave as its gravest part");

    let shown = format!("{comparison:?}");
    let elsewhere = format!("{wanted:?} {found:?}");
    for secret in external_ids(wanted).into_iter().chain(external_ids(found)) {
        assert!(
            !shown.contains(&secret) || elsewhere.contains(&secret),
            "the comparison shows an external id: {shown}"
        );
    }
}

/// The values of all `sts:ExternalId` conditions that are long enough not to stand anywhere by chance.
fn external_ids(document: &PolicyDocument) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![(false, json(document))]);
    while let Some((secret, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                open.extend(members.into_iter().map(|(key, value)| {
                    (secret || key.eq_ignore_ascii_case("sts:ExternalId"), value)
                }));
            }
            Value::Array(elements) => {
                open.extend(elements.into_iter().map(|value| (secret, value)));
            }
            Value::String(text) if secret && text.len() >= 12 => found.push(text),
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }
    found
}

fn json(document: &PolicyDocument) -> Value {
    serde_json::from_str(&document.to_json()).unwrap_or_default()
}
