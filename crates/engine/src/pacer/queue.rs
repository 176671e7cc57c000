//! One token bucket, and the queue before it.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::PacingClock;
use super::speed::Speed;
use crate::Rate;

/// Two calls may be under way for different times; AWS, who counts arrivals, would throttle the one
/// that comes too early after a late one. So much of the burst is kept back for that.
const JITTER: Duration = Duration::from_millis(100);

/// Who has to wait for a token waits so long, as far as the bucket holds what comes in meanwhile: calls
/// that are made together cost less of this machine's time than as many made one by one.
const TOGETHER: Duration = Duration::from_millis(20);

/// A bucket, and the turn to draw from it: waiting callers are served in order, without spinning.
pub(super) struct Queue {
    rate: Rate,
    turn: tokio::sync::Mutex<Tokens>,
    speed: Mutex<Speed>,
    used: AtomicU64,
}

/// What AWS's bucket holds by our own count, filled at a share of its rate.
struct Tokens {
    share: f64,
    /// The least wait.
    wait_min: Duration,
    limiter: RateLimiter<NotKeyed, InMemoryState, PacingClock, NoOpMiddleware<Duration>>,
}

impl Queue {
    /// A queue before a bucket that is full.
    pub(super) fn new(rate: Rate, speed: Speed, typical: f64, clock: &PacingClock) -> Self {
        let share = effective(&speed, clock.now(), typical);
        let tokens = Tokens::full(rate, share, clock);
        Self {
            rate,
            turn: tokio::sync::Mutex::new(tokens),
            speed: Mutex::new(speed),
            used: AtomicU64::new(0),
        }
    }

    /// Ends when a call may be made, and says when that was. A bucket that was never throttled is drawn
    /// from at the `typical` share of its rate.
    pub(super) async fn turn(
        &self,
        clock: &PacingClock,
        typical: impl Fn() -> f64 + Send,
    ) -> Duration {
        let mut tokens = self.turn.lock().await;
        loop {
            // Before the speed is locked: `Pacer::forget` takes the two locks the other way round.
            let (now, typical) = (clock.now(), typical());
            let (share, pause) =
                self.with_speed(|speed| (effective(speed, now, typical), speed.pause(now)));
            if share < tokens.share {
                *tokens = Tokens::empty(self.rate, share, clock);
            }
            let wait = if pause.is_zero() { tokens.draw(now) } else { pause };
            if !wait.is_zero() {
                clock.0.sleep(wait).await;
                continue;
            }
            // Faster only here, where a token was just used: elsewhere the part of one that has come
            // in so far would be lost.
            if share > tokens.share {
                *tokens = Tokens::empty(self.rate, share, clock);
            }
            self.used.fetch_add(1, Ordering::Relaxed);
            return now;
        }
    }

    /// A call that got its turn at `turn` was throttled.
    pub(super) fn throttled(
        &self,
        turn: Duration,
        now: Duration,
        wait: Option<Duration>,
        typical: f64,
    ) {
        self.used.fetch_sub(1, Ordering::Relaxed);
        self.with_speed(|speed| {
            speed.throttled(turn, effective(speed, now, typical), now, wait);
        });
    }

    /// The calls per second to start with the next time; none where that is the full rate.
    pub(super) fn learned(&self, now: Duration) -> Option<f64> {
        let share = self.with_speed(|speed| speed.learned(now))?;
        Some(self.rate.per_second() * share)
    }

    /// The calls per second at most, at the speed of now, where its own throttles say.
    pub(super) fn pace(&self, now: Duration) -> f64 {
        self.rate.per_second() * self.with_speed(|speed| effective(speed, now, 1.0))
    }

    /// The least time in which AWS's rate allows what was called so far and not throttled.
    pub(super) fn floor(&self) -> Duration {
        self.rate.floor(self.used.load(Ordering::Relaxed))
    }

    fn with_speed<T>(&self, action: impl FnOnce(&mut Speed) -> T) -> T {
        action(&mut self.speed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn effective(speed: &Speed, now: Duration, typical: f64) -> f64 {
    if speed.is_known() { speed.share(now) } else { typical }
}

impl Tokens {
    /// As much as it can hold. Where AWS throttles, its bucket is empty: what comes in is used one by
    /// one.
    fn full(rate: Rate, share: f64, clock: &PacingClock) -> Self {
        let burst = if share < 1.0 { NonZeroU32::MIN } else { usable_burst(rate) };
        let interval = Duration::from_secs_f64(1.0 / (rate.per_second() * share));
        let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(burst));
        let limiter = RateLimiter::direct_with_clock(quota.allow_burst(burst), clock.clone());
        let holds = interval.saturating_mul(burst.get() - 1);
        let wait_min = if holds < TOGETHER { Duration::ZERO } else { TOGETHER };
        Self { share, wait_min, limiter }
    }

    fn empty(rate: Rate, share: f64, clock: &PacingClock) -> Self {
        let tokens = Self::full(rate, share, clock);
        while tokens.limiter.check().is_ok() {}
        tokens
    }

    /// Takes a token, or says how long there is none.
    fn draw(&self, now: Duration) -> Duration {
        match self.limiter.check() {
            Ok(()) => Duration::ZERO,
            Err(early) => early.wait_time_from(now).max(self.wait_min),
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is positive, and a cast of a float saturates"
)]
fn usable_burst(rate: Rate) -> NonZeroU32 {
    let kept_back = (rate.per_second() * JITTER.as_secs_f64()).ceil() as u32;
    NonZeroU32::new(rate.burst().get().saturating_sub(kept_back)).unwrap_or(NonZeroU32::MIN)
}
