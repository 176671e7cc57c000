//! What the daemon says to the person who started it.

use std::sync::Arc;

use digitalex_store::{HolderInfo, StoreError};
use miette::Report;
use serde_json::json;

use super::recorder::STORE;
use super::systemd;
use crate::Context;
use crate::connection::Connection;
use crate::exit::Failure;
use crate::http::{HttpServer, Shared};
use crate::output::{print, print_json};

/// Where the daemon serves.
pub(crate) fn serving(
    context: &Context,
    connection: &Connection,
    server: &HttpServer,
) -> Result<(), Report> {
    let address = server.local_addr().map_err(|error| {
        Failure::caused("the address of the HTTP server is not known", "start it again", error)
    })?;
    let http = &connection.settings.service.http;
    let scheme = if http.tls_cert_file.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{address}");
    let organization = &connection.info.id;
    let correction = &connection.settings.service.correction;
    let mode = if correction.is_empty() { "observe" } else { "correct" };
    if context.is_json() {
        return print_json(&json!({ "url": url, "organization": organization, "mode": mode }));
    }
    print(&format!("Keeping organization {organization}, mode {mode}; status page: {url}"))
}

/// Tells once of each daemon that is waited for.
pub(crate) fn waiting(
    shared: &Arc<Shared>,
) -> impl FnMut(Result<&HolderInfo, &StoreError>) + Send + use<> {
    let shared = Arc::clone(shared);
    let mut told = None;
    move |asked| {
        let other = match asked {
            Ok(other) => other,
            Err(error) => {
                tracing::warn!(%error, "the lease cannot be asked for");
                let remedy = "make room on its disk; it mends by itself".to_owned();
                shared.live().fault(STORE, error.to_string(), Some(remedy));
                shared.news.changed();
                return;
            }
        };
        shared.live().mend(STORE);
        if told.as_ref() != Some(&other.holder) {
            let (host, pid) = (&other.holder.host, other.holder.pid);
            tracing::info!(host, pid, "another daemon holds the lease: this one waits");
            systemd::status(&format!("waiting: {host}, process {pid}, holds the lease"));
            told = Some(other.holder.clone());
            shared.news.changed();
        }
    }
}
