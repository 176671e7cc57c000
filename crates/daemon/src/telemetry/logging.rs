//! Log lines: to standard error, around the progress bar, as text or as JSON.
//!
//! Logging starts before the configuration is read; what the configuration says of it is switched to
//! afterwards.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use super::export::SpanExport;
use crate::cli::LogLevel;

/// Our own crates; their targets begin so.
const OURS: &str = "digitalex";

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// What logging can be switched to once the configuration is read.
pub struct Telemetry {
    lines: Handle<BoxedLayer, Registry>,
    json: Box<dyn Fn() -> BoxedLayer + Send + Sync>,
    spans: Handle<Option<BoxedLayer>, Registry>,
}

/// Starts logging, as text. Other crates are held to warnings at any level: the AWS SDK logs requests
/// with their session tokens when it is asked for more.
pub(crate) fn start(level: LogLevel, bars: &MultiProgress) -> Telemetry {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let colours = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    let (subscriber, telemetry) = Telemetry::new(level, AroundBars(bars.clone()), colours);
    // A second start, in a test of this library, is not an error.
    let _ = subscriber.try_init();
    telemetry
}

impl Telemetry {
    /// A subscriber that writes text to `writer`, and the switches of it.
    pub fn new<W>(
        level: LevelFilter,
        writer: W,
        colours: bool,
    ) -> (impl Subscriber + Send + Sync, Self)
    where
        W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
    {
        let text: BoxedLayer = Box::new(
            tracing_subscriber::fmt::layer().with_writer(writer.clone()).with_ansi(colours),
        );
        let json = move || -> BoxedLayer {
            let lines = tracing_subscriber::fmt::layer().json().with_current_span(false);
            Box::new(lines.flatten_event(true).with_writer(writer.clone()))
        };
        let (lines, switch_lines) = reload::Layer::new(text);
        let (spans, switch_spans) = reload::Layer::new(None);
        let layers = vec![
            lines.with_filter(of_lines(level)).boxed(),
            spans.with_filter(Targets::new().with_target(OURS, LevelFilter::INFO)).boxed(),
        ];
        let subscriber = tracing_subscriber::registry().with(layers);
        let telemetry = Self { lines: switch_lines, json: Box::new(json), spans: switch_spans };
        (subscriber, telemetry)
    }

    /// Writes each line as a JSON object from now on. Only before the first span: a line could not
    /// show one that was opened before.
    pub fn log_json(&self) {
        switched(self.lines.reload((self.json)()));
    }

    /// Exports the spans of our own crates, and the log lines of level info in them, from now on.
    pub fn export_spans(&self, export: &SpanExport) {
        switched(self.spans.reload(Some(export.layer())));
    }
}

/// Our spans are there at any level, since they say which account a line is about.
fn of_lines(level: LevelFilter) -> impl Filter<Registry> {
    let ours = |metadata: &Metadata<'_>| metadata.is_span() && metadata.target().starts_with(OURS);
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(OURS, level)
        .or(filter_fn(ours).with_max_level_hint(LevelFilter::INFO))
}

fn switched(done: Result<(), reload::Error>) {
    if let Err(error) = done {
        tracing::warn!(%error, "logging stays as it is");
    }
}

/// Writes to standard error while the progress bars step aside.
#[derive(Clone)]
struct AroundBars(MultiProgress);

impl<'a> MakeWriter<'a> for AroundBars {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for AroundBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
