//! The SDK's HTTP client over an [`Outside`].

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::body::ScriptedBody;
use super::{Outside, TransportError};

/// Makes connectors, which differ by their timeouts.
pub(super) struct InProcessClient(pub(super) Arc<dyn Outside>);

struct InProcessConnector {
    outside: Arc<dyn Outside>,
    read_timeout: Option<Duration>,
}

impl HttpClient for InProcessClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let outside = Arc::clone(&self.0);
        let read_timeout = settings.read_timeout();
        SharedHttpConnector::new(InProcessConnector { outside, read_timeout })
    }
}

impl HttpConnector for InProcessConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (outside, read_timeout) = (Arc::clone(&self.outside), self.read_timeout);
        HttpConnectorFuture::new(async move {
            let answer = outside.answer(plain(request).await?);
            // As with hyper's connector, this is the time until the head of the answer.
            let answer = match read_timeout {
                Some(time) => tokio::time::timeout(time, answer)
                    .await
                    .map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?,
                None => answer.await,
            };
            let answer = answer.map_err(|error| ConnectorError::io(error.into()))?;
            let answer = answer.map(|parts| SdkBody::from_body_1_x(ScriptedBody::new(parts)));
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

/// The request as plain bytes. They are read as if they were sent: the SDK watches that, and gives up a
/// request that does not get on.
async fn plain(request: HttpRequest) -> Result<http::Request<Vec<u8>>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (head, body) = request.into_parts();
    let body = ByteStream::new(body).collect().await;
    let body = body.map_err(|error| ConnectorError::user(error.into()))?;
    Ok(http::Request::from_parts(head, body.to_vec()))
}

impl fmt::Debug for InProcessClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("InProcessClient")
    }
}

impl fmt::Debug for InProcessConnector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("InProcessConnector")
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unconnected => "no connection could be made",
            Self::Broken => "the connection broke",
        })
    }
}

impl Error for TransportError {}
