//! When a notification that did not get through is tried again.

use std::time::Duration;

/// How long a notification is tried; after that nobody waits for it any more.
pub(super) const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The first wait at most; doubled each time.
const DELAY_BASE: Duration = Duration::from_secs(5);

/// The longest wait.
const DELAY_MAX: Duration = Duration::from_secs(60 * 60);

/// No attempt follows another faster.
const DELAY_MIN: Duration = Duration::from_secs(1);

/// How long to wait after the attempt number `attempts`; none where it is given up.
///
/// Full jitter: `share`, from 0 to 1, of the doubled delay; not sooner than the receiver asked for.
/// `age` is how long ago the notification was made.
pub(super) fn wait_after(
    attempts: u32,
    age: Duration,
    retry_after: Option<Duration>,
    share: f64,
) -> Option<Duration> {
    let doublings = attempts.saturating_sub(1).min(16);
    let ceiling = DELAY_BASE.saturating_mul(1 << doublings).min(DELAY_MAX);
    let jittered = ceiling.mul_f64(share.clamp(0.0, 1.0)).max(DELAY_MIN);
    let wait = jittered.max(retry_after.unwrap_or_default());
    (age.saturating_add(wait) <= GIVE_UP_AFTER).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn wait_should_double_up_to_an_hour_heed_the_receiver_and_end_after_a_day() {
        let cases = [
            (1, 0, None, 1.0, Some(5)),
            (2, 0, None, 1.0, Some(10)),
            (4, 0, None, 0.5, Some(20)),
            (4, 0, None, 0.0, Some(1)),
            (12, 0, None, 1.0, Some(3_600)),
            (u32::MAX, 0, None, 1.0, Some(3_600)),
            (1, 0, Some(120), 1.0, Some(120)),
            (12, 0, Some(120), 1.0, Some(3_600)),
            (12, 86_400 - 3_600, None, 1.0, Some(3_600)),
            (12, 86_400 - 3_599, None, 1.0, None),
            (1, 0, Some(86_401), 1.0, None),
        ];
        for (attempts, age, retry_after, share, wait) in cases {
            let got = wait_after(attempts, seconds(age), retry_after.map(seconds), share);
            assert_eq!(got, wait.map(seconds), "{attempts} {age} {retry_after:?}");
        }
    }
}
