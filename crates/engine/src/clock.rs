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

/// A clock over tokio's timer: all of it follows tokio's paused time in tests.
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

/// The clock of this machine: its time of day follows every correction of it.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(TokioClock);

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(TokioClock::start())
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the real clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration)
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
