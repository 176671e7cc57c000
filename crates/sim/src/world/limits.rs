//! Token buckets at AWS's documented rates (Organizations "Quotas and service limits", IAM "IAM and
//! STS quotas"; IAM's own rates are not published, those here are folklore), and counts of calls.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use jiff::Timestamp;
use serde::Serialize;

use super::operation::{Operation, Service};
use super::{Caller, World};
use crate::AwsError;

/// Calls by operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CallCounts {
    /// All that arrived, the throttled too.
    pub arrived: BTreeMap<&'static str, u64>,
    /// Those that were throttled.
    pub throttled: BTreeMap<&'static str, u64>,
}

/// The buckets in use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    enforced: bool,
    buckets: BTreeMap<(BucketOwner, &'static str), Bucket>,
}

/// Who shares a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum BucketOwner {
    Account(AccountId),
    Organization,
}

#[derive(Debug, Clone)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

/// Calls per second, sustained, and at once.
#[derive(Debug, Clone, Copy)]
struct Rate(f64, f64);

impl CallCounts {
    pub(crate) fn count(&mut self, operation: &'static str) {
        *self.arrived.entry(operation).or_default() += 1;
    }
}

impl Limits {
    pub(crate) fn enforce(&mut self, enforce: bool) {
        self.enforced = enforce;
    }

    /// Takes one token of each bucket, or none where one is empty.
    fn take(&mut self, now: Timestamp, wanted: &[(BucketOwner, &'static str, Rate)]) -> bool {
        let mut enough = true;
        for &(owner, name, rate) in wanted {
            let full = Bucket { tokens: rate.1, filled: now };
            let bucket = self.buckets.entry((owner, name)).or_insert(full);
            let passed = now.duration_since(bucket.filled).as_secs_f64().max(0.0);
            bucket.tokens = (bucket.tokens + passed * rate.0).min(rate.1);
            bucket.filled = now;
            enough &= bucket.tokens >= 1.0;
        }
        if enough {
            for &(owner, name, _) in wanted {
                if let Some(bucket) = self.buckets.get_mut(&(owner, name)) {
                    bucket.tokens -= 1.0;
                }
            }
        }
        enough
    }
}

impl World {
    pub(crate) fn throttle<O: Operation>(&mut self, caller: &Caller) -> Result<(), AwsError> {
        if !self.limits.enforced {
            return Ok(());
        }
        let account = BucketOwner::Account(caller.account);
        let wanted = match O::SERVICE {
            Service::Organizations => {
                let (own, all) = organizations_rates(O::NAME);
                vec![(account, O::NAME, own), (BucketOwner::Organization, O::NAME, all)]
            }
            Service::Sts => vec![(account, "sts", Rate(600.0, 600.0))],
            Service::Iam if reads(O::NAME) => vec![(account, O::NAME, Rate(15.0, 15.0))],
            Service::Iam => vec![(account, O::NAME, Rate(5.0, 5.0))],
        };
        if self.limits.take(self.now, &wanted) {
            return Ok(());
        }
        *self.calls.throttled.entry(O::NAME).or_default() += 1;
        Err(match O::SERVICE {
            Service::Organizations => AwsError::organizations(
                "TooManyRequestsException",
                "You have sent too many requests in too short a period of time.",
            ),
            Service::Iam | Service::Sts => AwsError::new("Throttling", 400, "Rate exceeded"),
        })
    }
}

/// Of one account's calls, and of all the organization's.
fn organizations_rates(operation: &str) -> (Rate, Rate) {
    match operation {
        "ListAccounts" => (Rate(8.0, 12.0), Rate(9.0, 15.0)),
        "DescribeAccount" => (Rate(20.0, 30.0), Rate(24.0, 36.0)),
        "ListParents" | "ListAccountsForParent" | "ListOrganizationalUnitsForParent" => {
            (Rate(5.0, 8.0), Rate(6.0, 10.0))
        }
        "ListChildren" => (Rate(6.0, 10.0), Rate(7.0, 12.0)),
        "ListTagsForResource" => (Rate(10.0, 15.0), Rate(12.0, 18.0)),
        _ => (Rate(1.0, 2.0), Rate(1.0, 2.0)),
    }
}

fn reads(operation: &str) -> bool {
    ["Get", "List", "Simulate"].iter().any(|verb| operation.starts_with(verb))
}
