//! What can be asked of the daemon: a pass, a visit, and to read its configuration again.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use digitalex_engine::KeepCommand;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::error::TrySendError;
use utoipa::ToSchema;

use crate::daemon::Role;
use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json, Refusal};
use crate::http::query::{AccountInPath, Query};

/// What was asked for will be done.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Queued {
    queued: bool,
}

/// The new configuration is in force.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Applied {
    applied: bool,
    /// The sections that changed but need a restart.
    needs_restart: Vec<String>,
}

#[utoipa::path(post, path = "/api/v1/passes", tag = "passes", responses(
    (status = 202, body = Queued), (status = "default", body = ErrorBody),
))]
/// Asks for a pass now, or right after the one that runs
pub(in crate::http) async fn pass(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    check(query.as_deref(), &headers, &body)?;
    command(&shared, KeepCommand::Pass)
}

#[utoipa::path(post, path = "/api/v1/accounts/{id}/visit", tag = "accounts", params(
    ("id" = String, Path, description = "The account id", pattern = "^[0-9]{12}$"),
), responses(
    (status = 202, body = Queued), (status = "default", body = ErrorBody),
))]
/// Asks for a visit of one account now
pub(in crate::http) async fn visit(
    State(shared): State<Arc<Shared>>,
    AccountInPath(id): AccountInPath,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    check(query.as_deref(), &headers, &body)?;
    let known = shared.store.account(id).await?;
    if known.is_none_or(|page| page.left_at.is_some()) {
        return Err(Refusal::no_such_account(id));
    }
    command(&shared, KeepCommand::Visit(id))
}

#[utoipa::path(post, path = "/-/reload", tag = "daemon", responses(
    (status = 200, body = Applied),
    (status = 422, body = ErrorBody, description = "It is wrong; the old one is still in force"),
    (status = "default", body = ErrorBody),
))]
/// Reads the configuration again
pub(in crate::http) async fn reload(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Applied> {
    check(query.as_deref(), &headers, &body)?;
    active(&shared)?;
    match shared.read_configuration().await {
        Ok(reloaded) => Ok(Json(Applied { applied: true, needs_restart: reloaded.needs_restart })),
        Err(refused) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let refusal = Refusal::new(status, "configuration", refused.message);
            Err(match refused.remedy {
                Some(remedy) => refusal.with_remedy(remedy),
                None => refusal,
            })
        }
    }
}

fn command(shared: &Shared, command: KeepCommand) -> Result<Response, Refusal> {
    active(shared)?;
    let unavailable =
        |code, message: &str| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code, message);
    match shared.commands.try_send(command) {
        Ok(()) => Ok((StatusCode::ACCEPTED, Json(Queued { queued: true })).into_response()),
        Err(TrySendError::Full(_)) => {
            let message = "too many commands wait already";
            Err(unavailable("busy", message).with_remedy("try again in some seconds"))
        }
        Err(TrySendError::Closed(_)) => Err(unavailable("stopping", "the daemon is stopping")),
    }
}

fn active(shared: &Shared) -> Result<(), Refusal> {
    match shared.live().role() {
        Role::Active => Ok(()),
        Role::Standby => {
            let message = "another daemon holds the store's lease; this one waits for it to stop";
            Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "standby", message)
                .with_remedy("ask the one that is active"))
        }
    }
}

/// No command takes parameters or a body; an empty JSON object is let pass.
fn check(query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Result<(), Refusal> {
    Query::read(query, &[])?;
    if body.is_empty() {
        return Ok(());
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|found| found.to_str().ok());
    let media_type = content_type.and_then(|found| found.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|found| found.eq_ignore_ascii_case("application/json")) {
        let message = "a body must be application/json";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Refusal::new(status, "unsupported_media_type", message));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) if members.is_empty() => Ok(()),
        _ => Err(Refusal::new(StatusCode::BAD_REQUEST, "bad_body", "this takes no body")
            .with_remedy("send none, or an empty JSON object")),
    }
}
