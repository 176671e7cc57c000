//! Log lines, and spans for an OpenTelemetry collector; never with a secret.

mod export;
mod logging;
mod on_runtime;
#[cfg(test)]
pub(crate) mod tests;

pub use export::{ExportError, SpanExport};
pub use logging::Telemetry;
pub(crate) use logging::start;
