//! Which request goes where.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use tokio_util::sync::CancellationToken;

use crate::http::answer::Refusal;
use crate::http::api::events::Streams;
use crate::http::api::{
    account, accounts, commands, drift, events, history, passes, status, units,
};
use crate::http::guard::{Access, allowed, known_host};
use crate::http::limits::{bounded, strict_headers};
use crate::http::{Shared, assets, openapi, probes};

/// What the handlers are given.
#[derive(Clone)]
pub(super) struct App {
    shared: Arc<Shared>,
    streams: Streams,
}

type Routes = Vec<(&'static str, MethodRouter<App>)>;

/// Everything that is served. What is not public goes through `allowed` by standing in its own
/// router, so that no spelling of a path gets around it.
pub(super) fn router(shared: Arc<Shared>, access: Access, stop: CancellationToken) -> Router {
    let access = Arc::new(access);
    let guarded = collect(guarded()).route_layer(from_fn_with_state(Arc::clone(&access), allowed));
    collect(public())
        .merge(guarded)
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .fallback(async || Refusal::not_found())
        .layer(from_fn(bounded))
        .layer(from_fn_with_state(access, known_host))
        .layer(from_fn(strict_headers))
        .with_state(App { shared, streams: Streams::until(stop) })
}

/// What everyone may see: the page, which holds no data, and whether the daemon works.
fn public() -> Routes {
    vec![
        ("/", get(assets::page)),
        ("/assets/{file}", get(assets::asset)),
        ("/healthz", get(probes::health)),
        ("/readyz", get(probes::readiness)),
    ]
}

/// What only those may see and do who are let in.
fn guarded() -> Routes {
    vec![
        ("/metrics", get(probes::metrics)),
        ("/api/v1/openapi.json", get(openapi::get)),
        ("/api/v1/status", get(status::get)),
        ("/api/v1/events", get(events::stream)),
        ("/api/v1/accounts", get(accounts::list)),
        ("/api/v1/accounts/{id}", get(account::get)),
        ("/api/v1/accounts/{id}/history", get(history::of_one)),
        ("/api/v1/accounts/{id}/visit", post(commands::visit)),
        ("/api/v1/history", get(history::of_all)),
        ("/api/v1/drift", get(drift::list)),
        ("/api/v1/drift/series", get(drift::series)),
        ("/api/v1/passes", get(passes::list).post(commands::pass)),
        ("/api/v1/units", get(units::list)),
        ("/-/reload", post(commands::reload)),
    ]
}

fn collect(routes: Routes) -> Router<App> {
    routes.into_iter().fold(Router::new(), |router, (path, route)| router.route(path, route))
}

impl FromRef<App> for Arc<Shared> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.shared)
    }
}

impl FromRef<App> for Streams {
    fn from_ref(app: &App) -> Self {
        app.streams.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_but_those_of_the_page_should_be_described() {
        let routes = public().into_iter().chain(guarded()).map(|(path, _)| path.to_owned());
        let page = ["/", "/assets/{file}"].map(str::to_owned);
        let described: BTreeSet<_> = openapi::description().paths.paths.into_keys().collect();
        let undescribed: Vec<_> = routes.clone().filter(|path| !described.contains(path)).collect();
        assert_eq!(undescribed, page);
        let served: BTreeSet<_> = routes.collect();
        assert!(described.is_subset(&served), "{described:?}");
    }
}
