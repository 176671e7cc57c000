//! Spans to an OpenTelemetry collector: OTLP, as protobuf over HTTP.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing_subscriber::{Layer, Registry};

use super::on_runtime::OnRuntime;

/// How long one export may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where an OTLP collector takes spans (OTLP specification, "OTLP/HTTP request").
const TRACES_PATH: &str = "/v1/traces";

/// Spans on their way to a collector.
pub struct SpanExport(SdkTracerProvider);

/// Spans cannot be exported. The endpoint is left out: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("spans cannot be exported: {reason}; correct otlp_endpoint under [telemetry]")]
pub struct ExportError {
    /// What is wrong.
    reason: &'static str,
}

impl SpanExport {
    /// Exports to the collector at `endpoint`, such as `http://localhost:4318`, through the proxy that
    /// the environment names.
    ///
    /// # Errors
    /// The endpoint is not an address, or the certificates of this machine cannot be read.
    pub fn start(endpoint: &str, runtime: Handle) -> Result<Self, ExportError> {
        let http = reqwest::Client::builder();
        Self::with_client(endpoint, http, runtime)
    }

    pub(super) fn with_client(
        endpoint: &str,
        http: reqwest::ClientBuilder,
        runtime: Handle,
    ) -> Result<Self, ExportError> {
        let error = |reason| ExportError { reason };
        let url: reqwest::Url =
            endpoint.trim().parse().map_err(|_| error("the endpoint is not a URL"))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(error("the endpoint does not begin with http:// or https://"));
        }
        let base = url.as_str().trim_end_matches('/');
        let traces = format!("{}{TRACES_PATH}", base.strip_suffix(TRACES_PATH).unwrap_or(base));
        let http = http
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(TIMEOUT)
            .build()
            .map_err(|_| error("the certificates of this machine cannot be read"))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(OnRuntime { http, runtime })
            .with_endpoint(traces)
            .with_timeout(TIMEOUT)
            .build()
            .map_err(|_| error("the endpoint cannot be used"))?;
        let resource = Resource::builder()
            .with_service_name("digitalex-rollout")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder();
        Ok(Self(provider.with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// Exports what is left, for `deadline` at most; spans after that are dropped.
    pub async fn finish(self, deadline: Duration) {
        let provider = self.0;
        let finished =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(deadline)).await;
        if !matches!(finished, Ok(Ok(()))) {
            tracing::warn!("the last spans did not reach the collector");
        }
    }

    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let tracer = self.0.tracer("digitalex-rollout");
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        Box::new(layer.with_threads(false).with_location(false))
    }
}
