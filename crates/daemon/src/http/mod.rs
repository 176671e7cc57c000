//! The daemon over HTTP: the API, the metrics, the probes and the status page.
//!
//! A request goes through `limits` (what is refused unseen), `guard` (who may come in) and `router` to
//! one of the files below `api`. No request reaches the file system or AWS.

mod answer;
mod api;
mod assets;
mod bearer_token;
mod error;
mod guard;
mod limits;
mod metrics;
mod news;
mod openapi;
mod options;
mod probes;
mod publisher;
mod query;
mod router;
mod server;
mod shared;
mod tls;

pub use bearer_token::{BearerToken, TokenError};
pub use error::HttpError;
pub use metrics::Metrics;
pub use news::News;
pub use options::{HttpOptions, TlsOptions};
pub use server::{HttpServer, serve};
pub use shared::{About, Desired, Reload, ReloadRefused, Reloaded, Shared};
