//! A target, an outbox in memory, a clock that is set by hand, and drift to tell of.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use digitalex_core::{Aspect, Effect, FleetStatus, Verdict};
use digitalex_engine::{CallCounts, Clock, PassSummary, PassTrigger};
use digitalex_store::{DriftEnd, DriftEvent, NewNotification};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::Notify;

use crate::notify::post::builder;
use crate::notify::{
    Delivered, Delivery, EventKind, Format, HmacSecret, NotifyTarget, Outbox, OutboxError, Queued,
    Unmarked,
};

/// What no log line and no error may hold: in the URL's path and in the secret.
pub(super) const CANARY: &str = "canary-0123456789";

pub(super) fn start() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

pub(super) fn target(name: &str, url: &str) -> NotifyTarget {
    NotifyTarget {
        name: name.to_owned(),
        url: format!("{url}/hook/{CANARY}").parse().unwrap(),
        format: Format::Json,
        secret: Some(HmacSecret::new(CANARY).unwrap()),
        events: EventKind::ALL.into(),
    }
}

pub(super) fn event(id: i64, effect: Effect) -> DriftEvent {
    DriftEvent {
        id,
        account: format!("{:012}", 111_111_111_000 + id).parse().unwrap(),
        account_name: format!("<!channel> R&D {id}"),
        aspect: Aspect::Trust,
        subject: String::new(),
        effect,
        summary: "trusts arn:aws:iam::999999999999:root".to_owned(),
        first_seen: start(),
        last_seen: start(),
        ended_at: None,
        ended_by: None,
        was_in_sync: true,
    }
}

pub(super) fn ended(id: i64, effect: Effect, by: DriftEnd, was_in_sync: bool) -> DriftEvent {
    let ended_at = Some(start() + Duration::from_secs(60));
    DriftEvent { ended_at, ended_by: Some(by), was_in_sync, ..event(id, effect) }
}

pub(super) fn pass(verdicts: &[(Verdict, usize)]) -> PassSummary {
    let status =
        FleetStatus { verdicts: verdicts.iter().copied().collect(), ..FleetStatus::default() };
    PassSummary {
        started_at: start(),
        ended_at: start() + Duration::from_secs(60),
        due_at: start(),
        trigger: PassTrigger::Schedule,
        visited: status.total(),
        status,
        calls: CallCounts::default(),
        throttled: CallCounts::default(),
        interrupted: false,
        fell_behind: false,
    }
}

/// A clock that is set by hand; who sleeps waits for ever.
pub(super) struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub(super) fn pass(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.now().duration_since(start()).try_into().unwrap()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        std::future::pending().boxed()
    }
}

/// One notification in the outbox.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) queued: Queued,
    /// None: it is not sent any more.
    pub(super) next_at: Option<Timestamp>,
    pub(super) sent: bool,
    pub(super) error: Option<String>,
}

pub(super) struct MemoryOutbox {
    entries: Mutex<Vec<Entry>>,
    clock: Arc<ManualClock>,
}

impl MemoryOutbox {
    pub(super) fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn put(&self, notifications: Vec<NewNotification>) -> Result<(), OutboxError> {
        let mut entries = self.entries();
        for notification in notifications {
            if entries.iter().any(|entry| entry.queued.notification.key == notification.key) {
                continue;
            }
            let (id, queued_at) = (entries.len() as i64, self.clock.now());
            let queued = Queued { id, queued_at, attempts: 0, notification };
            entries.push(Entry { queued, next_at: Some(queued_at), sent: false, error: None });
        }
        Ok(())
    }

    async fn due(
        &self,
        target: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Queued>, OutboxError> {
        let entries = self.entries();
        let due = entries.iter().filter(|entry| {
            entry.queued.notification.target == target && entry.next_at.is_some_and(|at| at <= now)
        });
        Ok(due.take(limit as usize).map(|entry| entry.queued.clone()).collect())
    }

    async fn sent(&self, id: i64, _: Timestamp) -> Result<(), OutboxError> {
        let entry = &mut self.entries()[id as usize];
        (entry.sent, entry.next_at) = (true, None);
        Ok(())
    }

    async fn failed(
        &self,
        id: i64,
        error: &str,
        next_at: Option<Timestamp>,
    ) -> Result<(), OutboxError> {
        let entry = &mut self.entries()[id as usize];
        entry.queued.attempts += 1;
        (entry.next_at, entry.error) = (next_at, Some(error.to_owned()));
        Ok(())
    }
}

/// What delivers, and all that it works with.
pub(super) struct Fixture {
    pub(super) clock: Arc<ManualClock>,
    pub(super) outbox: Arc<MemoryOutbox>,
    pub(super) delivered: Arc<Mutex<Vec<Delivered>>>,
    /// Told of each attempt, when its result stands in `delivered`.
    pub(super) told: Arc<Notify>,
    pub(super) delivery: Delivery,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock(Mutex::new(start())));
        let outbox = Arc::new(MemoryOutbox { entries: Mutex::default(), clock: clock.clone() });
        let delivered = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::new(Notify::new());
        let (results, tells) = (Arc::clone(&delivered), Arc::clone(&told));
        let delivery = Delivery {
            outbox: outbox.clone(),
            http: builder().no_proxy().build().unwrap(),
            clock: clock.clone(),
            jitter: Mutex::new(SmallRng::seed_from_u64(1)),
            on_delivered: Arc::new(move |result| {
                results.lock().unwrap().push(result);
                tells.notify_one();
            }),
            unmarked: Unmarked::default(),
        };
        Self { clock, outbox, delivered, told, delivery }
    }

    pub(super) fn delivered(&self) -> Vec<Delivered> {
        self.delivered.lock().unwrap().clone()
    }
}

/// Log lines of this thread, at the most talkative level.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub(super) fn capture() -> (Self, tracing::subscriber::DefaultGuard) {
        crate::telemetry::tests::heed_every_event();
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    /// Of our own crates: the filter of the log keeps others to warnings.
    pub(super) fn text(&self) -> String {
        let all = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let ours = |line: &&str| line.contains("digitalex") || line.contains("WARN");
        all.lines().filter(ours).map(|line| format!("{line}\n")).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
