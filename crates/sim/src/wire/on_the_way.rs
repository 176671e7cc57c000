//! Answers that the connection does not bring as they are.

use axum::Extension;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::Value;

use crate::AwsError;
use crate::exchange::Lost;
use crate::faults::WireFault;

/// What goes wrong with an answer on its way, among the answer's extensions for whoever carries it.
#[derive(Debug, Clone)]
pub struct OnTheWay {
    /// What goes wrong.
    pub how: WireFault,
    /// What AWS answered, where it had the request.
    pub answer: Option<Response<String>>,
    /// What may show in several ways shows in the one that this number says.
    pub drawn: u64,
}

/// The answer in place of one that is lost; `write` writes what AWS answered. Over a socket it is a 502.
pub(super) fn lost(
    Lost { how, answer, drawn }: Lost<Value>,
    write: impl FnOnce(Result<Value, AwsError>) -> Response<String>,
) -> impl IntoResponse {
    let answer = answer.map(|answer| match how {
        WireFault::ServerErrorAfter => Err(AwsError::service_failure()),
        _ => answer,
    });
    let on_the_way = OnTheWay { how, answer: answer.map(write), drawn };
    let page = "<html><head><title>502 Bad Gateway</title></head><body></body></html>";
    let headers = [(header::CONTENT_TYPE, "text/html")];
    (StatusCode::BAD_GATEWAY, headers, Extension(on_the_way), page)
}
