//! What IAM would refuse with `MalformedPolicyDocument`, and where.

mod condition;
mod principal;
mod statement;
mod text;

use std::fmt;

use serde::Serialize;

use super::json::Json;
use super::parse::{PolicyParseError, decode, parse_json};
use super::place::Place;

/// Which kind of policy a document is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// An identity policy (inline or managed), or a boundary.
    Identity,
    /// A role's trust policy.
    Trust,
    /// A service control policy.
    ServiceControl,
}

/// One thing that IAM would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyFinding {
    /// Where: `line 3, column 7` for syntax, `Statement[1].Action[0]` for what the JSON says.
    pub place: String,
    /// What is wrong, and what would be right; never the value of a condition.
    pub message: String,
}

/// Everything in the text, plain or percent-encoded, for which IAM would refuse it as a policy of
/// this kind; empty where it would be accepted. After an error of syntax nothing else is looked
/// for.
#[must_use]
pub fn validate(text: &str, kind: PolicyKind) -> Vec<PolicyFinding> {
    let text = match decode(text) {
        Ok(text) => text,
        Err(error) => return vec![PolicyFinding::of_parse_error(error)],
    };
    let mut findings = Findings::default();
    text::check_characters(&text, &mut findings);
    text::check_length(&text, kind, &mut findings);
    match parse_json(&text) {
        Ok(json) => {
            text::check_escapes(&text, &json, &mut findings);
            check_document(&json, kind, &mut findings);
        }
        Err(error) => findings.0.push(PolicyFinding::of_parse_error(error)),
    }
    findings.0
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<PolicyFinding>);

impl Findings {
    fn add(&mut self, place: impl fmt::Display, message: impl Into<String>) {
        self.0.push(PolicyFinding { place: place.to_string(), message: message.into() });
    }

    /// The members of an object; nothing, and a finding, where it is none.
    fn members<'a>(&mut self, value: &'a Json, place: &Place) -> &'a [(String, Json)] {
        match value {
            Json::Object(members) => members,
            _ => {
                self.add(place, "must be an object");
                &[]
            }
        }
    }

    /// The text of a string; a finding where it is none.
    fn text<'a>(&mut self, value: &'a Json, place: &Place) -> Option<&'a str> {
        match value {
            Json::String(text) => Some(text),
            _ => {
                self.add(place, "must be a string");
                None
            }
        }
    }
}

fn check_document(json: &Json, kind: PolicyKind, findings: &mut Findings) {
    let root = Place::default();
    let members = findings.members(json, &root);
    for (key, value) in members {
        let place = root.key(key);
        match key.as_str() {
            "Version" => check_version(value, kind, &place, findings),
            "Id" => drop(findings.text(value, &place)),
            "Statement" => statement::check_statements(value, kind, &place, findings),
            _ => findings.add(place, "is no element of a policy (Version, Id, Statement)"),
        }
    }
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    if !has("Statement") && matches!(json, Json::Object(_)) {
        findings.add(&root, "Statement is missing");
    }
    if !has("Version") && kind == PolicyKind::ServiceControl {
        findings.add(&root, "Version is missing: a service control policy needs 2012-10-17");
    }
}

fn check_version(value: &Json, kind: PolicyKind, place: &Place, findings: &mut Findings) {
    match (findings.text(value, place), kind) {
        (None | Some("2012-10-17"), _) => {}
        (Some("2008-10-17"), PolicyKind::Identity | PolicyKind::Trust) => {}
        (Some(_), PolicyKind::ServiceControl) => findings.add(place, "must be 2012-10-17"),
        (Some(_), _) => findings.add(place, "must be 2012-10-17 (or the older 2008-10-17)"),
    }
}

impl PolicyFinding {
    fn of_parse_error(error: PolicyParseError) -> Self {
        let message = error.to_string();
        match error {
            PolicyParseError::Encoding => Self { place: "the document".to_owned(), message },
            PolicyParseError::Syntax { line, column, problem } => {
                Self { place: format!("line {line}, column {column}"), message: problem }
            }
            PolicyParseError::Shape { place, problem } => {
                Self { place, message: problem.to_owned() }
            }
        }
    }
}

impl fmt::Display for PolicyFinding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.message)
    }
}
