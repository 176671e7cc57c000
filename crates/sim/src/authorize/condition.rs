//! Conditions (IAM User Guide, "IAM JSON policy elements: Condition operators" and "… with multiple
//! keys or values").

use std::net::IpAddr;

use jiff::Timestamp;

use super::Request;
use super::document::DocumentError;
use super::pattern::{Pattern, Syntax};

/// One operator on one condition key.
#[derive(Clone)]
pub(super) struct Condition {
    quantifier: Option<Quantifier>,
    test: Test,
    negated: bool,
    if_exists: bool,
    /// In lower case.
    key: String,
    wanted: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    All,
    Any,
}

#[derive(Clone, Copy)]
enum Test {
    Null,
    Text { wildcards: bool, ignore_case: bool },
    Arn,
    Truth,
    Number(Comparison),
    Date(Comparison),
    Address,
}

#[derive(Clone, Copy)]
enum Comparison {
    Equals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    pub(super) fn parse(
        operator: &str,
        key: &str,
        wanted: Vec<String>,
    ) -> Result<Self, DocumentError> {
        let unknown = || DocumentError::Operator(operator.to_owned());
        let name = operator.to_lowercase();
        let (quantifier, name) = match name.split_once(':') {
            Some(("forallvalues", name)) => (Some(Quantifier::All), name),
            Some(("foranyvalue", name)) => (Some(Quantifier::Any), name),
            Some(_) => return Err(unknown()),
            None => (None, &name[..]),
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some("null") | None => (name, false),
            Some(name) => (name, true),
        };
        let (test, negated) = parse_test(name).ok_or_else(unknown)?;
        Ok(Self { quantifier, test, negated, if_exists, key: key.to_lowercase(), wanted })
    }

    pub(super) fn holds(&self, request: &Request<'_>, variables: bool) -> bool {
        let found = request.values(&self.key);
        if matches!(self.test, Test::Null) {
            let absent = found.is_empty().to_string();
            return self.wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&absent));
        }
        if found.is_empty() {
            // A key that is not there is not equal to anything.
            return self.if_exists
                || match self.quantifier {
                    Some(Quantifier::All) => true,
                    Some(Quantifier::Any) => false,
                    None => self.negated,
                };
        }
        let mut found = found.iter().map(|found| {
            let fits =
                self.wanted.iter().any(|want| self.test.fits(want, found, request, variables));
            fits != self.negated
        });
        match self.quantifier {
            Some(Quantifier::All) => found.all(|holds| holds),
            Some(Quantifier::Any) => found.any(|holds| holds),
            None if self.negated => found.all(|holds| holds),
            None => found.any(|holds| holds),
        }
    }
}

impl Test {
    fn fits(self, wanted: &str, found: &str, request: &Request<'_>, variables: bool) -> bool {
        let expand =
            |text: &str, wildcards| Pattern::expand(text, Syntax { wildcards, variables }, request);
        match self {
            // Decided by the key's presence alone.
            Self::Null => false,
            Self::Text { ignore_case: true, .. } => expand(wanted, false)
                .is_some_and(|pattern| pattern.lowercase().matches(&found.to_lowercase())),
            Self::Text { wildcards, .. } => {
                expand(wanted, wildcards).is_some_and(|pattern| pattern.matches(found))
            }
            Self::Arn => {
                let (wanted, found) = (arn_parts(wanted), arn_parts(found));
                wanted.len() == found.len()
                    && wanted.iter().zip(&found).all(|(wanted, found)| {
                        expand(wanted, true).is_some_and(|pattern| pattern.matches(found))
                    })
            }
            Self::Truth => wanted.eq_ignore_ascii_case(found),
            Self::Number(comparison) => compare(comparison, number(found), number(wanted)),
            Self::Date(comparison) => compare(comparison, date(found), date(wanted)),
            Self::Address => in_range(found, wanted) == Some(true),
        }
    }
}

/// The test of an operator in lower case, and whether it is negated.
fn parse_test(name: &str) -> Option<(Test, bool)> {
    let text = |wildcards, ignore_case| Test::Text { wildcards, ignore_case };
    Some(match name {
        "null" => (Test::Null, false),
        "stringequals" | "binaryequals" => (text(false, false), false),
        "stringnotequals" => (text(false, false), true),
        "stringequalsignorecase" => (text(false, true), false),
        "stringnotequalsignorecase" => (text(false, true), true),
        "stringlike" => (text(true, false), false),
        "stringnotlike" => (text(true, false), true),
        "arnequals" | "arnlike" => (Test::Arn, false),
        "arnnotequals" | "arnnotlike" => (Test::Arn, true),
        "bool" => (Test::Truth, false),
        "ipaddress" => (Test::Address, false),
        "notipaddress" => (Test::Address, true),
        _ => {
            let numeric = name.strip_prefix("numeric").map(|rest| (rest, true));
            let (rest, is_number) =
                numeric.or(name.strip_prefix("date").map(|rest| (rest, false)))?;
            let (comparison, negated) = parse_comparison(rest)?;
            let test = if is_number { Test::Number(comparison) } else { Test::Date(comparison) };
            (test, negated)
        }
    })
}

fn parse_comparison(name: &str) -> Option<(Comparison, bool)> {
    Some(match name {
        "equals" => (Comparison::Equals, false),
        "notequals" => (Comparison::Equals, true),
        "lessthan" => (Comparison::Less, false),
        "lessthanequals" => (Comparison::LessOrEqual, false),
        "greaterthan" => (Comparison::Greater, false),
        "greaterthanequals" => (Comparison::GreaterOrEqual, false),
        _ => return None,
    })
}

/// The six parts of an ARN, each matched on its own; any other text is one part.
fn arn_parts(text: &str) -> Vec<&str> {
    text.splitn(6, ':').collect()
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Seconds since 1970 of a date, a time, or such a number.
fn date(text: &str) -> Option<f64> {
    let time = text.parse::<Timestamp>();
    if let Ok(time) = time.or_else(|_| format!("{text}T00:00:00Z").parse()) {
        return Some(time.as_duration().as_secs_f64());
    }
    number(text)
}

fn compare(comparison: Comparison, found: Option<f64>, wanted: Option<f64>) -> bool {
    let (Some(found), Some(wanted)) = (found, wanted) else { return false };
    match comparison {
        Comparison::Equals => found == wanted,
        Comparison::Less => found < wanted,
        Comparison::LessOrEqual => found <= wanted,
        Comparison::Greater => found > wanted,
        Comparison::GreaterOrEqual => found >= wanted,
    }
}

/// Whether the address lies in the range (`10.0.0.0/8`); `None` where either is not what it should be.
fn in_range(address: &str, range: &str) -> Option<bool> {
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, Some(length.parse::<u32>().ok()?)),
        None => (range, None),
    };
    let (address, width) = bits(address.parse().ok()?);
    let (base, base_width) = bits(base.parse().ok()?);
    let ignored = width.checked_sub(length.unwrap_or(width))?;
    let shifted = |number: u128| number.checked_shr(ignored).unwrap_or_default();
    Some(width == base_width && shifted(address) == shifted(base))
}

fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}
