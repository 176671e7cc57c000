//! `GET /api/v1/events`: what happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::http::Shared;
use crate::http::answer::{ErrorBody, Refusal};
use crate::http::api::status;
use crate::http::news::ServerEvent;
use crate::http::publisher::event;
use crate::http::query::Query;

const STREAMS_MAX: usize = 64;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The streams that are open; they end when the daemon stops.
#[derive(Debug, Clone)]
pub(in crate::http) struct Streams {
    places: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Streams {
    pub(in crate::http) fn until(stop: CancellationToken) -> Self {
        Self { places: Arc::new(Semaphore::new(STREAMS_MAX)), stop }
    }
}

#[utoipa::path(get, path = "/api/v1/events", tag = "state", responses(
    (status = 200, content_type = "text/event-stream", body = String, description = "\
        `status`: the status, first and whenever it changed, at most once a second; `account`: an \
        account that was visited, at most 20 a second, the rest is left out; `drift`: drift that \
        came, grew or went; `pass`: a pass that ended. The data are those of the API. Who reads too \
        slowly misses some."),
    (status = "default", body = ErrorBody),
))]
/// What happens, as server-sent events
pub(in crate::http) async fn stream(
    State(shared): State<Arc<Shared>>,
    State(streams): State<Streams>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    Query::read(query.as_deref(), &[])?;
    let Ok(place) = streams.places.try_acquire_owned() else {
        let message = format!("{STREAMS_MAX} event streams are open already");
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(Refusal::new(status, "too_many_streams", message)
            .with_remedy("close other windows of the status page"));
    };
    // Listening comes first, so that nothing falls between the status and what follows it.
    let news = shared.news.listen();
    let first = event("status", &status::read(&shared).await?)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let events = stream::iter([first])
        .chain(following(news, place))
        .take_until(streams.stop.cancelled_owned())
        .map(|event| Ok::<_, Infallible>(Event::default().event(event.name).data(&*event.data)));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn following(
    news: broadcast::Receiver<ServerEvent>,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = ServerEvent> {
    stream::unfold((news, place), |(mut news, place)| async move {
        loop {
            match news.recv().await {
                Ok(event) => return Some((event, (news, place))),
                // This one reads too slowly: it misses some, and the daemon waits for nobody.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    })
}
