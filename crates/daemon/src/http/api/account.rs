//! `GET /api/v1/accounts/{id}`: one account, with what is wanted and found side by side.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use digitalex_store::AccountPage;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json, Refusal};
use crate::http::api::documents::{Document, documents};
use crate::http::query::{AccountInPath, Query};

/// All there is to say of one account, but for its history.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct AccountAnswer {
    #[serde(flatten)]
    page: AccountPage,
    /// The role's documents and settings, wanted and found.
    documents: Vec<Document>,
}

#[utoipa::path(get, path = "/api/v1/accounts/{id}", tag = "accounts", params(
    ("id" = String, Path, description = "The account id", pattern = "^[0-9]{12}$"),
), responses(
    (status = 200, body = AccountAnswer), (status = "default", body = ErrorBody),
))]
/// One account, with what is wanted and found side by side
pub(in crate::http) async fn get(
    State(shared): State<Arc<Shared>>,
    AccountInPath(id): AccountInPath,
    RawQuery(query): RawQuery,
) -> Answer<AccountAnswer> {
    Query::read(query.as_deref(), &[])?;
    let page = shared.store.account(id).await?.ok_or_else(|| Refusal::no_such_account(id))?;
    let wanted = (shared.desired)(id);
    let documents = documents(&page, wanted.as_ref());
    Ok(Json(AccountAnswer { page, documents }))
}
