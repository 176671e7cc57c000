//! `GET /api/v1/drift`: what differs and differed, and how much of it over time.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use digitalex_store::{DriftEvent, DriftFilter, DriftPoint, Page};
use jiff::SignedDuration;

use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json};
use crate::http::query::Query;

/// A year, and a day for the leap year.
const HOURS_MAX: u32 = 366 * 24;
const STEPS_MAX: u32 = 500;

#[utoipa::path(get, path = "/api/v1/drift", tag = "drift", params(
    ("open" = Option<bool>, Query, description = "That which is still there, or gone"),
    ("aspect" = Option<String>, Query, description = "Of this aspect"),
    ("effect" = Option<String>, Query, description = "With this effect: widens, narrows or cosmetic"),
    ("account" = Option<String>, Query, description = "Of this account", pattern = "^[0-9]{12}$"),
    ("cursor" = Option<String>, Query, description = "Where the page before ended: its next"),
    ("limit" = Option<u32>, Query, description = "Most items on the page, 1 to 500", minimum = 1, maximum = 500),
), responses(
    (status = 200, body = Page<DriftEvent>), (status = "default", body = ErrorBody),
))]
/// What differs and differed, newest first
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Answer<Page<DriftEvent>> {
    let known = ["open", "aspect", "effect", "account", "cursor", "limit"];
    let query = Query::read(query.as_deref(), &known)?;
    let filter = DriftFilter {
        open: query.one("open")?,
        aspect: query.word("aspect")?,
        effect: query.word("effect")?,
        account: query.one("account")?,
    };
    Ok(Json(shared.store.drift(&filter, &query.page()?).await?))
}

#[utoipa::path(get, path = "/api/v1/drift/series", tag = "drift", params(
    ("hours" = Option<u32>, Query, description = "How far back, 1 to 8784; 24 where it is not given", minimum = 1, maximum = 8784),
    ("steps" = Option<u32>, Query, description = "Points, 1 to 500; 48 where it is not given", minimum = 1, maximum = 500),
), responses(
    (status = 200, body = Vec<DriftPoint>), (status = "default", body = ErrorBody),
))]
/// How much drift there was over time, for a chart
pub(in crate::http) async fn series(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Answer<Vec<DriftPoint>> {
    let query = Query::read(query.as_deref(), &["hours", "steps"])?;
    let hours = query.number("hours", (1, 24, HOURS_MAX))?;
    let steps = query.number("steps", (1, 48, STEPS_MAX))?;
    let to = shared.clock.now();
    let from = to - SignedDuration::from_hours(i64::from(hours));
    Ok(Json(shared.store.drift_series(from, to, steps).await?))
}
