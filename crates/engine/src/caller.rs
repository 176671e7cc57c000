//! Makes API calls: waits for each attempt's turn, retries what may be retried, and counts. It is
//! the only place that retries a call.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use digitalex_core::AccountId;
use rand::Rng;
use rand::rngs::SmallRng;
use serde::Serialize;

use crate::disposition::{Disposition, Intent, disposition};
use crate::pacer::{Pacer, Rates};
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
    /// IAM writes of one account. A write whose outcome is unknown is never retried here.
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

/// Calls made, retries included, by operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct CallCounts(pub BTreeMap<&'static str, u64>);

/// Makes API calls; cheap to clone, one for a whole run.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    pacer: Pacer,
    retry: RetryLimits,
    clock: Arc<dyn Clock>,
    jitter: Mutex<SmallRng>,
    counts: Mutex<CallCounts>,
}

impl Caller {
    /// A caller with full buckets.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, rates: &Rates, retry: RetryLimits, jitter: SmallRng) -> Self {
        let pacer = Pacer::new(rates.clone(), Arc::clone(&clock));
        let (jitter, counts) = (Mutex::new(jitter), Mutex::default());
        Self(Arc::new(Inner { pacer, retry, clock, jitter, counts }))
    }

    /// Makes a call, and again where it may and should be made again.
    ///
    /// # Errors
    /// The last attempt's error. [`CallErrorKind::Transient`](crate::CallErrorKind::Transient) of a
    /// write means that its outcome is unknown.
    pub async fn call<T, F, A>(&self, call: Call, mut attempt: F) -> Result<T, CallError>
    where
        F: FnMut() -> A + Send,
        A: Future<Output = Result<T, CallError>> + Send,
        T: Send,
    {
        let mut attempts = 0;
        loop {
            self.0.pacer.turn(call).await;
            self.count(call.operation);
            attempts += 1;
            let error = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = match disposition(&error, call.intent()) {
                Disposition::Retry => self.jittered_delay(attempts),
                Disposition::RetryAfter(wait) => wait + self.jittered_delay(attempts),
                Disposition::ReadFirst | Disposition::Hold | Disposition::Fatal => {
                    return Err(error);
                }
            };
            if attempts >= self.0.retry.attempts_max {
                return Err(error);
            }
            tracing::debug!(%error, attempts, ?wait, "trying again");
            self.0.clock.sleep(wait).await;
        }
    }

    /// The calls made so far.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Forgets the buckets of an account that is done.
    pub fn forget(&self, account: AccountId) {
        self.0.pacer.forget(account);
    }

    fn count(&self, operation: &'static str) {
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.0.entry(operation).or_default() += 1;
    }

    /// Full jitter: anything between nothing and the doubled delay.
    fn jittered_delay(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(16);
        let RetryLimits { delay_base, delay_max, .. } = self.0.retry;
        let ceiling = delay_base.saturating_mul(1 << doublings).min(delay_max);
        let mut jitter = self.0.jitter.lock().unwrap_or_else(PoisonError::into_inner);
        ceiling.mul_f64(jitter.random::<f64>())
    }
}

impl Call {
    fn intent(self) -> Intent {
        match self.bucket {
            Bucket::Organizations | Bucket::Sts | Bucket::IamRead(_) => Intent::Read,
            Bucket::IamWrite(_) => Intent::Write,
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
