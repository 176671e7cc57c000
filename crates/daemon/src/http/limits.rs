//! What is refused before it is looked at, and what every answer carries.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::http::answer::Refusal;

const URI_BYTES_MAX: usize = 8 * 1024;
const BODY_BYTES_MAX: usize = 64 * 1024;
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The page takes everything from the daemon itself, and nobody may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Sets the headers that every answer carries; nothing is kept by a cache unless it says so.
pub(super) async fn strict_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    response
}

/// Refuses other methods, long addresses and long bodies.
pub(super) async fn bounded(request: Request, next: Next) -> Response {
    match bound(request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn bound(request: Request) -> Result<Request, Refusal> {
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return Err(Refusal::method_not_allowed());
    }
    let uri = request.uri();
    let uri_bytes = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if uri_bytes > URI_BYTES_MAX {
        let message = format!("the address has {uri_bytes} bytes; {URI_BYTES_MAX} are taken");
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, "uri_too_long", message));
    }
    let (parts, body) = request.into_parts();
    let declared = parts.headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    // Only a body that is too long, or that breaks off, cannot be read.
    let body = match timeout(BODY_READ_TIMEOUT, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(body) => body.map_err(|_| too_large())?,
        Err(_) => {
            let message = "the body did not arrive in time";
            return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", message));
        }
    };
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn too_large() -> Refusal {
    let message = format!("the body is longer than {BODY_BYTES_MAX} bytes, or breaks off");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}
