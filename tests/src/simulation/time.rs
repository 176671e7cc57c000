//! Virtual time: tokio's paused clock, from one fixed moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use digitalex_engine::Clock;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

/// When every simulation begins: 2026-01-01T00:00:00Z.
pub const BEGINNING: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// The clock of a simulation. It must be made, and used, within its runtime.
#[derive(Debug, Clone, Copy)]
pub struct VirtualClock(tokio::time::Instant);

/// What the clock said last, for a thread that virtual time does not reach.
#[derive(Debug, Clone, Default)]
pub struct LastTime(Arc<AtomicI64>);

impl VirtualClock {
    /// A clock that begins now.
    #[must_use]
    pub fn start() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.monotonic()).unwrap_or_default();
        BEGINNING.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    #[allow(clippy::disallowed_methods, reason = "the runtime's time is paused")]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

impl LastTime {
    /// The clock says this.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::SeqCst);
    }
}

impl Clock for LastTime {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        Duration::try_from(self.now().duration_since(BEGINNING)).unwrap_or_default()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
