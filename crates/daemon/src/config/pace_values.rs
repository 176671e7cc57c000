//! Values of the configuration that say how fast AWS is worked, and where.

use schemars::JsonSchema;
use serde::Deserialize;

/// Calls per second: more than 0.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(with = "f64")]
pub(crate) struct PerSecond(f64);

/// The number is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a number of calls per second: it must be more than 0")]
pub(crate) struct InvalidPerSecond(f64);

/// A share of a whole: more than 0, at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(with = "f64")]
pub(crate) struct Share(f64);

/// The number is not a share.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a share: it must be more than 0 and at most 1")]
pub(crate) struct InvalidShare(f64);

/// The name of an AWS Region.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub(crate) struct RegionName(String);

/// The text is not the name of a Region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of an AWS Region, such as eu-west-1")]
pub(crate) struct InvalidRegionName(String);

impl PerSecond {
    pub(crate) const fn get(self) -> f64 {
        self.0
    }
}

impl Share {
    pub(crate) const fn get(self) -> f64 {
        self.0
    }
}

impl RegionName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<f64> for PerSecond {
    type Error = InvalidPerSecond;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        let legal = number.is_finite() && number > 0.0;
        if legal { Ok(Self(number)) } else { Err(InvalidPerSecond(number)) }
    }
}

impl TryFrom<f64> for Share {
    type Error = InvalidShare;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        if number > 0.0 && number <= 1.0 { Ok(Self(number)) } else { Err(InvalidShare(number)) }
    }
}

impl TryFrom<String> for RegionName {
    type Error = InvalidRegionName;

    /// `eu-west-1`, `us-gov-east-1`: the host of an endpoint is made from it, and so nothing else is
    /// let through.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts: Vec<&str> = text.split('-').collect();
        let number =
            parts.last().is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        let legal = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if parts.len() >= 3 && number && parts.iter().all(legal) {
            Ok(Self(text))
        } else {
            Err(InvalidRegionName(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_shares_should_be_in_their_range() {
        assert!([0.5, 600.0].into_iter().all(|number| PerSecond::try_from(number).is_ok()));
        assert!(
            [0.0, -1.0, f64::NAN, f64::INFINITY]
                .into_iter()
                .all(|number| PerSecond::try_from(number).is_err())
        );
        assert!([0.1, 1.0].into_iter().all(|number| Share::try_from(number).is_ok()));
        assert!([0.0, 1.1, f64::NAN].into_iter().all(|number| Share::try_from(number).is_err()));
    }

    #[test]
    fn region_should_be_a_name_and_nothing_that_leads_elsewhere() {
        let parse = |text: &str| RegionName::try_from(text.to_owned());
        assert!(
            ["us-east-1", "us-gov-west-1", "ap-southeast-7"].into_iter().all(|t| parse(t).is_ok())
        );
        for text in ["", "eu", "eu-west", "EU-west-1", "eu-west-1.example.com/", "eu--1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
