//! `GET /api/v1/history`, and that of one account: what was done, and what became of it.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use digitalex_store::{HistoryEntry, HistoryFilter, Page};

use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json, Refusal};
use crate::http::query::{AccountInPath, Query};

#[utoipa::path(get, path = "/api/v1/history", tag = "history", params(
    ("cursor" = Option<String>, Query, description = "Where the page before ended: its next"),
    ("limit" = Option<u32>, Query, description = "Most items on the page, 1 to 500", minimum = 1, maximum = 500),
), responses(
    (status = 200, body = Page<HistoryEntry>), (status = "default", body = ErrorBody),
))]
/// What was done in all accounts, newest first
pub(in crate::http) async fn of_all(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Answer<Page<HistoryEntry>> {
    let page = Query::read(query.as_deref(), &["cursor", "limit"])?.page()?;
    Ok(Json(shared.store.history(&HistoryFilter { account: None }, &page).await?))
}

#[utoipa::path(get, path = "/api/v1/accounts/{id}/history", tag = "accounts", params(
    ("id" = String, Path, description = "The account id", pattern = "^[0-9]{12}$"),
    ("cursor" = Option<String>, Query, description = "Where the page before ended: its next"),
    ("limit" = Option<u32>, Query, description = "Most items on the page, 1 to 500", minimum = 1, maximum = 500),
), responses(
    (status = 200, body = Page<HistoryEntry>), (status = "default", body = ErrorBody),
))]
/// What was done in one account, newest first
pub(in crate::http) async fn of_one(
    State(shared): State<Arc<Shared>>,
    AccountInPath(id): AccountInPath,
    RawQuery(query): RawQuery,
) -> Answer<Page<HistoryEntry>> {
    let page = Query::read(query.as_deref(), &["cursor", "limit"])?.page()?;
    let entries = shared.store.history(&HistoryFilter { account: Some(id) }, &page).await?;
    if entries.items.is_empty() && shared.store.account(id).await?.is_none() {
        return Err(Refusal::no_such_account(id));
    }
    Ok(Json(entries))
}
