//! Sends the news on, at most once a second.

use std::sync::Arc;
use std::time::Duration;

use digitalex_store::{AccountFilter, PageRequest, StoreError};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::http::Shared;
use crate::http::api::status;
use crate::http::news::{ServerEvent, Waiting};

/// From one round of news to the next.
const ROUND: Duration = Duration::from_secs(1);

/// Sends the news on until `stop`.
pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let rounds = async {
        loop {
            shared.news.wait().await;
            if let Some(waiting) = shared.news.take()
                && let Err(error) = publish(&shared, waiting).await
            {
                tracing::warn!(%error, "those who listen are not told");
            }
            shared.clock.sleep(ROUND).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = rounds => {}
    }
}

async fn publish(shared: &Shared, waiting: Waiting) -> Result<(), StoreError> {
    for id in waiting.accounts {
        let filter = AccountFilter { search: Some(id.to_string()), ..AccountFilter::default() };
        let page = PageRequest { cursor: None, limit: 1 };
        let found = shared.store.accounts(&filter, &page).await?;
        if let Some(line) = found.items.first().filter(|line| line.id == id) {
            tell(shared, "account", line);
        }
    }
    for event in &waiting.drift {
        tell(shared, "drift", event);
    }
    if waiting.pass_ended {
        let page = PageRequest { cursor: None, limit: 1 };
        if let Some(pass) = shared.store.passes(&page).await?.items.first() {
            tell(shared, "pass", pass);
        }
    }
    tell(shared, "status", &status::read(shared).await?);
    Ok(())
}

fn tell(shared: &Shared, name: &'static str, value: &impl Serialize) {
    match event(name, value) {
        Ok(event) => shared.news.tell(event),
        Err(error) => tracing::error!(%error, name, "an event cannot be written as JSON"),
    }
}

/// A value as an event.
pub(super) fn event(
    name: &'static str,
    value: &impl Serialize,
) -> Result<ServerEvent, serde_json::Error> {
    Ok(ServerEvent { name, data: serde_json::to_string(value)?.into() })
}
