//! Makes API calls: waits for each attempt's turn, retries what may be retried, and counts. It is
//! the only place that retries a call.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_core::planted::{PlantedBug, is_planted};
use rand::Rng;
use rand::rngs::SmallRng;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use crate::disposition::{Disposition, Intent, disposition};
use crate::pacer::{LearnedRates, Pacer};
use crate::{CallError, CallErrorKind, Clock, Floor, Rates};

/// Calls under way at once, all together: each holds a connection and so a file descriptor, of which
/// a process has 1,024 by default.
const UNDER_WAY_MAX: usize = 256;

/// The token bucket that AWS counts a call in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// One API of Organizations, counted on its own.
    Organizations,
    /// All of STS in one Region.
    Sts(StsRegion),
    /// IAM reads of one account.
    IamRead(AccountId),
    /// IAM writes of one account. A write whose outcome is unknown is never retried here.
    IamWrite(AccountId),
    /// Secrets Manager in one Region. What is written there is written under a token, or comes out the
    /// same when it is written twice: it is retried as a read is.
    SecretsManager,
    /// The definitions of Cost and Usage Reports.
    CostReports,
}

/// One of the Regions through whose STS endpoints roles are assumed: its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StsRegion(pub usize);

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
    /// Attempts, the first included. Those that AWS throttled do not count: they were not executed,
    /// and each slows its bucket down.
    pub attempts_max: u32,
    /// The first wait at most; doubled each time, with full jitter.
    pub delay_base: Duration,
    /// The longest wait.
    pub delay_max: Duration,
    /// How long one call is made again in all, throttled or not. Where AWS asks for a longer wait
    /// (`Retry-After`), the call fails at once.
    pub time_max: Duration,
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
    under_way: Semaphore,
    made: Mutex<CallCounts>,
    throttled: Mutex<CallCounts>,
}

/// The attempts of one call.
#[derive(Default)]
struct Attempts {
    /// When the first got its turn.
    began: Option<Duration>,
    /// Those that failed, but for the throttled.
    failed: u32,
    throttled: u32,
}

impl Caller {
    /// A caller with full buckets.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, rates: &Rates, retry: RetryLimits, jitter: SmallRng) -> Self {
        Self(Arc::new(Inner {
            pacer: Pacer::new(rates.clone(), Arc::clone(&clock)),
            retry,
            clock,
            jitter: Mutex::new(jitter),
            under_way: Semaphore::new(UNDER_WAY_MAX),
            made: Mutex::default(),
            throttled: Mutex::default(),
        }))
    }

    /// Makes a call, and again where it may and should be made again.
    ///
    /// # Errors
    /// The last attempt's error. [`CallErrorKind::Transient`] of a write means that its outcome is
    /// unknown.
    pub async fn call<T, F, A>(&self, call: Call, mut attempt: F) -> Result<T, CallError>
    where
        F: FnMut() -> A + Send,
        A: Future<Output = Result<T, CallError>> + Send,
        T: Send,
    {
        self.call_routed(|| call, |_| attempt()).await
    }

    /// As [`Caller::call`], but each attempt may be made elsewhere: `route` says where.
    ///
    /// # Errors
    /// Those of [`Caller::call`].
    pub async fn call_routed<T, R, F, A>(
        &self,
        mut route: R,
        mut attempt: F,
    ) -> Result<T, CallError>
    where
        R: FnMut() -> Call + Send,
        F: FnMut(Call) -> A + Send,
        A: Future<Output = Result<T, CallError>> + Send,
        T: Send,
    {
        let mut attempts = Attempts::default();
        loop {
            let call = route();
            let turn = self.0.pacer.turn(call).await;
            attempts.began.get_or_insert(turn);
            let under_way = self.0.under_way.acquire().await;
            count(&self.0.made, call);
            let result = attempt(call).await;
            drop(under_way);
            let error = match result {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.kind == CallErrorKind::Throttled {
                count(&self.0.throttled, call);
                // A longer wait fails this call; others of the bucket are not held up by it.
                let wait = error.retry_after.map(|wait| wait.min(self.0.retry.time_max));
                if !is_planted(PlantedBug::ForgetBackoff) {
                    self.0.pacer.throttled(call, turn, wait);
                }
            }
            let Some(wait) = self.wait_before_next(&error, call, &mut attempts) else {
                return Err(error);
            };
            tracing::debug!(api = call.operation, %error, ?wait, "trying again");
            self.0.clock.sleep(wait).await;
        }
    }

    /// The calls made so far.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        counts(&self.0.made).clone()
    }

    /// Those of them that AWS throttled.
    #[must_use]
    pub fn throttled(&self) -> CallCounts {
        counts(&self.0.throttled).clone()
    }

    /// The least time in which AWS's rates allow the calls that were made, however fast AWS and this
    /// machine are. Only what the whole fleet shares counts, Organizations and STS: IAM is counted
    /// in each account, and accounts do not wait for each other.
    #[must_use]
    pub fn floor(&self) -> Floor {
        self.0.pacer.floor()
    }

    /// The calls per second at most, now, by bucket, of the buckets that the whole fleet shares: the
    /// Organizations APIs by name, and STS.
    #[must_use]
    pub fn pace(&self) -> BTreeMap<String, f64> {
        self.0.pacer.pace()
    }

    /// Begins accounts at what was learned of them before.
    pub fn remember(&self, learned: LearnedRates) {
        self.0.pacer.remember(learned);
    }

    /// What throttling has taught about the accounts that are done.
    #[must_use]
    pub fn learned(&self) -> LearnedRates {
        self.0.pacer.learned()
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

    /// How many accounts are slowed down by throttling now.
    pub(crate) fn slowed(&self) -> watch::Receiver<usize> {
        self.0.pacer.slowed()
    }

    /// How long to wait before the next attempt; none where there is to be none.
    fn wait_before_next(
        &self,
        error: &CallError,
        call: Call,
        attempts: &mut Attempts,
    ) -> Option<Duration> {
        let asked = match disposition(error, call.intent()) {
            Disposition::Retry => Duration::ZERO,
            Disposition::RetryAfter(wait) => wait,
            Disposition::ReadFirst | Disposition::Hold | Disposition::Fatal => return None,
        };
        let wait = if error.kind == CallErrorKind::Throttled {
            attempts.throttled += 1;
            self.jittered_delay(attempts.throttled)
        } else {
            attempts.failed += 1;
            self.jittered_delay(attempts.failed)
        };
        let wait = asked.saturating_add(wait);
        let now = self.0.clock.monotonic();
        let spent = now.saturating_sub(attempts.began.unwrap_or(now));
        let within = attempts.failed < self.0.retry.attempts_max
            && spent.saturating_add(wait) <= self.0.retry.time_max;
        (within || is_planted(PlantedBug::AttemptWithoutEnd)).then_some(wait)
    }

    /// Full jitter: anything between nothing and the doubled delay.
    fn jittered_delay(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(16);
        let RetryLimits { delay_base, delay_max, .. } = self.0.retry;
        let ceiling = delay_base.saturating_mul(1 << doublings).min(delay_max);
        if is_planted(PlantedBug::ForgetBackoff) {
            return Duration::ZERO;
        } else if is_planted(PlantedBug::ForgetJitter) {
            return ceiling;
        }
        let mut jitter = self.0.jitter.lock().unwrap_or_else(PoisonError::into_inner);
        ceiling.mul_f64(jitter.random::<f64>())
    }
}

fn count(into: &Mutex<CallCounts>, call: Call) {
    *counts(into).0.entry(call.operation).or_default() += 1;
}

fn counts(of: &Mutex<CallCounts>) -> MutexGuard<'_, CallCounts> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CallCounts {
    /// The calls made since `before` was counted.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let since = |(operation, made): (&&'static str, &u64)| {
            let made = made.saturating_sub(before.0.get(operation).copied().unwrap_or_default());
            (made > 0).then_some((*operation, made))
        };
        Self(self.0.iter().filter_map(since).collect())
    }
}

impl Call {
    fn intent(self) -> Intent {
        match self.bucket {
            Bucket::Organizations
            | Bucket::Sts(_)
            | Bucket::IamRead(_)
            | Bucket::SecretsManager
            | Bucket::CostReports => Intent::Read,
            Bucket::IamWrite(_) => Intent::Write,
        }
    }
}

impl Bucket {
    /// The account whose own the bucket is.
    pub(crate) fn account(self) -> Option<AccountId> {
        match self {
            Self::IamRead(account) | Self::IamWrite(account) => Some(account),
            Self::Organizations | Self::Sts(_) | Self::SecretsManager | Self::CostReports => None,
        }
    }
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self {
            attempts_max: 6,
            delay_base: Duration::from_millis(200),
            delay_max: Duration::from_secs(20),
            time_max: Duration::from_secs(300),
        }
    }
}
