//! Delivers what lies in the outbox: each target on its own, so that a slow one holds up no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use digitalex_engine::Clock;
use futures::future::join_all;
use jiff::Timestamp;
use rand::Rng;
use rand::rngs::SmallRng;
use reqwest::Client;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::backoff::wait_after;
use super::outbox::{Outbox, OutboxError, Queued};
use super::post::{Answer, post};
use super::target::NotifyTarget;

/// Taken from the outbox at once.
const BATCH: u32 = 20;

/// How often the outbox is looked into where nothing new is announced: for what is to be tried again.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What became of an attempt, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// The receiver has it.
    Sent,
    /// It will be tried again.
    Retried,
    /// It never got through.
    GivenUp,
}

/// Is told of each attempt.
pub type OnDelivered = Arc<dyn Fn(Delivered) + Send + Sync>;

/// Delivers notifications.
pub struct Delivery {
    /// Where they lie.
    pub outbox: Arc<dyn Outbox>,
    /// What sends them: [`client`](super::client).
    pub http: Client,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Spreads attempts.
    pub jitter: Mutex<SmallRng>,
    /// Is told of each attempt.
    pub on_delivered: OnDelivered,
    /// What could not be written to the outbox, whose rows thus still say that they are due.
    pub unmarked: Unmarked,
}

/// Attempts whose result the outbox does not know: they are not made again meanwhile.
#[derive(Default)]
pub struct Unmarked(Mutex<HashMap<i64, Option<Timestamp>>>);

impl Delivered {
    /// The word of the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retried => "retried",
            Self::GivenUp => "given_up",
        }
    }
}

impl Unmarked {
    fn get(&self, id: i64) -> Option<Option<Timestamp>> {
        self.lock().get(&id).copied()
    }

    fn set(&self, id: i64, next_at: Option<Timestamp>) {
        self.lock().insert(id, next_at);
    }

    fn clear(&self, id: i64) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Option<Timestamp>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivery {
    /// Delivers until `stop`; `news` changes when something was put into the outbox.
    ///
    /// What is under way at the stop is dropped, and sent again after the next start: with the same
    /// `Idempotency-Key`, by which its receiver can tell.
    pub async fn run(
        &self,
        targets: &[NotifyTarget],
        news: &watch::Receiver<u64>,
        stop: &CancellationToken,
    ) {
        let each = targets.iter().map(|target| self.run_target(target, news.clone()));
        tokio::select! {
            () = stop.cancelled() => {}
            _ = join_all(each) => {}
        }
    }

    async fn run_target(&self, target: &NotifyTarget, mut news: watch::Receiver<u64>) {
        loop {
            news.mark_unchanged();
            let rest = match self.deliver_due(target).await {
                Ok(rest) => rest,
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(webhook = target.name, error, "notifications wait");
                    LOOK_EVERY
                }
            };
            if rest > LOOK_EVERY {
                self.clock.sleep(rest).await;
                continue;
            }
            tokio::select! {
                () = self.clock.sleep(LOOK_EVERY) => {}
                // Without an announcer only what waits already is delivered.
                changed = news.changed() => if changed.is_err() {
                    self.clock.sleep(LOOK_EVERY).await;
                },
            }
        }
    }

    /// Sends what is due to one target; gives back how long the target asked to be left alone.
    pub(super) async fn deliver_due(&self, target: &NotifyTarget) -> Result<Duration, OutboxError> {
        loop {
            let due = self.outbox.due(&target.name, self.clock.now(), BATCH).await?;
            if due.is_empty() {
                return Ok(Duration::ZERO);
            }
            let mut passed_over = false;
            for queued in due {
                if self.is_unmarked(&queued).await? {
                    passed_over = true;
                    continue;
                }
                let rest = self.deliver(target, &queued).await?;
                if !rest.is_zero() {
                    return Ok(rest);
                }
            }
            if passed_over {
                return Ok(Duration::ZERO);
            }
        }
    }

    async fn deliver(
        &self,
        target: &NotifyTarget,
        queued: &Queued,
    ) -> Result<Duration, OutboxError> {
        let answer = post(&self.http, target, &queued.notification, self.clock.now()).await;
        let now = self.clock.now();
        match answer {
            Answer::Accepted => {
                (self.on_delivered)(Delivered::Sent);
                self.unmarked.set(queued.id, None);
                self.outbox.sent(queued.id, now).await?;
                self.unmarked.clear(queued.id);
                Ok(Duration::ZERO)
            }
            Answer::Later { reason, retry_after } => {
                self.later(target, queued, &reason, retry_after, now).await?;
                Ok(retry_after.unwrap_or_default())
            }
            Answer::Refused { reason } => {
                self.give_up(target, queued, &reason).await?;
                Ok(Duration::ZERO)
            }
        }
    }

    /// Whether it was delivered, or is not due yet, though the outbox does not know: it is told again.
    async fn is_unmarked(&self, queued: &Queued) -> Result<bool, OutboxError> {
        let now = self.clock.now();
        match self.unmarked.get(queued.id) {
            Some(None) => self.outbox.sent(queued.id, now).await?,
            Some(Some(next_at)) if next_at > now => return Ok(true),
            Some(Some(_)) | None => return Ok(false),
        }
        self.unmarked.clear(queued.id);
        Ok(true)
    }

    async fn later(
        &self,
        target: &NotifyTarget,
        queued: &Queued,
        reason: &str,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) -> Result<(), OutboxError> {
        let age = Duration::try_from(now.duration_since(queued.queued_at)).unwrap_or_default();
        let attempts = queued.attempts.saturating_add(1);
        let share = self.jitter.lock().unwrap_or_else(PoisonError::into_inner).random::<f64>();
        let Some(wait) = wait_after(attempts, age, retry_after, share) else {
            return self.give_up(target, queued, &format!("{reason}, for a day")).await;
        };
        let key = &queued.notification.key;
        tracing::debug!(
            webhook = target.name,
            key,
            reason,
            ?wait,
            "the notification is sent later"
        );
        let next_at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        (self.on_delivered)(Delivered::Retried);
        self.unmarked.set(queued.id, Some(next_at));
        self.outbox.failed(queued.id, reason, Some(next_at)).await?;
        self.unmarked.clear(queued.id);
        Ok(())
    }

    async fn give_up(
        &self,
        target: &NotifyTarget,
        queued: &Queued,
        reason: &str,
    ) -> Result<(), OutboxError> {
        let key = &queued.notification.key;
        tracing::warn!(
            webhook = target.name,
            key,
            reason,
            "the notification is given up: check the target's URL and its receiver"
        );
        self.outbox.failed(queued.id, reason, None).await?;
        (self.on_delivered)(Delivered::GivenUp);
        Ok(())
    }
}
