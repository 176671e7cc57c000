//! Token buckets: one for each that AWS counts in, waited for in order.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use digitalex_core::AccountId;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::{Bucket, Call, Clock};

/// A sustained rate and a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls per second, sustained.
    pub per_second: NonZeroU32,
    /// Calls at once.
    pub burst: NonZeroU32,
}

/// The rates of all buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// Of each Organizations API, by operation.
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

/// Hands out the turns to call.
pub(crate) struct Pacer {
    rates: Rates,
    clock: PacingClock,
    queues: Mutex<HashMap<Key, Arc<Queue>>>,
}

/// Each Organizations API is counted on its own.
type Key = (Bucket, Option<&'static str>);

type Limiter = RateLimiter<NotKeyed, InMemoryState, PacingClock, NoOpMiddleware<Duration>>;

/// A bucket, and the turn to draw from it: waiting callers are served in order, without spinning.
struct Queue {
    limiter: Limiter,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct PacingClock(Arc<dyn Clock>);

impl governor::clock::Clock for PacingClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

impl Pacer {
    pub(crate) fn new(rates: Rates, clock: Arc<dyn Clock>) -> Self {
        Self { rates, clock: PacingClock(clock), queues: Mutex::default() }
    }

    /// Ends when `call` may be made.
    pub(crate) async fn turn(&self, call: Call) {
        let queue = self.queue(call);
        let _turn = queue.turn.lock().await;
        while let Err(early) = queue.limiter.check() {
            self.clock.0.sleep(early.wait_time_from(self.clock.now())).await;
        }
    }

    /// Forgets the buckets of an account that is done, so that memory stays flat.
    pub(crate) fn forget(&self, account: AccountId) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.remove(&(Bucket::IamRead(account), None));
        queues.remove(&(Bucket::IamWrite(account), None));
    }

    fn queue(&self, call: Call) -> Arc<Queue> {
        let api = (call.bucket == Bucket::Organizations).then_some(call.operation);
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry((call.bucket, api)).or_insert_with(|| {
            let rate = self.rates.of(call);
            let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
            let limiter = RateLimiter::direct_with_clock(quota, self.clock.clone());
            Arc::new(Queue { limiter, turn: tokio::sync::Mutex::default() })
        });
        Arc::clone(queue)
    }
}

impl Rates {
    fn of(&self, call: Call) -> Rate {
        match call.bucket {
            Bucket::Organizations => {
                self.organizations.get(call.operation).copied().unwrap_or(self.organizations_other)
            }
            Bucket::Sts => self.sts,
            Bucket::IamRead(_) => self.iam_read,
            Bucket::IamWrite(_) => self.iam_write,
        }
    }
}

impl Rate {
    /// So many calls per second and at once; at least one.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        let at_least_one = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self { per_second: at_least_one(per_second), burst: at_least_one(burst) }
    }
}

impl Default for Rates {
    /// The published rates (Organizations, IAM and STS "Quotas"); those of IAM calls are not
    /// published, and set to what is generally met.
    fn default() -> Self {
        let organizations = [
            ("ListAccounts", Rate::new(8, 12)),
            ("DescribeAccount", Rate::new(20, 30)),
            ("ListParents", Rate::new(5, 8)),
            ("ListAccountsForParent", Rate::new(5, 8)),
            ("ListOrganizationalUnitsForParent", Rate::new(5, 8)),
            ("ListChildren", Rate::new(6, 10)),
            ("ListTagsForResource", Rate::new(10, 15)),
        ];
        Self {
            organizations: organizations.map(|(name, rate)| (name.to_owned(), rate)).into(),
            organizations_other: Rate::new(1, 2),
            sts: Rate::new(600, 600),
            iam_read: Rate::new(15, 15),
            iam_write: Rate::new(5, 5),
        }
    }
}
