//! Token buckets: one for each that AWS counts in, waited for in order, each at a speed of its own.

mod learned;
mod queue;
mod speed;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use digitalex_core::AccountId;
use tokio::sync::watch;

pub use self::learned::{LearnedRate, LearnedRates};
use self::queue::Queue;
use self::speed::Speed;
use crate::{Bucket, Call, Clock, Floor, Rates};

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
}

/// Each Organizations API is counted on its own.
type Key = (Bucket, Option<&'static str>);

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
        self.state().learned = learned;
    }

    /// Ends when `call` may be made, and says when that was, on the monotonic clock.
    pub(crate) async fn turn(&self, call: Call) -> Duration {
        let queue = self.queue(call);
        queue.turn(&self.clock).await
    }

    /// A call that got its turn at `turn` was throttled, and AWS asked to wait for `wait`: its bucket,
    /// and no other, slows down.
    pub(crate) fn throttled(&self, call: Call, turn: Duration, wait: Option<Duration>) {
        self.queue(call).throttled(turn, self.clock.0.monotonic(), wait);
        if let Some(account) = call.bucket.account() {
            self.mark_slowed(&mut self.state(), account);
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
            }
        }
        if state.slowed.remove(&account) {
            self.slowed.send_replace(state.slowed.len());
        }
    }

    /// What was learned of accounts that are done.
    pub(crate) fn learned(&self) -> LearnedRates {
        self.state().learned.clone()
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
        let floors = shared
            .map(|((_, api), queue)| Floor { time: queue.floor(), bucket: api.unwrap_or("STS") });
        floors.max_by_key(|floor| floor.time).unwrap_or_default()
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
        if let Some(account) = call.bucket.account().filter(|_| share < 1.0) {
            self.mark_slowed(&mut state, account);
        }
        let speed = Speed::starting(share, self.clock.0.monotonic());
        let queue = Arc::new(Queue::new(rate, speed, &self.clock));
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
