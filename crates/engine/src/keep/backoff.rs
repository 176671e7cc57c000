//! Waits that double, and times to wait until.

use std::time::Duration;

use digitalex_core::planted::{PlantedBug, is_planted};
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::rngs::SmallRng;

/// The wait after so many failures in a row: `base` doubled for each but the first, `max` at most, and
/// of that between half and all, so that accounts that failed together do not come back together.
pub(super) fn delay(base: Duration, failures: u32, max: Duration, rng: &mut SmallRng) -> Duration {
    if is_planted(PlantedBug::ForgetJitter) {
        return ceiling(base, failures, max);
    }
    ceiling(base, failures, max).mul_f64(0.5 + 0.5 * rng.random::<f64>())
}

/// The longest wait after so many failures in a row.
pub(super) fn ceiling(base: Duration, failures: u32, max: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    base.saturating_mul(1 << doublings).min(max)
}

/// `interval`, longer or shorter by up to `share` of it.
pub(super) fn jittered(interval: Duration, share: f64, rng: &mut SmallRng) -> Duration {
    let share = if is_planted(PlantedBug::ForgetJitter) { 0.0 } else { share.clamp(0.0, 1.0) };
    interval.mul_f64(1.0 + share * (2.0 * rng.random::<f64>() - 1.0))
}

/// The time that comes `wait` after `at`.
pub(super) fn after(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// How long it is from `now` until `at`; nothing where it is past.
pub(super) fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(now.duration_until(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn delay_should_double_up_to_its_longest_and_never_halve_below_half() {
        let mut rng = SmallRng::seed_from_u64(1);
        let (base, max) = (Duration::from_secs(60), Duration::from_secs(3_600));
        for (failures, longest) in [(0, 60), (1, 60), (2, 120), (5, 960), (7, 3_600), (99, 3_600)] {
            let longest = Duration::from_secs(longest);
            for _ in 0..100 {
                let delay = delay(base, failures, max, &mut rng);
                assert!(delay <= longest && delay * 2 >= longest, "{failures}: {delay:?}");
            }
        }
    }

    #[test]
    fn times_should_saturate() {
        assert_eq!(after(Timestamp::MAX, Duration::MAX), Timestamp::MAX);
        assert_eq!(until(Timestamp::MAX, Timestamp::UNIX_EPOCH), Duration::ZERO);
    }
}
