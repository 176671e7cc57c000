//! The world over HTTP, for the SDK and any other AWS client: one router for all services.

mod json;
mod query;
mod request;
mod xml;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::{AwsError, Sandbox};
use request::{Call, Protocol};

/// The router: AWS's APIs at `/`, and the sandbox's own under `/_sandbox/`.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/", post(serve).get(serve))
        .route("/_sandbox/reset", post(reset))
        .route("/_sandbox/state-hash", get(state_hash))
        .route("/_sandbox/calls", get(calls))
        .with_state(sandbox)
}

async fn serve(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    sandbox.delay().await;
    let request_id = sandbox.request_id();
    let call = match Call::read(&headers, query.as_deref().unwrap_or_default(), &body) {
        Ok(call) => call,
        Err(error) => {
            return xml_response(&error, xml::error(&error, "", &request_id), &request_id);
        }
    };
    let credentials = request::credentials(&headers);
    let answer = sandbox.with_world(|world| {
        world.call(&credentials, &call.service, &call.operation, call.parameters.clone())
    });
    let (status, body) = match (&answer, call.protocol) {
        (Ok(output), Protocol::Json) => (200, json::response(output.clone())),
        (Err(error), Protocol::Json) => (error.http_status, json::error(error)),
        (Ok(output), Protocol::Query) => {
            (200, xml::response(&call.operation, call.namespace(), output, &request_id))
        }
        (Err(error), Protocol::Query) => {
            (error.http_status, xml::error(error, call.namespace(), &request_id))
        }
    };
    respond(status, call.protocol, body, &request_id)
}

fn xml_response(error: &AwsError, body: String, request_id: &str) -> Response {
    respond(error.http_status, Protocol::Query, body, request_id)
}

fn respond(status: u16, protocol: Protocol, body: String, request_id: &str) -> Response {
    let content_type = match protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Query => "text/xml",
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::HeaderName::from_static("x-amzn-requestid"), request_id),
    ];
    (status, headers, body).into_response()
}

async fn reset(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.reset();
    StatusCode::NO_CONTENT
}

async fn state_hash(State(sandbox): State<Sandbox>) -> String {
    sandbox.with_world(|world| world.state_hash())
}

async fn calls(State(sandbox): State<Sandbox>) -> Response {
    let counts = sandbox.with_world(|world| world.calls().clone());
    match serde_json::to_string(&counts) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
