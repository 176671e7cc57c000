//! Token buckets: one for each that AWS counts in, waited for in order, each at a speed of its own.

mod learned;
mod queue;
mod speed;
mod typical;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use digitalex_core::AccountId;
use tokio::sync::watch;

pub use self::learned::{LearnedRate, LearnedRates};
use self::queue::Queue;
use self::speed::Speed;
use self::typical::Typical;
use crate::{Bucket, Call, Clock, Floor, Rate, Rates, StsRegion};

/// Hands out the turns to call.
pub(crate) struct Pacer {
    rates: Rates,
    clock: PacingClock,
    state: Mutex<State>,
    /// How many accounts are slowed down.
    slowed: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    queues: HashMap<Key, Arc<Queue>>,
    learned: LearnedRates,
    slowed: HashSet<AccountId>,
    typical_read: Typical,
    typical_write: Typical,
}

/// Each Organizations API is counted on its own.
type Key = (Bucket, Option<&'static str>);

/// What people call their buckets.
const SECRETS_MANAGER: &str = "Secrets Manager";
const COST_REPORTS: &str = "Cost and Usage Reports";

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
        let slowed = watch::Sender::new(0);
        Self { rates, clock: PacingClock(clock), state: Mutex::default(), slowed }
    }

    /// Begins accounts at what was learned of them before.
    pub(crate) fn remember(&self, learned: LearnedRates) {
        let share = |known: Option<f64>, rate: Rate| {
            known.map_or(1.0, |per_second| per_second / rate.per_second())
        };
        let LearnedRate { read, write } = learned.typical;
        let mut state = self.state();
        state.typical_read = Typical::starting(share(read, self.rates.iam_read));
        state.typical_write = Typical::starting(share(write, self.rates.iam_write));
        state.learned = learned;
    }

    /// Ends when `call` may be made, and says when that was, on the monotonic clock.
    pub(crate) async fn turn(&self, call: Call) -> Duration {
        let queue = self.queue(call);
        queue.turn(&self.clock, || self.state().typical_share(call.bucket)).await
    }

    /// A call that got its turn at `turn` was throttled, and AWS asked to wait for `wait`: its bucket
    /// slows down, and no other, unless most accounts are throttled (see `typical`).
    pub(crate) fn throttled(&self, call: Call, turn: Duration, wait: Option<Duration>) {
        let typical = self.state().typical_share(call.bucket);
        let queue = self.queue(call);
        queue.throttled(turn, self.clock.0.monotonic(), wait, typical);
        let Some(account) = call.bucket.account() else { return };
        let mut state = self.state();
        self.mark_slowed(&mut state, account);
        if let Some(typical) = state.typical(call.bucket) {
            typical.throttled(account);
        }
    }

    /// Forgets the buckets of an account that is done, but for what was learned, so that memory stays
    /// flat.
    pub(crate) fn forget(&self, account: AccountId) {
        let now = self.clock.0.monotonic();
        let mut state = self.state();
        for bucket in [Bucket::IamRead(account), Bucket::IamWrite(account)] {
            if let Some(queue) = state.queues.remove(&(bucket, None)) {
                state.learned.set(bucket, queue.learned(now));
                state.typical(bucket).into_iter().for_each(|typical| typical.done(account));
            }
        }
        if state.slowed.remove(&account) {
            self.slowed.send_replace(state.slowed.len());
        }
    }

    /// What was learned of accounts that are done.
    pub(crate) fn learned(&self) -> LearnedRates {
        let state = self.state();
        let rate = |typical: &Typical, rate: Rate| {
            Some(typical.share() * rate.per_second()).filter(|_| typical.share() < 1.0)
        };
        let typical = LearnedRate {
            read: rate(&state.typical_read, self.rates.iam_read),
            write: rate(&state.typical_write, self.rates.iam_write),
        };
        LearnedRates { typical, ..state.learned.clone() }
    }

    /// How many accounts are slowed down now.
    pub(crate) fn slowed(&self) -> watch::Receiver<usize> {
        self.slowed.subscribe()
    }

    /// The least time in which AWS's rates allow what was called so far, where the whole fleet shares a
    /// bucket.
    pub(crate) fn floor(&self) -> Floor {
        let state = self.state();
        let shared = state.queues.iter().filter(|((bucket, _), _)| bucket.account().is_none());
        let name = |(bucket, api): &Key| match bucket {
            Bucket::SecretsManager => SECRETS_MANAGER,
            Bucket::CostReports => COST_REPORTS,
            _ => api.unwrap_or("STS"),
        };
        let floors = shared.map(|(key, queue)| Floor { time: queue.floor(), bucket: name(key) });
        floors.max_by_key(|floor| floor.time).unwrap_or_default()
    }

    /// The calls per second at most, by bucket, of the buckets that the whole fleet shares.
    pub(crate) fn pace(&self) -> BTreeMap<String, f64> {
        let now = self.clock.0.monotonic();
        let state = self.state();
        let name = |(bucket, api): &Key| match (bucket, api) {
            (Bucket::Organizations, api) => api.map(str::to_owned),
            (Bucket::Sts(StsRegion(0)), _) => Some("STS".to_owned()),
            (Bucket::Sts(StsRegion(region)), _) => Some(format!("STS, Region {}", region + 1)),
            (Bucket::SecretsManager, _) => Some(SECRETS_MANAGER.to_owned()),
            (Bucket::CostReports, _) => Some(COST_REPORTS.to_owned()),
            (Bucket::IamRead(_) | Bucket::IamWrite(_), _) => None,
        };
        state.queues.iter().filter_map(|(key, queue)| Some((name(key)?, queue.pace(now)))).collect()
    }

    fn queue(&self, call: Call) -> Arc<Queue> {
        let api = (call.bucket == Bucket::Organizations).then_some(call.operation);
        let mut state = self.state();
        if let Some(queue) = state.queues.get(&(call.bucket, api)) {
            return Arc::clone(queue);
        }
        let rate = self.rates.of(call);
        let known = state.learned.get(call.bucket);
        let share = known.map_or(1.0, |per_second| per_second / rate.per_second());
        match (call.bucket.account(), state.typical(call.bucket)) {
            (Some(account), _) if share < 1.0 => self.mark_slowed(&mut state, account),
            (Some(account), Some(typical)) => typical.begins(account),
            _ => {}
        }
        let speed = Speed::starting(share, self.clock.0.monotonic());
        let typical = state.typical_share(call.bucket);
        let queue = Arc::new(Queue::new(rate, speed, typical, &self.clock));
        state.queues.insert((call.bucket, api), Arc::clone(&queue));
        queue
    }

    fn mark_slowed(&self, state: &mut State, account: AccountId) {
        if state.slowed.insert(account) {
            self.slowed.send_replace(state.slowed.len());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The share of its rate at which a bucket is drawn from that was never throttled itself.
    fn typical_share(&self, bucket: Bucket) -> f64 {
        match bucket {
            Bucket::IamRead(_) => self.typical_read.share(),
            Bucket::IamWrite(_) => self.typical_write.share(),
            Bucket::Organizations
            | Bucket::Sts(_)
            | Bucket::SecretsManager
            | Bucket::CostReports => 1.0,
        }
    }

    fn typical(&mut self, bucket: Bucket) -> Option<&mut Typical> {
        match bucket {
            Bucket::IamRead(_) => Some(&mut self.typical_read),
            Bucket::IamWrite(_) => Some(&mut self.typical_write),
            Bucket::Organizations
            | Bucket::Sts(_)
            | Bucket::SecretsManager
            | Bucket::CostReports => None,
        }
    }
}
