//! The daemon's loop over some implementation of the ports, running beside the test in virtual time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use digitalex_core::{AccountId, Correction, Verdict};
use digitalex_engine::{
    Clock, Journal, JournalEntry, JournalError, Keep, KeepCommand, KeepEvent, KeepSettings,
    NoKeySink, Organization, PassSummary, Resume, Timing, Visit, keep,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::rollout::{MemoryJournal, Rig, Rollout, external_id};
use crate::watched::Watched;

/// A minute.
pub const MINUTE: Duration = Duration::from_secs(60);

/// What a loop is started with.
pub struct Keeping {
    /// The organization.
    pub organization: Arc<dyn Organization>,
    /// The ways into accounts.
    pub access: Watched,
    /// The journal.
    pub journal: Arc<FullableJournal>,
    /// How often and how long.
    pub timing: Timing,
    /// What is corrected.
    pub correction: Correction,
    /// The memory of the loop before it.
    pub resume: Resume,
}

/// A loop that runs beside the test.
pub struct RunningLoop {
    events: Arc<Mutex<Vec<KeepEvent>>>,
    clock: Arc<dyn Clock>,
    /// Asks something of it.
    pub commands: mpsc::Sender<KeepCommand>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// A journal in memory whose disk can be full.
#[derive(Debug, Default)]
pub struct FullableJournal {
    inner: MemoryJournal,
    full: AtomicBool,
}

impl Keeping {
    /// A loop over `rig` that corrects everything: a pass an hour, a listing each quarter.
    #[must_use]
    pub fn of(rig: &dyn Rig) -> Self {
        let clock = Arc::clone(rig.caller().clock());
        Self {
            organization: rig.organization(),
            access: Watched::new(rig.read_access(), rig.write_access(), clock),
            journal: Arc::default(),
            timing: Timing {
                interval: 60 * MINUTE,
                jitter: 0.1,
                listing_interval: 15 * MINUTE,
                recheck_base: MINUTE,
                unreachable_max: 24 * 60 * MINUTE,
                drain_deadline: Duration::from_secs(30),
            },
            correction: Correction::everything(),
            resume: Resume::default(),
        }
    }

    /// The settings for what `rollout` rolls out.
    pub async fn settings(&self, rollout: &Rollout<'_>) -> KeepSettings {
        KeepSettings {
            scope: rollout.scope(&*self.organization).await,
            external_id: external_id(),
            concurrency: rollout.concurrency,
            timing: self.timing,
            correction: self.correction.clone(),
        }
    }

    /// Starts it.
    pub async fn start(&self, rig: &dyn Rig, rollout: &Rollout<'_>) -> RunningLoop {
        let settings = self.settings(rollout).await;
        let stop = CancellationToken::new();
        let kept = Keep {
            run: "test".to_owned(),
            organization: Arc::clone(&self.organization),
            read: Arc::new(self.access.clone()),
            write: Arc::new(self.access.clone()),
            journal: Arc::clone(&self.journal) as Arc<dyn Journal>,
            key_sink: Arc::new(NoKeySink),
            policies: rig.policies(),
            caller: rig.caller().clone(),
            rng: SmallRng::seed_from_u64(11),
            stop: stop.clone(),
        };
        let (commands, asked) = mpsc::channel(16);
        let (resume, events) = (self.resume.clone(), Arc::<Mutex<Vec<KeepEvent>>>::default());
        let told = Arc::clone(&events);
        let task = tokio::spawn(async move {
            let mut on_event = |event| lock(&told).push(event);
            keep(kept, settings, resume, asked, &mut on_event).await;
        });
        RunningLoop { events, clock: Arc::clone(rig.caller().clock()), commands, stop, task }
    }
}

impl RunningLoop {
    /// Lets it run for so long.
    ///
    /// # Panics
    /// It has ended.
    pub async fn run_for(&self, duration: Duration) {
        self.clock.sleep(duration).await;
        assert!(!self.task.is_finished(), "the loop has ended");
    }

    /// Asks something of it.
    ///
    /// # Panics
    /// It has ended.
    pub async fn ask(&self, command: KeepCommand) {
        self.commands.send(command).await.expect("it listens");
    }

    /// Stops it, and waits until it has ended.
    ///
    /// # Panics
    /// It panicked.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        (&mut self.task).await.expect("it ends well");
    }

    /// What it told so far.
    pub fn events(&self) -> MutexGuard<'_, Vec<KeepEvent>> {
        lock(&self.events)
    }

    /// The visits of an account so far.
    #[must_use]
    pub fn visits(&self, account: AccountId) -> Vec<Visit> {
        let of_account = |event: &KeepEvent| match event {
            KeepEvent::Visited(visit) if visit.record.id == account => Some((**visit).clone()),
            _ => None,
        };
        self.events().iter().filter_map(of_account).collect()
    }

    /// The verdicts of an account so far.
    #[must_use]
    pub fn verdicts(&self, account: AccountId) -> Vec<Verdict> {
        self.visits(account).iter().map(|visit| visit.record.verdict).collect()
    }

    /// The passes so far.
    #[must_use]
    pub fn passes(&self) -> Vec<PassSummary> {
        let of_pass = |event: &KeepEvent| match event {
            KeepEvent::PassEnded(summary) => Some((**summary).clone()),
            _ => None,
        };
        self.events().iter().filter_map(of_pass).collect()
    }
}

impl FullableJournal {
    /// Whether its disk is full from now on.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// What was written, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<JournalEntry> {
        self.inner.entries()
    }

    fn written(&self) -> Result<(), JournalError> {
        if self.full.load(Ordering::SeqCst) {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(JournalError { place: "store.sqlite".to_owned(), source });
        }
        Ok(())
    }
}

#[async_trait]
impl Journal for FullableJournal {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        self.written()?;
        self.inner.append(entry).await
    }

    async fn check(&self) -> Result<(), JournalError> {
        self.written()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
