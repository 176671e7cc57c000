//! What a pass will cost, said before it begins.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{AccountDetail, Assignment, CallCounts, Rates};

/// `ListAccounts` pages hold at most 20 accounts (Organizations API Reference).
const ACCOUNTS_PER_PAGE: u64 = 20;

/// The least time that AWS's rates allow, and what the time goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Floor {
    /// The time.
    pub time: Duration,
    /// The bucket that is waited for longest: an Organizations API, or `STS`.
    pub bucket: &'static str,
}

/// The calls of an audit in which every role is as wanted, and their floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The calls by operation.
    pub calls: CallCounts,
    /// The floor.
    pub floor: Floor,
}

impl Forecast {
    /// The forecast for an organization of `listed` accounts, of which these take part.
    ///
    /// `AssumeRole` counts the first of the admin roles; it is one call less for an account that the
    /// caller is in, or in which a session is open still.
    pub fn of_audit<'a>(
        listed: u64,
        visited: impl Iterator<Item = &'a Assignment>,
        detail: AccountDetail,
        rates: &Rates,
    ) -> Self {
        let mut calls = BTreeMap::from([
            ("DescribeOrganization", 1),
            ("GetCallerIdentity", 1),
            ("ListAccounts", listed.div_ceil(ACCOUNTS_PER_PAGE).max(1)),
        ]);
        if detail.tags {
            calls.insert("ListTagsForResource", listed);
        }
        for assignment in visited {
            let mut add = |operation, count: usize| {
                *calls.entry(operation).or_default() += count as u64;
            };
            add("AssumeRole", assignment.admin_roles.first().map_or(0, |role| role.hops.len()));
            add("GetRole", 1);
            add("ListRolePolicies", 1);
            add("ListAttachedRolePolicies", 1);
            add("GetRolePolicy", assignment.inline_policies.len());
        }
        let count = |operation| calls.get(operation).copied().unwrap_or_default();
        let organizations = ["ListAccounts", "ListTagsForResource"].map(|operation| Floor {
            time: rates.of_organizations(operation).floor(count(operation)),
            bucket: operation,
        });
        let sts = count("AssumeRole") + count("GetCallerIdentity");
        let each_region = sts.div_ceil(u64::from(rates.sts_regions.get()));
        let sts = Floor { time: rates.sts.floor(each_region), bucket: "STS" };
        let floor = organizations.into_iter().chain([sts]).max_by_key(|floor| floor.time);
        Self { calls: CallCounts(calls), floor: floor.unwrap_or_default() }
    }
}
