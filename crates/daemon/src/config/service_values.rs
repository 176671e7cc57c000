//! Values of the configuration of the daemon.

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

/// A length of time, more than nothing: `90s`, `15m`, `1h30m`, `400d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub(crate) struct LengthOfTime(Duration);

/// The text is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a length of time, such as \"90s\", \"15m\", \"1h30m\" or \"7d\"")]
pub(crate) struct InvalidLengthOfTime(String);

/// A share that may be nothing: 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(with = "f64")]
pub(crate) struct Jitter(f64);

/// The number is not a jitter.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a share of the interval: it must be from 0 to 0.5")]
pub(crate) struct InvalidJitter(f64);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Longer is a mistake, and would overflow a date.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl LengthOfTime {
    pub(crate) const fn get(self) -> Duration {
        self.0
    }
}

impl Jitter {
    pub(crate) const fn get(self) -> f64 {
        self.0
    }
}

impl FromStr for LengthOfTime {
    type Err = InvalidLengthOfTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = text.trim().strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
        let length = match days {
            Some(days) => Some(DAY.saturating_mul(days)),
            None => text.trim().parse::<SignedDuration>().ok().and_then(|d| d.try_into().ok()),
        };
        match length {
            Some(length) if !length.is_zero() && length <= LONGEST => Ok(Self(length)),
            _ => Err(InvalidLengthOfTime(text.to_owned())),
        }
    }
}

impl TryFrom<String> for LengthOfTime {
    type Error = InvalidLengthOfTime;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<f64> for Jitter {
    type Error = InvalidJitter;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        if (0.0..=0.5).contains(&number) { Ok(Self(number)) } else { Err(InvalidJitter(number)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_time_should_be_spelled_with_its_unit() {
        let seconds = |text: &str| text.parse::<LengthOfTime>().map(|length| length.0.as_secs());
        for (text, expected) in
            [("90s", 90), ("15m", 900), ("1h30m", 5400), ("1h 30m", 5400), ("7d", 604_800)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "0s", "5", "-1h", "soon", "9999999d", "1 fortnight"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn jitter_should_leave_most_of_the_interval() {
        assert!([0.0, 0.1, 0.5].into_iter().all(|number| Jitter::try_from(number).is_ok()));
        assert!([-0.1, 0.6, f64::NAN].into_iter().all(|number| Jitter::try_from(number).is_err()));
    }
}
