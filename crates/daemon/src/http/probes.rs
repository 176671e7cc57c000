//! `/healthz`, `/readyz` and `/metrics`: for those who look after the daemon.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::daemon::{Problem, Role};
use crate::http::Shared;
use crate::http::answer::{ErrorBody, Json};

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    alive: bool,
    role: Role,
}

/// Whether the daemon does its work, and what keeps it from it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    ready: bool,
    problems: Vec<Problem>,
}

#[utoipa::path(get, path = "/healthz", tag = "daemon", responses((status = 200, body = Health)))]
/// Whether the process answers; a standby does
pub(super) async fn health(State(shared): State<Arc<Shared>>) -> Json<Health> {
    Json(Health { alive: true, role: shared.live().role() })
}

#[utoipa::path(get, path = "/readyz", tag = "daemon", responses(
    (status = 200, body = Readiness), (status = 503, body = Readiness),
))]
/// Whether the daemon does its work; a standby does not, with the problem `standby`
pub(super) async fn readiness(State(shared): State<Arc<Shared>>) -> Response {
    let mut problems = shared.live().problems();
    if let Err(error) = shared.store.lease_holder().await {
        let (code, message) = ("store".to_owned(), error.to_string());
        problems.push(Problem { code, message, remedy: None });
    }
    let ready = problems.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, problems })).into_response()
}

#[utoipa::path(get, path = "/metrics", tag = "daemon", responses(
    (status = 200, content_type = "text/plain", body = String), (status = "default", body = ErrorBody),
))]
/// What is counted, for Prometheus
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, text)], shared.metrics.text(&shared).await).into_response()
}
