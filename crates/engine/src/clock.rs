//! Time, injected.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

/// The clock of a run.
pub trait Clock: Send + Sync {
    /// The time of day, for reports and expiry.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment, never going back, for pacing.
    fn monotonic(&self) -> Duration;

    /// Ends after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The real clock, over tokio's timer: it follows tokio's paused time in tests.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    start: tokio::time::Instant,
    start_time: Timestamp,
}

impl TokioClock {
    /// A clock that starts now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the real clock")]
    pub fn start() -> Self {
        Self { start: tokio::time::Instant::now(), start_time: Timestamp::now() }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let elapsed = jiff::SignedDuration::try_from(self.monotonic()).unwrap_or_default();
        self.start_time.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that sleeps")]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
