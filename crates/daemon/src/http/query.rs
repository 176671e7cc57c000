//! Parameters of the path and the query, read strictly: what is not understood is refused, never ignored.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use digitalex_core::AccountId;
use digitalex_store::{PageRequest, Word};
use percent_encoding::percent_decode_str;

use crate::http::answer::Refusal;

/// The account that the path names.
pub(super) struct AccountInPath(pub(super) AccountId);

/// The parameters of one request.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the query of a request that may have these parameters.
    pub(super) fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let parameters: Result<Vec<_>, _> = pairs.map(|pair| read_pair(pair, known)).collect();
        parameters.map(Self)
    }

    /// The only value of a parameter, as it stands.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => {
                Err(Refusal::bad_parameter(format!("parameter {name} is given more than once")))
            }
            (value, None) => Ok(value.map(str::to_owned)),
        }
    }

    /// The only value of a parameter.
    pub(super) fn one<T>(&self, name: &str) -> Result<Option<T>, Refusal>
    where
        T: FromStr<Err: Display>,
    {
        self.text(name)?.map(|value| parse(name, &value)).transpose()
    }

    /// The only value of a parameter, one of its type's words.
    pub(super) fn word<T: Word>(&self, name: &str) -> Result<Option<T>, Refusal> {
        self.text(name)?.map(|value| choose(name, &value)).transpose()
    }

    /// All values of a parameter, each one of its type's words.
    pub(super) fn words<T: Word>(&self, name: &str) -> Result<Vec<T>, Refusal> {
        self.values(name).map(|value| choose(name, value)).collect()
    }

    /// Which page is asked for, by `cursor` and `limit`.
    pub(super) fn page(&self) -> Result<PageRequest, Refusal> {
        Ok(PageRequest {
            cursor: self.text("cursor")?,
            limit: self.number("limit", (1, 100, 500))?,
        })
    }

    /// The only value of a parameter, a whole number within these bounds.
    pub(super) fn number(
        &self,
        name: &str,
        (min, default, max): (u32, u32, u32),
    ) -> Result<u32, Refusal> {
        let value = self.one(name)?.unwrap_or(default);
        if (min..=max).contains(&value) {
            return Ok(value);
        }
        let message = format!("parameter {name} is {value}; it may be {min} to {max}");
        Err(Refusal::bad_parameter(message))
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AccountInPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|error| Refusal::bad_parameter(format!("parameter id: {error}")))?;
        parse("id", &id).map(Self)
    }
}

/// A value, refused by the name of its parameter.
fn parse<T>(name: &str, value: &str) -> Result<T, Refusal>
where
    T: FromStr<Err: Display>,
{
    value.parse().map_err(|error| Refusal::bad_parameter(format!("parameter {name}: {error}")))
}

fn choose<T: Word>(name: &str, value: &str) -> Result<T, Refusal> {
    T::from_word(value).ok_or_else(|| {
        let words: Vec<_> = T::WORDS.iter().map(|(_, word)| *word).collect();
        let words = words.join(", ");
        Refusal::bad_parameter(format!("parameter {name} is none of these: {words}"))
    })
}

fn read_pair(pair: &str, known: &[&str]) -> Result<(String, String), Refusal> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = decode(name)?;
    if !known.contains(&name.as_str()) {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let message = format!("parameter {name:?} is not known here; there are: {known}");
        return Err(Refusal::bad_parameter(message));
    }
    let value = decode(value)?;
    if value.chars().any(char::is_control) {
        let message = format!("parameter {name} holds a control character");
        return Err(Refusal::bad_parameter(message));
    }
    Ok((name, value))
}

fn decode(text: &str) -> Result<String, Refusal> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(|text| text.into_owned())
        .map_err(|_| Refusal::bad_parameter("a parameter of the query is no UTF-8"))
}
