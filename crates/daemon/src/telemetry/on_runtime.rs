//! HTTP for the span exporter, whose thread is none of the runtime's.

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::Client;
use tokio::runtime::Handle;

/// The longest answer that is read; collectors say little.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Sends requests on the runtime.
#[derive(Debug)]
pub(super) struct OnRuntime {
    pub(super) http: Client,
    pub(super) runtime: Handle,
}

#[async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let http = self.http.clone();
        Ok(self.runtime.spawn(send(http, request)).await??)
    }
}

async fn send(http: Client, request: reqwest::Request) -> Result<Response<Bytes>, HttpError> {
    // The address may hold a password, and the error ends in a log line.
    let mut answer = http.execute(request).await.map_err(reqwest::Error::without_url)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err("the collector's answer is too long".into());
        }
    }
    let mut whole = Response::new(Bytes::from(body));
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = answer.headers().clone();
    Ok(whole)
}
