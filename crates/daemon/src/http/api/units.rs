//! `GET /api/v1/units`: the organization as a tree.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use digitalex_store::UnitLine;

use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json};
use crate::http::query::Query;

#[utoipa::path(get, path = "/api/v1/units", tag = "state", responses(
    (status = 200, body = Vec<UnitLine>), (status = "default", body = ErrorBody),
))]
/// Roots and OUs, each with the accounts anywhere below it
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Answer<Vec<UnitLine>> {
    Query::read(query.as_deref(), &[])?;
    Ok(Json(shared.store.units().await?))
}
