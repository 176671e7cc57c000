//! How fast AWS may be called: a rate for each token bucket that AWS counts in.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::{Bucket, Call};

/// A sustained rate and a burst.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    per_second: f64,
    burst: NonZeroU32,
}

/// The rates of all buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Of each Organizations API, by operation.
    pub organizations: BTreeMap<String, Rate>,
    /// Of an Organizations API that is not named.
    pub organizations_other: Rate,
    /// Of STS, in each Region.
    pub sts: Rate,
    /// How many Regions' STS endpoints share the calls.
    pub sts_regions: NonZeroU32,
    /// Of IAM reads, each account.
    pub iam_read: Rate,
    /// Of IAM writes, each account.
    pub iam_write: Rate,
}

impl Rate {
    /// Slower than one call in a quarter of an hour is not a rate.
    const PER_SECOND_MIN: f64 = 0.001;
    const PER_SECOND_MAX: f64 = 1_000_000.0;
    const BURST_MAX: u32 = 100_000;

    /// So many calls per second and at once; what is out of range becomes the nearest that is in it.
    #[must_use]
    pub fn new(per_second: f64, burst: u32) -> Self {
        let per_second = per_second.clamp(Self::PER_SECOND_MIN, Self::PER_SECOND_MAX);
        let burst = NonZeroU32::new(burst.min(Self::BURST_MAX)).unwrap_or(NonZeroU32::MIN);
        Self { per_second, burst }
    }

    /// Calls per second, sustained.
    #[must_use]
    pub const fn per_second(self) -> f64 {
        self.per_second
    }

    /// Calls at once.
    #[must_use]
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// The slower of the two in each respect: what both allow.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        Self {
            per_second: self.per_second.min(other.per_second),
            burst: self.burst.min(other.burst),
        }
    }

    /// A share of it, between 0 and 1; the burst keeps one call at least.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a u32 is one"
    )]
    pub fn share(self, share: f64) -> Self {
        let burst = (f64::from(self.burst.get()) * share).floor() as u32;
        Self::new(self.per_second * share, burst)
    }

    /// The least time in which so many calls can be made, from a full bucket.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "nobody makes 2^52 calls")]
    pub fn floor(self, calls: u64) -> Duration {
        let waiting = calls.saturating_sub(u64::from(self.burst.get()));
        Duration::from_secs_f64(waiting as f64 / self.per_second)
    }
}

impl Rates {
    /// The rate of the bucket that `call` is counted in.
    pub(crate) fn of(&self, call: Call) -> Rate {
        match call.bucket {
            Bucket::Organizations => self.of_organizations(call.operation),
            Bucket::Sts(_) => self.sts,
            Bucket::IamRead(_) => self.iam_read,
            Bucket::IamWrite(_) => self.iam_write,
            // Less than half of its quotas ("AWS Secrets Manager quotas"), which are the account's.
            Bucket::SecretsManager => Rate::new(20.0, 20),
            // Not published; all that there is to ask for comes in a few pages.
            Bucket::CostReports => Rate::new(1.0, 5),
        }
    }

    /// The rate of one API of Organizations.
    #[must_use]
    pub fn of_organizations(&self, operation: &str) -> Rate {
        self.organizations.get(operation).copied().unwrap_or(self.organizations_other)
    }
}

impl Default for Rates {
    /// The published rates (Organizations, IAM and STS "Quotas"), but half of that of STS, which the
    /// account's other workloads share. Those of IAM are not published, and set to what is generally
    /// met.
    fn default() -> Self {
        let organizations = [
            ("ListAccounts", Rate::new(8.0, 12)),
            ("DescribeAccount", Rate::new(20.0, 30)),
            ("ListParents", Rate::new(5.0, 8)),
            ("ListAccountsForParent", Rate::new(5.0, 8)),
            ("ListOrganizationalUnitsForParent", Rate::new(5.0, 8)),
            ("ListChildren", Rate::new(6.0, 10)),
            ("ListTagsForResource", Rate::new(10.0, 15)),
        ];
        Self {
            organizations: organizations.map(|(name, rate)| (name.to_owned(), rate)).into(),
            organizations_other: Rate::new(1.0, 2),
            sts: Rate::new(300.0, 300),
            sts_regions: NonZeroU32::MIN,
            iam_read: Rate::new(15.0, 15),
            iam_write: Rate::new(5.0, 5),
        }
    }
}
