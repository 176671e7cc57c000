//! `GET /api/v1/passes`: passes over the organization.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use digitalex_store::{Page, PassLine};

use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json};
use crate::http::query::Query;

#[utoipa::path(get, path = "/api/v1/passes", tag = "passes", params(
    ("cursor" = Option<String>, Query, description = "Where the page before ended: its next"),
    ("limit" = Option<u32>, Query, description = "Most items on the page, 1 to 500", minimum = 1, maximum = 500),
), responses(
    (status = 200, body = Page<PassLine>), (status = "default", body = ErrorBody),
))]
/// Passes over the organization, newest first
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Answer<Page<PassLine>> {
    let page = Query::read(query.as_deref(), &["cursor", "limit"])?.page()?;
    Ok(Json(shared.store.passes(&page).await?))
}
