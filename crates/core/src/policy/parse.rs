//! From text to statements, refusing whatever could not be compared soundly.

use std::borrow::Cow;
use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use super::canonical::{Caseless, Scope, Statement, StatementEffect, Version};
use super::condition::Conditions;
use super::json::Json;
use super::place::Place;
use super::principal::Principal;

/// The text is not a policy document. The text itself is left out on purpose: it can hold the
/// external id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyParseError {
    /// It neither begins as JSON nor is percent-encoded UTF-8.
    #[error("it is neither JSON nor percent-encoded UTF-8")]
    Encoding,
    /// It is not JSON, or a key stands twice in one object.
    #[error("line {line}, column {column}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// It is JSON, but not a policy.
    #[error("{place}: {problem}")]
    Shape {
        /// Where, such as `Statement[1].Action`.
        place: String,
        /// What is wrong.
        problem: &'static str,
    },
}

type Parsed<T> = Result<T, PolicyParseError>;

/// Undoes the percent-encoding (RFC 3986: `+` stays `+`) in which IAM returns documents. Plain
/// JSON, which begins with a brace that IAM would encode, stays as it is.
pub(super) fn decode(text: &str) -> Parsed<Cow<'_, str>> {
    if text.trim_start().starts_with('{') {
        return Ok(Cow::Borrowed(text));
    }
    percent_decode_str(text).decode_utf8().map_err(|_| PolicyParseError::Encoding)
}

pub(super) fn parse_json(text: &str) -> Parsed<Json> {
    serde_json::from_str(text).map_err(|error| {
        // The parser's message is about syntax alone: it never quotes the text. It ends with the
        // place, which is told apart here.
        let message = error.to_string();
        let problem = message.split(" at line ").next().unwrap_or_default().to_owned();
        PolicyParseError::Syntax { line: error.line(), column: error.column(), problem }
    })
}

/// The version and the statements, in the order in which they stand.
pub(super) fn parse_policy(json: &Json) -> Parsed<(Version, Vec<Statement>)> {
    let root = Place::default();
    let mut version = Version::V2008;
    let mut statements = None;
    for (key, value) in members(json, &root)? {
        let place = root.key(key);
        match key.as_str() {
            "Version" => version = parse_version(value, &place)?,
            "Id" => drop(string(value, &place)?),
            "Statement" => statements = Some(parse_statements(value, &place)?),
            _ => return refuse(&place, "no element of a policy"),
        }
    }
    match statements {
        Some(statements) => Ok((version, statements)),
        None => refuse(&root, "there is no Statement"),
    }
}

/// A place in the document with each element of a list there, or with the one scalar.
pub(super) fn placed_elements<'a>(
    value: &'a Json,
    place: &'a Place,
) -> impl Iterator<Item = (Place, &'a Json)> {
    let listed = matches!(value, Json::Array(_));
    value.elements().iter().enumerate().map(move |(index, element)| {
        (if listed { place.index(index) } else { place.clone() }, element)
    })
}

fn parse_version(value: &Json, place: &Place) -> Parsed<Version> {
    match string(value, place)? {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        _ => refuse(place, "neither 2012-10-17 nor 2008-10-17"),
    }
}

fn parse_statements(value: &Json, place: &Place) -> Parsed<Vec<Statement>> {
    placed_elements(value, place).map(|(place, value)| parse_statement(value, &place)).collect()
}

fn parse_statement(json: &Json, place: &Place) -> Parsed<Statement> {
    let (mut effect, mut actions) = (None, None);
    let (mut principals, mut resources) = (None, None);
    let mut conditions = Conditions::new();
    for (key, value) in members(json, place)? {
        let at = place.key(key);
        match key.as_str() {
            "Sid" => drop(string(value, &at)?),
            "Effect" => effect = Some(parse_effect(value, &at)?),
            "Action" => set(&mut actions, Scope::Only(parse_names(value, &at)?), &at)?,
            "NotAction" => set(&mut actions, Scope::AllExcept(parse_names(value, &at)?), &at)?,
            "Resource" => set(&mut resources, Scope::Only(strings(value, &at)?), &at)?,
            "NotResource" => set(&mut resources, Scope::AllExcept(strings(value, &at)?), &at)?,
            "Principal" => set(&mut principals, Scope::Only(parse_principals(value, &at)?), &at)?,
            "NotPrincipal" => {
                set(&mut principals, Scope::AllExcept(parse_principals(value, &at)?), &at)?;
            }
            "Condition" => conditions = parse_conditions(value, &at)?,
            _ => return refuse(&at, "no element of a statement"),
        }
    }
    match (effect, actions) {
        (None, _) => refuse(place, "there is no Effect"),
        (_, None) => refuse(place, "there is neither Action nor NotAction"),
        (Some(effect), Some(actions)) => {
            Ok(Statement { effect, principals, actions, resources, conditions })
        }
    }
}

fn parse_effect(value: &Json, place: &Place) -> Parsed<StatementEffect> {
    match string(value, place)? {
        "Allow" => Ok(StatementEffect::Allow),
        "Deny" => Ok(StatementEffect::Deny),
        _ => refuse(place, "neither Allow nor Deny"),
    }
}

/// Refuses an element beside its opposite, such as `Action` with `NotAction`.
fn set<T>(slot: &mut Option<T>, value: T, place: &Place) -> Parsed<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => refuse(place, "an element and its Not… stand in one statement"),
    }
}

fn parse_names(value: &Json, place: &Place) -> Parsed<BTreeSet<Caseless>> {
    Ok(strings(value, place)?.iter().map(|name| Caseless::new(name)).collect())
}

fn parse_principals(value: &Json, place: &Place) -> Parsed<BTreeSet<Principal>> {
    if let Json::String(text) = value {
        if text == "*" {
            return Ok(BTreeSet::from([Principal::Anyone]));
        }
        return refuse(place, "a principal is \"*\" or an object such as {\"AWS\": …}");
    }
    let mut principals = BTreeSet::new();
    for (kind, values) in members(value, place)? {
        let at = place.key(kind);
        for text in strings(values, &at)? {
            match Principal::new(kind, &text) {
                Some(principal) => drop(principals.insert(principal)),
                None => return refuse(&at, "no type of principal"),
            }
        }
    }
    Ok(principals)
}

fn parse_conditions(value: &Json, place: &Place) -> Parsed<Conditions> {
    let mut conditions = Conditions::new();
    let mut operators = BTreeSet::new();
    for (operator, keys) in members(value, place)? {
        let at = place.key(operator);
        let operator = Caseless::new(operator);
        if !operators.insert(operator.clone()) {
            return refuse(&at, "the operator stands twice in the condition");
        }
        for (key, values) in members(keys, &at)? {
            let at = at.key(key);
            let values = placed_elements(values, &at).map(|(at, value)| scalar(value, &at));
            let values = values.collect::<Parsed<BTreeSet<String>>>()?;
            if conditions.insert((Caseless::new(key), operator.clone()), values).is_some() {
                return refuse(&at, "the condition key stands twice under its operator");
            }
        }
    }
    Ok(conditions)
}

fn scalar(value: &Json, place: &Place) -> Parsed<String> {
    match value.scalar_text() {
        Some(text) => Ok(text),
        None => refuse(place, "no string, number or boolean"),
    }
}

fn strings(value: &Json, place: &Place) -> Parsed<BTreeSet<String>> {
    placed_elements(value, place)
        .map(|(place, value)| string(value, &place).map(str::to_owned))
        .collect()
}

fn string<'a>(value: &'a Json, place: &Place) -> Parsed<&'a str> {
    match value {
        Json::String(text) => Ok(text),
        _ => refuse(place, "not a string"),
    }
}

fn members<'a>(value: &'a Json, place: &Place) -> Parsed<&'a [(String, Json)]> {
    match value {
        Json::Object(members) => Ok(members),
        _ => refuse(place, "not an object"),
    }
}

fn refuse<T>(place: &Place, problem: &'static str) -> Parsed<T> {
    Err(PolicyParseError::Shape { place: place.to_string(), problem })
}
