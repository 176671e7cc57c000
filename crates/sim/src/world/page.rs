//! Pages of lists. A token names the last item given, so that a list that changes between two
//! pages loses nothing that stays.

use serde::{Deserialize, Serialize};

use super::operation::{Integer, Service};
use crate::AwsError;

/// IAM's paging input.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MarkerInput {
    pub(crate) marker: Option<String>,
    pub(crate) max_items: Option<Integer>,
}

/// IAM's paging output.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MarkerOutput {
    pub(crate) is_truncated: bool,
    pub(crate) marker: Option<String>,
}

/// Organizations' and Cost and Usage Reports' paging input.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TokenInput {
    pub(crate) next_token: Option<String>,
    pub(crate) max_results: Option<Integer>,
}

/// Which page is asked for.
pub(crate) enum PageInput<'a> {
    Marker(&'a mut MarkerInput),
    Token(&'a mut TokenInput),
}

impl PageInput<'_> {
    /// Where it goes on; none on the first page.
    pub(crate) fn token(&self) -> Option<&String> {
        match self {
            Self::Marker(input) => input.marker.as_ref(),
            Self::Token(input) => input.next_token.as_ref(),
        }
    }

    /// Asks for one item.
    pub(crate) fn shorten(self) {
        match self {
            Self::Marker(input) => input.max_items = Some(Integer(1)),
            Self::Token(input) => input.max_results = Some(Integer(1)),
        }
    }
}

/// The token of the first page.
pub(crate) fn first_token() -> String {
    to_token("")
}

impl MarkerInput {
    /// The page of `items` (in the order of their keys) that is asked for.
    pub(crate) fn page<T>(
        &self,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, MarkerOutput), AwsError> {
        let size = size(Service::Iam, "maxItems", self.max_items, 1000, 100)?;
        let after = last_key(Service::Iam, self.marker.as_deref())?;
        let (page, marker) = take(items, key, after.as_deref(), size);
        Ok((page, MarkerOutput { is_truncated: marker.is_some(), marker }))
    }
}

impl TokenInput {
    /// The page of `items` (in the order of their keys) that is asked for, and the next token.
    /// Organizations' pages hold at most 20.
    pub(crate) fn page<T>(
        &self,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), AwsError> {
        self.page_of(Service::Organizations, 20, items, key)
    }

    /// As [`Self::page`], of Cost and Usage Reports, whose pages hold at most 5.
    pub(crate) fn page_of_five<T>(
        &self,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), AwsError> {
        self.page_of(Service::CostReports, 5, items, key)
    }

    fn page_of<T>(
        &self,
        service: Service,
        size_max: u8,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), AwsError> {
        let (max, default) = (size_max.into(), size_max.into());
        let size = size(service, "maxResults", self.max_results, max, default)?;
        let after = last_key(service, self.next_token.as_deref())?;
        Ok(take(items, key, after.as_deref(), size))
    }

    /// The key of the last item that was given.
    pub(crate) fn after(&self) -> Result<Option<String>, AwsError> {
        last_key(Service::Organizations, self.next_token.as_deref())
    }
}

fn take<T>(
    items: impl Iterator<Item = T>,
    key: impl Fn(&T) -> String,
    after: Option<&str>,
    size: usize,
) -> (Vec<T>, Option<String>) {
    let mut page: Vec<T> = items
        .skip_while(|item| after.is_some_and(|after| key(item).as_str() <= after))
        .take(size + 1)
        .collect();
    let more = page.len() > size;
    page.truncate(size);
    let token = page.last().filter(|_| more).map(|last| to_token(&key(last)));
    (page, token)
}

fn size(
    service: Service,
    name: &str,
    asked: Option<Integer>,
    max: i64,
    default: usize,
) -> Result<usize, AwsError> {
    match asked {
        None => Ok(default),
        Some(Integer(size)) if (1..=max).contains(&size) => {
            Ok(usize::try_from(size).unwrap_or(default))
        }
        Some(Integer(size)) => Err(service.invalid_parameters(format!(
            "1 validation error detected: Value '{size}' at '{name}' failed to satisfy constraint: \
             Member must have value between 1 and {max}"
        ))),
    }
}

fn to_token(key: &str) -> String {
    format!("T1{}", key.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn last_key(service: Service, token: Option<&str>) -> Result<Option<String>, AwsError> {
    let Some(token) = token else { return Ok(None) };
    let invalid = || match service {
        Service::Organizations => AwsError::organizations(
            "InvalidInputException",
            "You specified an invalid value for NextToken.",
        ),
        Service::CostReports => service.invalid_parameters("Invalid NextToken.".to_owned()),
        Service::Iam | Service::Sts => AwsError::validation(format!("Invalid Marker: {token}")),
    };
    let hex = token.strip_prefix("T1").ok_or_else(invalid)?;
    let bytes: Option<Vec<u8>> = (0..hex.len())
        .step_by(2)
        .map(|place| hex.get(place..place + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(invalid)?;
    Ok(Some(key))
}
