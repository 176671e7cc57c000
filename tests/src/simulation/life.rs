//! The life of one simulated process: every moment of it is watched, and may be its last.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use digitalex_engine::{Journal, JournalEntry, JournalError, KeepEvent};
use digitalex_sim::faults::{CallInfo, Fate, Fault, Moment, Watch};
use digitalex_store::SqliteStore;
use tokio_util::sync::CancellationToken;

use super::checks::{ProcessId, ServedCall};
use super::memory::Memory;
use super::universe::{Kills, Universe};

/// A process that lives, or has died.
pub struct Life {
    /// Where.
    pub universe: Arc<Universe>,
    /// Its number.
    pub process: ProcessId,
    /// Cancelled when it is killed.
    pub killed: CancellationToken,
    /// How often it has asked something of the key sink.
    pub sink_asked: AtomicU64,
    points: AtomicU64,
}

/// The store's journal, as a process has it that may be killed before and after each entry.
pub struct WatchedJournal {
    /// The process.
    pub life: Arc<Life>,
    /// Its store.
    pub memory: Memory,
}

/// The points where a role or user is there, and bare, or a key, and known to nobody.
const MID_CREATION: [&str; 3] =
    ["CreateRole served", "CreateUser served", "CreateAccessKey served"];

impl Life {
    /// A new process.
    #[must_use]
    pub fn begin(universe: &Arc<Universe>) -> Arc<Self> {
        let (universe, process) = (Arc::clone(universe), universe.next_process());
        universe.note(format_args!("p{process} starts"));
        Arc::new(Self {
            universe,
            process,
            killed: CancellationToken::new(),
            sink_asked: AtomicU64::new(0),
            points: AtomicU64::new(0),
        })
    }

    /// A point at which it may be killed; does not come back where it is.
    pub async fn pass(&self, point: &str) {
        if self.fate(point) == Fate::Dies {
            std::future::pending::<()>().await;
        }
    }

    /// The loop, or a run, tells something.
    pub fn told(&self, event: &KeepEvent) {
        if self.killed.is_cancelled() {
            return;
        }
        let (universe, process) = (&self.universe, self.process);
        let now = universe.clock.now();
        universe.sandbox.with_world(|world| {
            let mut watching = universe.watching();
            watching.trace.add(now, format_args!("p{process} {}", Told(event)));
            watching.checks.told(process, event, world, now);
        });
    }

    fn fate(&self, point: &str) -> Fate {
        if self.killed.is_cancelled() {
            return Fate::Dies;
        }
        let nth = self.points.fetch_add(1, Ordering::Relaxed);
        if !self.is_last(nth, point) {
            return Fate::Lives;
        }
        let now = self.universe.clock.now();
        let mut watching = self.universe.watching();
        watching.trace.add(now, format_args!("p{} is killed at {point}", self.process));
        *watching.killed_at.entry(point.to_owned()).or_default() += 1;
        watching.checks.ended(self.process);
        self.killed.cancel();
        Fate::Dies
    }

    fn is_last(&self, nth: u64, point: &str) -> bool {
        let universe = &self.universe;
        match &universe.watching().kills {
            Kills::At(points) => points.get(self.process as usize - 1) == Some(&nth),
            Kills::Drawn(chance) => {
                let occasion = (u64::from(self.process) << 32) | nth;
                let chance = if MID_CREATION.contains(&point) { chance * 16.0 } else { *chance };
                universe.is_faulty()
                    && universe.plan.share(Fault::KilledMidCreation, occasion) < chance
            }
        }
    }

    fn served(&self, served: &ServedCall<'_>, fault: Option<Fault>) {
        let ServedCall { process, call, outcome, answered, .. } = served;
        let mut watching = self.universe.watching();
        let word = match outcome {
            Ok(true) => "done",
            Ok(false) => "not done",
            Err(error) => error.code,
        };
        let lost = if *answered { "" } else { ", unanswered" };
        let number = fault.map_or(0, Fault::number);
        watching.trace.add(
            call.at,
            format_args!(
                "p{process} {} {} {word}{lost} fault {number}",
                call.operation, call.account
            ),
        );
        watching.fired.extend(fault);
        if served.was_written() {
            *watching.writes.entry(call.account).or_default() += 1;
        }
        watching.checks.served(served, fault);
    }
}

impl Watch for Life {
    fn at(&self, call: &CallInfo, moment: Moment<'_>) -> Fate {
        let operation = call.operation;
        match moment {
            Moment::Sent if self.killed.is_cancelled() => Fate::Dies,
            Moment::Sent => {
                self.universe.watching().checks.sent(self.process, call);
                if ["CreateRole", "CreateUser"].contains(&operation) && self.universe.is_faulty() {
                    let plan = &self.universe.plan;
                    if plan.shows_in(Fault::CreateRace, call) {
                        self.universe.create_first(call.account, call.before.is_multiple_of(2));
                    }
                }
                self.fate(&format!("{operation} sent"))
            }
            // What was on its way when the process died is served all the same.
            Moment::Served { fault, outcome, answered, before, shown, world } => {
                let process = self.process;
                let served = ServedCall { process, call, outcome, answered, before, shown, world };
                self.served(&served, fault);
                let fate = self.fate(&format!("{operation} served"));
                if fate == Fate::Dies && served.was_written() && operation == "CreateRole" {
                    self.universe.watching().fired.insert(Fault::KilledMidCreation);
                }
                fate
            }
            Moment::Answered { is_transient } => {
                let now = self.universe.clock.now();
                let mut watching = self.universe.watching();
                watching.checks.answered(self.process, call, is_transient, now);
                drop(watching);
                self.fate(&format!("{operation} answered"))
            }
        }
    }
}

#[async_trait]
impl Journal for WatchedJournal {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let Life { universe, process, .. } = &*self.life;
        let word = match entry {
            JournalEntry::Intent { .. } => "intent",
            JournalEntry::Outcome { .. } => "outcome",
        };
        self.life.pass(&format!("{word} to be stored")).await;
        self.has_room()?;
        let now = universe.clock.now();
        {
            let mut watching = universe.watching();
            watching.trace.add(now, format_args!("p{process} stores {word}"));
            watching.checks.journalled(*process, entry, now);
        }
        let kept = entry.clone();
        let append = |store: SqliteStore| async move { store.append(&kept).await };
        let stored = self.memory.with(&*universe.clock, append);
        if stored.is_ok() {
            universe.watching().checks.stored(*process, entry, now);
        }
        self.life.pass(&format!("{word} stored")).await;
        stored
    }

    async fn check(&self) -> Result<(), JournalError> {
        self.life.pass("journal to be checked").await;
        self.has_room()?;
        let clock = &*self.life.universe.clock;
        self.memory.with(clock, |store| async move { store.check().await })
    }
}

impl WatchedJournal {
    fn has_room(&self) -> Result<(), JournalError> {
        if !self.life.universe.disk_is_full() {
            return Ok(());
        }
        let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
        Err(JournalError { place: "store.sqlite".to_owned(), source })
    }
}

/// An event in a few words that are the same each time.
struct Told<'a>(&'a KeepEvent);

impl std::fmt::Display for Told<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            KeepEvent::PassStarted { trigger, .. } => write!(out, "begins a pass ({trigger:?})"),
            KeepEvent::Listed(account) => write!(out, "knows {} {}", account.id, account.state),
            KeepEvent::ListingEnded { error, .. } => match error {
                None => out.write_str("has listed all"),
                Some(error) => write!(out, "has not listed all: {error}"),
            },
            KeepEvent::Left(id) => write!(out, "tells {id} has left"),
            KeepEvent::Visited(visit) => {
                let record = &visit.record;
                let code = record.cause.as_ref().map_or("", |cause| cause.code);
                write!(out, "tells {} {} {code}", record.id, record.verdict.as_str())
            }
            KeepEvent::PassEnded(summary) => {
                write!(
                    out,
                    "ends a pass of {}, interrupted: {}",
                    summary.status.total(),
                    summary.interrupted
                )
            }
            KeepEvent::NextPass(_) => out.write_str("has a next pass"),
            KeepEvent::WritesSuspended(cause) => write!(out, "suspends writes: {}", cause.code),
            KeepEvent::WritesResumed => out.write_str("resumes writes"),
        }
    }
}
