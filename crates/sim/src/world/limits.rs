//! Token buckets at AWS's documented rates (Organizations "Quotas and service limits", IAM "IAM and
//! STS quotas"; IAM's own rates are not published, those here are folklore), and counts of calls.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use digitalex_core::AccountId;
use jiff::Timestamp;
use serde::Serialize;

use super::operation::{Operation, Service};
use super::{Caller, Credentials, World};
use crate::AwsError;

/// Calls by operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CallCounts {
    /// All that arrived, the throttled too.
    pub arrived: BTreeMap<&'static str, u64>,
    /// Those that were throttled.
    pub throttled: BTreeMap<&'static str, u64>,
}

/// How fast a bucket fills, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Calls per second, sustained.
    pub per_second: f64,
    /// Calls at once, from a full bucket.
    pub burst: f64,
}

/// The rates of IAM in one account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IamRates {
    /// Of operations that read.
    pub read: Rate,
    /// Of operations that write.
    pub write: Rate,
}

/// IAM's limits, which AWS does not publish and may set by account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IamLimits {
    /// The rates of every account that has none of its own.
    pub rates: IamRates,
    /// The rates of single accounts.
    pub rates_of: BTreeMap<AccountId, IamRates>,
    /// Whether all reads of an account share one bucket, and all writes another, rather than each
    /// operation having its own.
    pub are_shared: bool,
}

/// The buckets in use, and what decides on their size.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    enforced: bool,
    iam: IamLimits,
    buckets: HashMap<BucketKey, Bucket>,
    /// So many buckets may there be until the full ones are dropped.
    buckets_kept: usize,
}

/// What a bucket is counted on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum BucketKey {
    /// One operation, or all that share a bucket, by one account.
    Account(AccountId, &'static str),
    /// STS by one account, in one Region.
    Sts(AccountId, Arc<str>),
    /// One operation, by all accounts of the organization together.
    Organization(&'static str),
}

#[derive(Debug, Clone)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
    rate: Rate,
}

/// Not published.
const COST_REPORTS_RATE: Rate = Rate::new(2.0, 10.0);
/// Below this many buckets it is not worth looking for full ones.
const BUCKETS_KEPT_MIN: usize = 1_024;

impl CallCounts {
    pub(crate) fn count(&mut self, operation: &'static str) {
        *self.arrived.entry(operation).or_default() += 1;
    }
}

impl Rate {
    /// So many calls per second, and so many at once.
    #[must_use]
    pub const fn new(per_second: f64, burst: f64) -> Self {
        Self { per_second, burst }
    }
}

impl Default for IamRates {
    fn default() -> Self {
        Self { read: Rate::new(15.0, 15.0), write: Rate::new(5.0, 5.0) }
    }
}

impl IamLimits {
    fn of(&self, account: AccountId) -> IamRates {
        self.rates_of.get(&account).copied().unwrap_or(self.rates)
    }
}

impl Bucket {
    fn fill(&mut self, now: Timestamp) {
        let passed = now.duration_since(self.filled).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + passed * self.rate.per_second).min(self.rate.burst);
        self.filled = now;
    }
}

impl Limits {
    pub(crate) const fn enforce(&mut self, enforce: bool) {
        self.enforced = enforce;
    }

    pub(crate) const fn iam_mut(&mut self) -> &mut IamLimits {
        &mut self.iam
    }

    /// Takes one token of each bucket, or none where one is empty.
    fn take(&mut self, now: Timestamp, wanted: &[(BucketKey, Rate)]) -> bool {
        self.drop_full(now);
        let mut enough = true;
        for (key, rate) in wanted {
            let full = Bucket { tokens: rate.burst, filled: now, rate: *rate };
            let bucket = self.buckets.entry(key.clone()).or_insert(full);
            bucket.rate = *rate;
            bucket.fill(now);
            enough &= bucket.tokens >= 1.0;
        }
        if enough {
            for (key, _) in wanted {
                if let Some(bucket) = self.buckets.get_mut(key) {
                    bucket.tokens -= 1.0;
                }
            }
        }
        enough
    }

    /// Drops the buckets that are full, which a new one equals, each time that there are twice as many
    /// as the last time left.
    fn drop_full(&mut self, now: Timestamp) {
        if self.buckets.len() <= self.buckets_kept.max(BUCKETS_KEPT_MIN) {
            return;
        }
        self.buckets.retain(|_, bucket| {
            bucket.fill(now);
            bucket.tokens < bucket.rate.burst
        });
        self.buckets_kept = self.buckets.len() * 2;
    }

    fn wanted<O: Operation>(&self, caller: AccountId, region: &Arc<str>) -> Vec<(BucketKey, Rate)> {
        match O::SERVICE {
            Service::Organizations => {
                let (own, all) = organizations_rates(O::NAME);
                vec![
                    (BucketKey::Account(caller, O::NAME), own),
                    (BucketKey::Organization(O::NAME), all),
                ]
            }
            Service::Sts => {
                vec![(BucketKey::Sts(caller, Arc::clone(region)), Rate::new(600.0, 600.0))]
            }
            Service::CostReports => {
                vec![(BucketKey::Account(caller, O::NAME), COST_REPORTS_RATE)]
            }
            Service::Iam => {
                let rates = self.iam.of(caller);
                let (rate, shared) =
                    if reads(O::NAME) { (rates.read, "reads") } else { (rates.write, "writes") };
                let name = if self.iam.are_shared { shared } else { O::NAME };
                vec![(BucketKey::Account(caller, name), rate)]
            }
        }
    }
}

impl World {
    pub(crate) fn throttle<O: Operation>(
        &mut self,
        caller: &Caller,
        credentials: &Credentials,
    ) -> Result<(), AwsError> {
        if !self.limits.enforced {
            return Ok(());
        }
        let wanted = self.limits.wanted::<O>(caller.account, credentials.region());
        if self.limits.take(self.now, &wanted) {
            return Ok(());
        }
        *self.calls.throttled.entry(O::NAME).or_default() += 1;
        Err(AwsError::throttled(O::SERVICE))
    }
}

#[cfg(test)]
impl World {
    pub(super) fn buckets_in_use(&self) -> usize {
        self.limits.buckets.len()
    }
}

/// Of one account's calls, and of all the organization's.
fn organizations_rates(operation: &str) -> (Rate, Rate) {
    let rates =
        |own, own_burst, all, all_burst| (Rate::new(own, own_burst), Rate::new(all, all_burst));
    match operation {
        "ListAccounts" => rates(8.0, 12.0, 9.0, 15.0),
        "DescribeAccount" => rates(20.0, 30.0, 24.0, 36.0),
        "ListParents" | "ListAccountsForParent" | "ListOrganizationalUnitsForParent" => {
            rates(5.0, 8.0, 6.0, 10.0)
        }
        "ListChildren" => rates(6.0, 10.0, 7.0, 12.0),
        "ListTagsForResource" => rates(10.0, 15.0, 12.0, 18.0),
        _ => rates(1.0, 2.0, 1.0, 2.0),
    }
}

pub(crate) fn reads(operation: &str) -> bool {
    ["Get", "List", "Simulate"].iter().any(|verb| operation.starts_with(verb))
}
