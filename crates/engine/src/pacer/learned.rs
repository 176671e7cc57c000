//! What throttling taught about IAM, whose limits AWS does not publish.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use serde::{Deserialize, Serialize};

use crate::Bucket;

/// Where IAM takes fewer calls than assumed. It is kept from one pass to the next.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LearnedRates {
    /// In most accounts.
    pub typical: LearnedRate,
    /// In single ones.
    pub accounts: BTreeMap<AccountId, LearnedRate>,
}

/// What IAM takes, in calls per second; none where it is what was assumed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LearnedRate {
    /// Reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<f64>,
    /// Writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<f64>,
}

impl LearnedRates {
    /// Whether nothing was learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was learned of an account.
    #[must_use]
    pub fn of(&self, account: AccountId) -> LearnedRate {
        self.accounts.get(&account).copied().unwrap_or_default()
    }

    pub(super) fn get(&self, bucket: Bucket) -> Option<f64> {
        let learned = self.of(bucket.account()?);
        match bucket {
            Bucket::IamRead(_) => learned.read,
            Bucket::IamWrite(_) => learned.write,
            Bucket::Organizations
            | Bucket::Sts(_)
            | Bucket::SecretsManager
            | Bucket::CostReports => None,
        }
    }

    pub(super) fn set(&mut self, bucket: Bucket, per_second: Option<f64>) {
        let Some(account) = bucket.account() else { return };
        let mut learned = self.of(account);
        match bucket {
            Bucket::IamRead(_) => learned.read = per_second,
            Bucket::IamWrite(_) => learned.write = per_second,
            Bucket::Organizations
            | Bucket::Sts(_)
            | Bucket::SecretsManager
            | Bucket::CostReports => return,
        }
        if learned == LearnedRate::default() {
            self.accounts.remove(&account);
        } else {
            self.accounts.insert(account, learned);
        }
    }
}
