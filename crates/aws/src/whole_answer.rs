//! An answer that was cut short or damaged is not an answer.
//!
//! The SDK's XML reader takes the end of the text for the end of every open element, so that a list
//! cut short would read as a shorter list. Its JSON reader takes no text at all for an object without
//! members, and reads over what is no JSON: a list would read as an empty one, and a page with a damaged
//! `NextToken` as the last.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use digitalex_core::planted::{PlantedBug, is_planted};
use serde_json::Value;

/// Fails a successful answer that is cut short or damaged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WholeAnswer {
    /// Of STS and IAM: its outermost element is closed.
    Xml,
    /// Of Organizations, Secrets Manager and Cost and Usage Reports: it is JSON by a stricter reader.
    Json,
}

#[dyn_dispatch_hint]
impl Intercept for WholeAnswer {
    fn name(&self) -> &'static str {
        "WholeAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        let whole = match self {
            _ if is_planted(PlantedBug::AcceptTruncatedAnswer) => true,
            Self::Xml => is_closed(body),
            Self::Json => serde_json::from_slice::<Value>(body).is_ok(),
        };
        if response.status().is_success() && !whole {
            return Err("the answer is cut short or damaged".into());
        }
        Ok(())
    }
}

fn is_closed(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let text = text.trim();
    let element = match text.strip_prefix("<?") {
        Some(declared) => declared.split_once("?>").map_or("", |(_, rest)| rest.trim_start()),
        None => text,
    };
    let after = |character: char| character.is_whitespace() || character == '>';
    match element.strip_prefix('<').and_then(|open| open.split(after).next()) {
        Some(name) if !name.is_empty() => element.ends_with(&format!("</{name}>")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_answer_should_close_its_outermost_element() {
        let cases = [
            ("<A x=\"1\"><B/></A>", true),
            ("<?xml version=\"1.0\"?>\n<A>\n</A>\n", true),
            ("<A x=\"1\"><B></B>", false),
            ("<A", false),
            ("<?xml version", false),
            ("", false),
        ];
        for (text, whole) in cases {
            assert_eq!(is_closed(text.as_bytes()), whole, "{text}");
        }
    }
}
