//! Condition blocks. No message holds a value.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Findings;
use crate::policy::condition::Operator;
use crate::policy::json::Json;
use crate::policy::parse::placed_elements;
use crate::policy::place::Place;

pub(super) fn check_condition(value: &Json, place: &Place, findings: &mut Findings) {
    let mut operators = BTreeSet::new();
    for (name, keys) in findings.members(value, place) {
        let place = place.key(name);
        if !operators.insert(name.to_ascii_lowercase()) {
            findings.add(&place, "stands twice: the case of operators is ignored");
        }
        let operator = Operator::parse(name);
        if operator.is_none() {
            findings.add(&place, "is no condition operator, such as StringEquals");
        }
        let mut seen = BTreeSet::new();
        for (key, values) in findings.members(keys, &place) {
            let place = place.key(key);
            if !seen.insert(key.to_ascii_lowercase()) {
                findings.add(&place, "stands twice: the case of condition keys is ignored");
            }
            if !is_condition_key(key) {
                findings
                    .add(&place, "is no condition key: it needs a prefix, such as aws:SourceIp");
            }
            check_values(values, operator.as_ref(), &place, findings);
        }
    }
}

fn check_values(
    values: &Json,
    operator: Option<&Operator>,
    place: &Place,
    findings: &mut Findings,
) {
    for (place, value) in placed_elements(values, place) {
        match (value.scalar_text(), operator) {
            (None, _) => findings.add(place, "must be a string, a number or a boolean"),
            (Some(text), Some(operator)) if !text.contains("${") => {
                if let Some(expected) = expected_by(operator.base, &text) {
                    findings.add(place, expected);
                }
            }
            _ => {}
        }
    }
}

/// `prefix:name`; the prefix of an OIDC provider's key is its host and path.
fn is_condition_key(key: &str) -> bool {
    key.split_once(':').is_some_and(|(prefix, name)| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-./_".contains(&byte);
        !prefix.is_empty() && prefix.bytes().all(legal) && !name.is_empty()
    })
}

/// What the operator needs, where the value is not of that kind.
fn expected_by(base: &str, value: &str) -> Option<&'static str> {
    let (legal, expected) = match base {
        "Bool" | "Null" => (
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
            "must be true or false",
        ),
        "IpAddress" | "NotIpAddress" => {
            (is_address(value), "must be an IP address or a range, such as 203.0.113.0/24")
        }
        numeric if numeric.starts_with("Numeric") => {
            (value.parse::<f64>().is_ok_and(f64::is_finite), "must be a number")
        }
        date if date.starts_with("Date") => {
            (is_date(value), "must be a date (ISO 8601) or seconds since 1970")
        }
        _ => return None,
    };
    (!legal).then_some(expected)
}

fn is_address(value: &str) -> bool {
    let (address, length) = match value.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (value, None),
    };
    let bits_max = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.is_none_or(|length| length.parse::<u8>().is_ok_and(|bits| bits <= bits_max))
}

/// Seconds, or a text that begins as `2026-01-31`: the rest of ISO 8601 is left to IAM.
fn is_date(value: &str) -> bool {
    if value.parse::<i64>().is_ok() {
        return true;
    }
    let mut fields = value.get(..10).unwrap_or(value).split('-');
    let mut digits = |count: usize| {
        fields.next().is_some_and(|field| {
            field.len() == count && field.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    digits(4) && digits(2) && digits(2)
}
