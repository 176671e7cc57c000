//! JSON as a policy needs it: the order of keys is kept, and a key that stands twice is refused.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// Stands where a secret value stood.
const HIDDEN: &str = "(hidden)";

/// From here on a number read as a double may be another one than the one that was written.
const EXACT_DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;

#[derive(Clone)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The text of a string, or the string form of a number or boolean, which IAM takes for the
    /// same in a condition.
    pub(super) fn scalar_text(&self) -> Option<String> {
        match self {
            Self::String(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The elements of a list; what is no list counts as a list of itself.
    pub(super) fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) => elements,
            scalar => std::slice::from_ref(scalar),
        }
    }

    /// The same with every value under a key `sts:ExternalId`, in any case, hidden.
    pub(super) fn redacted(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.clone()),
            Self::Array(elements) => elements.iter().map(Self::redacted).collect(),
            Self::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| {
                        let secret = super::condition::is_external_id(key);
                        (key.clone(), if secret { value.hidden() } else { value.redacted() })
                    })
                    .collect(),
            ),
        }
    }

    fn hidden(&self) -> Value {
        match self {
            Self::Array(elements) => elements.iter().map(Self::hidden).collect(),
            _ => Value::String(HIDDEN.to_owned()),
        }
    }
}

/// Compact, in the order in which it was written.
impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(flag) => write!(out, "{flag}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::String(text) => write!(out, "{}", Value::from(text.as_str())),
            Self::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    write!(out, "{}{element}", if index == 0 { "[" } else { "," })?;
                }
                out.write_str(if elements.is_empty() { "[]" } else { "]" })
            }
            Self::Object(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    let before = if index == 0 { "{" } else { "," };
                    write!(out, "{before}{}:{value}", Value::from(key.as_str()))?;
                }
                out.write_str(if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        match Number::from_f64(number) {
            Some(exact) if number.abs() < EXACT_DOUBLE_MAX => Ok(Json::Number(exact)),
            _ => Err(E::custom("a number too large to be read exactly: write it as a string")),
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut seen = BTreeSet::new();
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a key stands twice in one object"));
            }
            members.push((key, map.next_value()?));
        }
        Ok(Json::Object(members))
    }
}
