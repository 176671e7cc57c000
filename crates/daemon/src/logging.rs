//! Log lines: to standard error, around the progress bar, never with a secret.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::LogLevel;

/// Starts logging. Other crates are held to warnings at any level: the AWS SDK logs requests with
/// their session tokens when it is asked for more.
pub(crate) fn start(level: LogLevel, bars: &MultiProgress) {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let filter =
        Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("digitalex", level);
    let colours = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    let lines =
        tracing_subscriber::fmt::layer().with_writer(AroundBars(bars.clone())).with_ansi(colours);
    // A second start, in a test of this library, is not an error.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
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
