//! `GET /api/v1/accounts`: accounts as last seen, filtered and paged.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use digitalex_store::{AccountFilter, AccountLine, Page};

use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json};
use crate::http::query::Query;

const PARAMETERS: [&str; 8] =
    ["verdict", "effect", "aspect", "ou", "cause", "q", "cursor", "limit"];

#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", params(
    ("verdict" = Option<Vec<String>>, Query, description = "Those with this verdict; may be given several times"),
    ("effect" = Option<Vec<String>>, Query, description = "Those whose gravest effect is this: widens, narrows or cosmetic; may be given several times"),
    ("aspect" = Option<String>, Query, description = "Those in which this aspect differs"),
    ("ou" = Option<String>, Query, description = "Those anywhere below the root or OU with this id"),
    ("cause" = Option<String>, Query, description = "Those with this cause code"),
    ("q" = Option<String>, Query, description = "Those whose id begins with it, or whose name has it within, whatever the case"),
    ("cursor" = Option<String>, Query, description = "Where the page before ended: its next"),
    ("limit" = Option<u32>, Query, description = "Most items on the page, 1 to 500", minimum = 1, maximum = 500),
), responses(
    (status = 200, body = Page<AccountLine>), (status = "default", body = ErrorBody),
))]
/// Accounts as last seen, filtered and paged
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Answer<Page<AccountLine>> {
    let query = Query::read(query.as_deref(), &PARAMETERS)?;
    let filter = AccountFilter {
        verdicts: query.words("verdict")?,
        effects: query.words("effect")?,
        aspect: query.word("aspect")?,
        unit: query.text("ou")?,
        cause: query.text("cause")?,
        search: query.text("q")?.filter(|text| !text.is_empty()),
    };
    Ok(Json(shared.store.accounts(&filter, &query.page()?).await?))
}
