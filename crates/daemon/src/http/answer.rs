//! The answers of the API: JSON, and one shape for every error.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use digitalex_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// A value as JSON.
pub(super) struct Json<T>(pub(super) T);

/// Why a request was refused, or could not be served.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) error: ErrorDetail,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    error: ErrorDetail,
}

/// What went wrong, and the next step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorDetail {
    /// A stable word for machines.
    code: Cow<'static, str>,
    /// What happened.
    message: String,
    /// The next step for a person.
    remedy: Option<String>,
}

/// What every handler gives.
pub(super) type Answer<T> = Result<Json<T>, Refusal>;

impl Refusal {
    pub(super) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        let error = ErrorDetail { code: code.into(), message: message.into(), remedy: None };
        Self { status, error }
    }

    pub(super) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.error.remedy = Some(remedy.into());
        self
    }

    /// A parameter that is unknown or does not hold what it should; the message names it.
    pub(super) fn bad_parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_parameter", message)
            .with_remedy("see /api/v1/openapi.json for the parameters")
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
            .with_remedy("see /api/v1/openapi.json for what there is")
    }

    pub(super) fn no_such_account(id: digitalex_core::AccountId) -> Self {
        let message = format!("account {id} was never seen in the organization");
        Self::new(StatusCode::NOT_FOUND, "no_such_account", message).with_remedy(
            "accounts are seen when they are listed: look at listing in /api/v1/status",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "this method is not served here";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
            .with_remedy("report this, with the log")
    }
}

/// The store's errors name the next step themselves.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cursor => Self::bad_parameter(format!("parameter cursor: {error}")),
            error => {
                tracing::warn!(%error, "an answer could not be read from the store");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store", error.to_string())
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Json(ErrorBody { error: self.error }).into_response();
        *response.status_mut() = self.status;
        response
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], body).into_response()
            }
            // What cannot be written is a fault of this program; the words here always can.
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                (StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written").into_response()
            }
        }
    }
}
