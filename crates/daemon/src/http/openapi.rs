//! `GET /api/v1/openapi.json`: the API's description.

use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::http::answer::{ErrorBody, Json};
use crate::http::api::{
    account, accounts, commands, drift, events, history, passes, status, units,
};
use crate::http::probes;

/// The description of everything but the page.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "digitalex-rollout",
        description = "The state of the DigitalEx role in the accounts of an AWS organization. Times \
                       are RFC 3339. On loopback without a configured token no token is needed."
    ),
    paths(
        get,
        probes::health,
        probes::readiness,
        probes::metrics,
        status::get,
        events::stream,
        accounts::list,
        account::get,
        history::of_one,
        history::of_all,
        commands::visit,
        commands::pass,
        commands::reload,
        drift::list,
        drift::series,
        passes::list,
        units::list,
    ),
    modifiers(&BearerScheme),
    security(("bearer" = [])),
)]
struct Description;

struct BearerScheme;

impl utoipa::Modify for BearerScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "daemon", responses(
    (status = 200, body = Object), (status = "default", body = ErrorBody),
))]
/// This description
pub(super) async fn get() -> Json<utoipa::openapi::OpenApi> {
    Json(description())
}

pub(super) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
