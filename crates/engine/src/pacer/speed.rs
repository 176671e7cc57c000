//! How fast a bucket is drawn from: additive increase, multiplicative decrease.

use std::time::Duration;

/// What a throttle leaves of the speed…
const CUT: f64 = 0.5;
/// …and what one leaves that was to be expected, near where it was throttled last.
const CUT_NEAR: f64 = 0.75;
/// However often it is throttled, a bucket keeps this share of its rate.
const SHARE_MIN: f64 = 1.0 / 64.0;
/// After each such time without a throttle, the speed goes up by one step.
const STEP_EVERY: Duration = Duration::from_secs(1);
/// The step, in shares of the rate, while far from where it was throttled last…
const STEP_FAR: f64 = 0.1;
/// …and the step near that, where the next throttle is to be expected.
const STEP_NEAR: f64 = 0.005;
/// From where to where is near, in shares of the speed at which it was throttled last.
const NEAR: f64 = 0.9;
const BEYOND: f64 = 1.1;

/// The speed of one bucket, as a share of its rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speed {
    share: f64,
    /// When the speed was last set, on the monotonic clock.
    set_at: Duration,
    /// Where it was throttled last; 1 where it never was.
    ceiling: f64,
    /// Nothing is called before that: AWS asked to wait.
    paused_until: Duration,
    was_cut: bool,
    was_learned: bool,
}

impl Speed {
    /// The speed that was learned, or the full one (1).
    pub(super) fn starting(share: f64, now: Duration) -> Self {
        let share = share.clamp(SHARE_MIN, 1.0);
        Self {
            share,
            set_at: now,
            ceiling: share,
            paused_until: Duration::ZERO,
            was_cut: false,
            was_learned: share < 1.0,
        }
    }

    /// Whether the bucket's own throttles say how fast it may be.
    pub(super) const fn is_known(&self) -> bool {
        self.was_cut || self.was_learned
    }

    /// The share of the rate that may be called now: whole steps up from where it was set.
    pub(super) fn share(&self, now: Duration) -> f64 {
        let mut steps = now.saturating_sub(self.set_at).as_secs() / STEP_EVERY.as_secs();
        let mut share = self.share;
        while steps > 0 && share < 1.0 {
            let near = NEAR * self.ceiling;
            share = if share < near {
                (share + STEP_FAR).min(near)
            } else if share < BEYOND * self.ceiling {
                share + STEP_NEAR
            } else {
                share + STEP_FAR
            };
            steps -= 1;
        }
        share.min(1.0)
    }

    /// A call that got its turn at `turn`, at this share of the rate, was throttled. Calls that got
    /// their turn before the last cut tell nothing new.
    pub(super) fn throttled(
        &mut self,
        turn: Duration,
        share: f64,
        now: Duration,
        wait: Option<Duration>,
    ) {
        let until = now.saturating_add(wait.unwrap_or_default());
        self.paused_until = self.paused_until.max(until);
        if self.was_cut && turn <= self.set_at {
            return;
        }
        let expected = self.was_cut && share >= NEAR * self.ceiling;
        self.ceiling = share;
        self.share = (share * if expected { CUT_NEAR } else { CUT }).max(SHARE_MIN);
        (self.set_at, self.was_cut) = (now, true);
    }

    /// How long nothing may be called.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        self.paused_until.saturating_sub(now)
    }

    /// The speed to start with the next time; none where it is the full one. A visit without a
    /// throttle earns a step.
    pub(super) fn learned(&self, now: Duration) -> Option<f64> {
        let step = if self.was_cut { 0.0 } else { STEP_FAR };
        Some(self.share(now) + step).filter(|share| *share < 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u32) -> Duration {
        seconds * SECOND
    }

    #[test]
    fn speed_should_halve_at_once_and_come_back_step_by_step() {
        let mut speed = Speed::starting(1.0, at(0));
        speed.throttled(at(10), speed.share(at(10)), at(10), None);
        let shares: Vec<f64> = (10..18).map(|second| speed.share(at(second))).collect();
        for (share, expected) in shares.iter().zip([0.5, 0.6, 0.7, 0.8, 0.9]) {
            assert!((share - expected).abs() < 1e-9, "{shares:?}");
        }
        assert!((0.9..0.95).contains(&shares[7]), "carefully from there: {shares:?}");
        assert!((speed.share(at(100)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn throttles_of_one_round_should_count_once() {
        let mut speed = Speed::starting(1.0, at(0));
        speed.throttled(at(1), speed.share(at(2)), at(2), None);
        speed.throttled(at(1), speed.share(at(2)), at(2), None);
        assert!((speed.share(at(2)) - 0.5).abs() < 1e-9);
        speed.throttled(at(3), speed.share(at(3)), at(3), None);
        assert!(speed.share(at(3)) < 0.31);
    }

    #[test]
    fn speed_should_come_back_whole_from_wherever_it_was_throttled() {
        for thousandths in 20..=1_000 {
            let mut speed = Speed::starting(1.0, at(0));
            speed.throttled(at(0), f64::from(thousandths) / 1_000.0, at(0), None);
            assert!(speed.share(at(120)) >= 1.0, "{thousandths}");
        }
    }

    #[test]
    fn speed_should_never_come_to_a_halt() {
        let mut speed = Speed::starting(1.0, at(0));
        (1..100).for_each(|second| {
            speed.throttled(at(second), speed.share(at(second)), at(second), None)
        });
        assert!(speed.share(at(99)) >= SHARE_MIN);
    }

    #[test]
    fn learned_speed_should_rise_with_each_visit_without_a_throttle_until_it_is_full() {
        let mut speed = Speed::starting(1.0, at(0));
        speed.throttled(at(0), speed.share(at(0)), at(0), None);
        let mut learned = speed.learned(at(0));
        let mut visits = 0;
        while let Some(share) = learned {
            visits += 1;
            learned = Speed::starting(share, at(0)).learned(at(0));
        }
        assert!((4..=7).contains(&visits), "{visits}");
    }

    #[test]
    fn pause_should_last_as_long_as_aws_asked() {
        let mut speed = Speed::starting(1.0, at(0));
        speed.throttled(at(0), speed.share(at(1)), at(1), Some(at(7)));
        assert_eq!(speed.pause(at(2)), at(6));
        assert_eq!(speed.pause(at(9)), at(0));
    }
}
