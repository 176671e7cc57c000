//! The world over HTTP, for the SDK and any other AWS client: one router for all services.

mod json;
mod on_the_way;
mod query;
mod request;
mod signature;
mod xml;

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::Value;

use crate::exchange::{Failure, Serve};
use crate::faults::CallInfo;
use crate::world::table::{Prepared, prepare};
use crate::world::{Distortion, World};
use crate::{AwsError, Credentials, Sandbox};
pub use on_the_way::OnTheWay;
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
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let request_id = sandbox.request_id();
    let query = query.unwrap_or_default();
    let call = match Call::read(&headers, &query, &body) {
        Ok(call) => call,
        Err(error) => {
            let body = xml::error(&error, "", &request_id);
            return respond(error.http_status, Protocol::Query, body, &request_id).into_response();
        }
    };
    let signature = signature::read(&method, &query, &headers, &body).unwrap_or_default();
    let credentials = request::credentials(&headers).signed(signature);
    let namespace = call.namespace();
    let Call { protocol, service, operation, parameters } = call;
    let form = Form { protocol, operation: &operation, namespace, request_id: &request_id };
    let answer = match prepare(&service, &operation, parameters) {
        Ok(prepared) => {
            let call = Signed { prepared, at: request::signed_at(&headers) };
            sandbox.exchange(&credentials, call).await
        }
        Err(error) => Err(Failure::Aws(error)),
    };
    let response = match answer {
        Ok(output) => form.answer(&sandbox, Ok(output)).into_response(),
        Err(Failure::Aws(error)) => form.answer(&sandbox, Err(error)).into_response(),
        Err(Failure::Wire(lost)) => {
            on_the_way::lost(lost, |answer| form.answer(&sandbox, answer)).into_response()
        }
    };
    // The call counts from when it arrives; the answer takes its time.
    sandbox.delay().await;
    response
}

/// How the answers to one request are written.
struct Form<'a> {
    protocol: Protocol,
    operation: &'a str,
    namespace: &'a str,
    request_id: &'a str,
}

impl Form<'_> {
    fn answer(&self, sandbox: &Sandbox, answer: Result<Value, AwsError>) -> Response<String> {
        let Self { protocol, operation, namespace, request_id } = *self;
        let retry_after = answer.as_ref().err().and_then(|error| sandbox.retry_after(error));
        let (status, body) = match (answer, protocol) {
            (Ok(output), Protocol::Json) => (200, json::response(output)),
            (Err(error), Protocol::Json) => (error.http_status, json::error(&error)),
            (Ok(output), Protocol::Query) => {
                (200, xml::response(operation, namespace, &output, request_id))
            }
            (Err(error), Protocol::Query) => {
                (error.http_status, xml::error(&error, namespace, request_id))
            }
        };
        let mut response = respond(status, protocol, body, request_id);
        if let Some(wait) = retry_after {
            // Whole seconds are all that the header can say.
            let wait = HeaderValue::from(wait.as_secs_f64().ceil() as u64);
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        if let Some(date) = sandbox.date() {
            response.headers_mut().insert(header::DATE, date);
        }
        response
    }
}

fn respond(status: u16, protocol: Protocol, body: String, request_id: &str) -> Response<String> {
    let content_type = match protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Query => "text/xml",
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", request_id);
    }
    response
}

/// A call, and the time that it is signed with.
struct Signed {
    prepared: Box<dyn Prepared>,
    at: Option<Timestamp>,
}

impl Serve<Value> for Signed {
    // Whoever carries the answer lets it drip in, and the client itself says how long it waits.
    const PATIENCE: Duration = Duration::ZERO;

    fn info(&mut self, world: &World, credentials: &Credentials) -> CallInfo {
        CallInfo { signed_at: self.at, ..self.prepared.info(world, credentials) }
    }

    fn serve(
        self,
        world: &mut World,
        credentials: &Credentials,
        how: Option<&Distortion>,
    ) -> Result<Value, AwsError> {
        self.prepared.serve(world, credentials, how)
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use digitalex_engine::Clock;
    use futures::future::BoxFuture;
    use jiff::Timestamp;

    use super::*;
    use crate::SandboxOptions;

    struct StoppedClock;

    impl Clock for StoppedClock {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    async fn get_caller_identity(sandbox: &Sandbox, region: &str) -> Response {
        let signature =
            format!("AWS4-HMAC-SHA256 Credential=AKIAX/20260101/{region}/sts/aws4_request");
        let mut headers = HeaderMap::new();
        headers.insert("authorization", signature.parse().expect("a header"));
        let body = Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15");
        serve(State(sandbox.clone()), Method::POST, headers, RawQuery(None), body).await
    }

    #[tokio::test]
    async fn a_throttled_answer_should_say_how_long_to_wait_and_bind_its_region_alone() {
        let options = SandboxOptions {
            enforce_limits: true,
            retry_after: Some(Duration::from_millis(1_500)),
            ..SandboxOptions::default()
        };
        let world = crate::generate::empty("111111111111".parse().expect("an account id"));
        let sandbox = Sandbox::new(world, Arc::new(StoppedClock), options);
        let mut answers = Vec::new();
        for _ in 0..=600 {
            answers.push(get_caller_identity(&sandbox, "us-east-1").await);
        }
        let served = answers.iter().filter(|answer| answer.status() == StatusCode::OK);
        assert_eq!(served.count(), 600);
        assert_eq!(answers[600].headers()[header::RETRY_AFTER], "2");
        assert!(!answers[0].headers().contains_key(header::RETRY_AFTER));
        let elsewhere = get_caller_identity(&sandbox, "eu-central-1").await;
        assert_eq!(elsewhere.status(), StatusCode::OK);
    }
}
