//! What a simulated process does: the product's engine over the product's store and the ports.

use std::sync::Arc;
use std::time::Duration;

use digitalex_core::{AccountId, Correction, FleetStatus};
use digitalex_engine::{
    Account, Approval, Caller, Journal, Keep, KeepEvent, KeepSettings, Organization,
    OrganizationInfo, Pass, PassEvent, PassSummary, PassTrigger, Rates, ReadAccess, Resume,
    RetryLimits, Timing, WriteAccess, apply, audit, keep,
};
use digitalex_sim::faults::{Fault, Medium};
use digitalex_sim::{Credentials, Sandbox, SimOrganization, SimReadAccess, SimWriteAccess};
use digitalex_store::{Change, Holder, Lease, SqliteStore};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

use crate::in_process::InProcessAws;
use crate::rigs::SdkRig;
use crate::rollout::Rig;

use super::life::{Life, WatchedJournal};
use super::memory::Memory;
use super::scenario::{Face, MINUTE, Mode};
use super::universe::Universe;
use super::wanted::{external_id, scope};

/// How long a process that cannot start, or was killed, is down.
const DOWN_FOR: Duration = Duration::from_secs(20);
/// The lease, and how often it is renewed and asked for: six times as long as the daemon has it, for as
/// many fewer writes.
const LEASE: Duration = Duration::from_secs(180);
const LEASE_RENEWED_EVERY: Duration = Duration::from_secs(60);
const LEASE_ASKED_EVERY: Duration = Duration::from_secs(60);
/// How long a process that is stalled does not renew it.
const STALLED_FOR: Duration = Duration::from_secs(400);
/// Where nobody else asks for it.
const LEASE_RENEWED_ALONE: Duration = Duration::from_secs(3_600);
/// What happens in so short a time is stored together.
const GATHERED_FOR: Duration = Duration::from_secs(5);
const STORE_RETRIED_EVERY: Duration = Duration::from_secs(2);

/// The product's way to AWS.
struct Ports {
    organization: Arc<dyn Organization>,
    info: OrganizationInfo,
    read: Arc<dyn ReadAccess>,
    write: Arc<dyn WriteAccess>,
}

/// Runs processes one after another, as a service manager does, until the universe stops.
pub async fn supervise(universe: Arc<Universe>) {
    while !universe.stop.is_cancelled() {
        let life = Life::begin(&universe);
        let killed = life.killed.clone();
        let ended = tokio::select! {
            biased;
            () = killed.cancelled() => "killed",
            ended = run(Arc::clone(&life)) => ended,
        };
        universe.note(format_args!("p{} has ended: {ended}", life.process));
        universe.watching().checks.ended(life.process);
        drop(life);
        if universe.stop.is_cancelled() {
            return;
        }
        universe.clock.sleep(DOWN_FOR).await;
        universe.maybe_tear();
    }
}

async fn run(life: Arc<Life>) -> &'static str {
    let universe = Arc::clone(&life.universe);
    let caller = Caller::new(
        Arc::clone(&universe.clock),
        &Rates::default(),
        RetryLimits::default(),
        rng(&life, 1),
    );
    let Some(ports) = ports(&life, &caller).await else { return "no organization" };
    let memory = match Memory::open(&universe.disk, "store", &ports.info.id, &*universe.clock) {
        Ok(memory) => memory,
        Err(_) => {
            // Whoever runs it does as the error says: AWS is the truth.
            universe.disk.remove("store");
            universe.watching().checks.forgotten();
            return "no store";
        }
    };
    match universe.scenario.mode {
        Mode::Correct | Mode::Observe => daemon(&life, ports, memory, caller).await,
        Mode::Apply | Mode::Audit => runs(&life, ports, memory, caller).await,
    }
}

/// The way to AWS; none where the organization cannot be described.
async fn ports(life: &Arc<Life>, caller: &Caller) -> Option<Ports> {
    let universe = &life.universe;
    let medium = Medium::new(
        universe.plan.clone(),
        life.process.into(),
        universe.latency_max(),
        Arc::clone(life) as Arc<dyn digitalex_sim::faults::Watch>,
    );
    let sandbox = universe.sandbox.behind(Arc::new(medium));
    match universe.scenario.face {
        Face::Ports => over_ports(&sandbox, caller).await,
        Face::Http => {
            let aws = InProcessAws::new(sandbox.router(), Arc::clone(&universe.clock));
            let rig = SdkRig::in_process(Arc::new(aws), caller.clone()).await.ok()?;
            let (organization, info) = (rig.organization(), rig.info().clone());
            let (read, write) = (rig.read_access(), rig.write_access());
            Some(Ports { organization, info, read, write })
        }
    }
}

async fn over_ports(sandbox: &Sandbox, caller: &Caller) -> Option<Ports> {
    let keys = Credentials::management_root;
    let organization = Arc::new(SimOrganization::new(sandbox.clone(), caller.clone(), keys()));
    let info = organization.describe().await.ok()?;
    let read = Arc::new(SimReadAccess::new(sandbox.clone(), caller.clone(), keys()));
    let write = Arc::new(SimWriteAccess::new(sandbox.clone(), caller.clone(), keys()));
    Some(Ports { organization, info, read, write })
}

/// The daemon: waits for the lease, and keeps the organization right.
async fn daemon(life: &Arc<Life>, ports: Ports, memory: Memory, caller: Caller) -> &'static str {
    let universe = &life.universe;
    let Some(fencing) = lease(life, &memory).await else { return "stopped" };
    let resume = memory.with(&*universe.clock, |store| async move { store.resume().await });
    let Ok(resume) = resume else { return "no memory" };
    universe.begins(life.process, &resume);
    let scenario = &universe.scenario;
    let correction = match scenario.mode {
        Mode::Correct => Correction::everything(),
        _ => Correction::nothing(),
    };
    let settings = KeepSettings {
        scope: scope(scenario, ports.info.clone()),
        external_id: external_id(),
        concurrency: scenario.concurrency,
        timing: timing(scenario.interval, scenario.listing_interval),
        correction,
    };
    let tenure = universe.stop.child_token();
    let kept = Keep {
        run: format!("p{}", life.process),
        organization: ports.organization,
        read: ports.read,
        write: ports.write,
        journal: Arc::new(WatchedJournal { life: Arc::clone(life), memory: memory.clone() }),
        caller,
        rng: rng(life, 2),
        stop: tenure.clone(),
    };
    let (_commands, asked) = mpsc::channel(1);
    let (events, noted) = mpsc::unbounded_channel();
    let recorded = CancellationToken::new();
    let keeping = async move {
        let mut on_event = |event: KeepEvent| tell(life, &events, event);
        keep(kept, settings, resume, asked, &mut on_event).await;
    };
    let recording = async {
        record(life, &memory, noted).await;
        recorded.cancel();
    };
    let holding = hold_lease(life, &memory, fencing, &tenure, &recorded);
    let ((), (), ()) = tokio::join!(keeping, recording, holding);
    "stopped"
}

/// What of time the scenario does not say.
fn timing(interval: Duration, listing_interval: Duration) -> Timing {
    Timing {
        interval,
        jitter: 0.1,
        listing_interval,
        recheck_base: MINUTE,
        unreachable_max: interval * 2,
        drain_deadline: Duration::from_secs(30),
    }
}

/// One run after another, each a pass.
async fn runs(life: &Arc<Life>, ports: Ports, memory: Memory, caller: Caller) -> &'static str {
    let universe = &life.universe;
    let journal: Arc<dyn Journal> =
        Arc::new(WatchedJournal { life: Arc::clone(life), memory: memory.clone() });
    let mut known: Vec<Account> = Vec::new();
    let mut runs = 0;
    while !universe.stop.is_cancelled() {
        runs += 1;
        let scenario = &universe.scenario;
        let pass = Arc::new(Pass::new(
            format!("p{}-{runs}", life.process),
            scope(scenario, ports.info.clone()),
            external_id(),
            scenario.concurrency,
            universe.stop.child_token(),
            caller.clone(),
        ));
        let (events, noted) = mpsc::unbounded_channel();
        let (began, mut listed) = (universe.clock.now(), Vec::new());
        let trigger = PassTrigger::Request;
        tell(life, &events, KeepEvent::PassStarted { at: began, trigger, due_at: began });
        let mut on_event = |event: PassEvent| {
            if let PassEvent::Listed(account) = &event {
                listed.push(account.clone());
            }
            if let Some(event) = of_pass(event, began) {
                tell(life, &events, event);
            }
        };
        let status = match scenario.mode {
            Mode::Apply => {
                let (write, journal) = (Arc::clone(&ports.write), Arc::clone(&journal));
                let (all, known) = (Approval::Everything, &known);
                let organization = &*ports.organization;
                apply(pass, organization, write, journal, all, known, &mut on_event).await
            }
            _ => {
                let read = Arc::clone(&ports.read);
                audit(pass, &*ports.organization, read, known.clone(), &mut on_event).await
            }
        };
        let whole = status.listing_incomplete.is_none();
        let interrupted = universe.stop.is_cancelled();
        let ended = universe.clock.now();
        let summary = summary(status, began, ended, interrupted);
        tell(life, &events, KeepEvent::PassEnded(Box::new(summary)));
        drop(events);
        record(life, &memory, noted).await;
        if whole {
            known = listed;
        }
        tokio::select! {
            biased;
            () = universe.stop.cancelled() => {}
            () = universe.clock.sleep(scenario.interval) => {}
        }
    }
    "stopped"
}

fn of_pass(event: PassEvent, began: jiff::Timestamp) -> Option<KeepEvent> {
    match event {
        PassEvent::Listed(account) => Some(KeepEvent::Listed(account)),
        PassEvent::ListingEnded { complete } => {
            let error = (!complete).then(|| "incomplete".to_owned());
            Some(KeepEvent::ListingEnded { at: began, error })
        }
        PassEvent::Done(visit) => Some(KeepEvent::Visited(visit)),
    }
}

fn summary(
    status: FleetStatus,
    started_at: jiff::Timestamp,
    ended_at: jiff::Timestamp,
    interrupted: bool,
) -> PassSummary {
    PassSummary {
        started_at,
        ended_at,
        due_at: started_at,
        trigger: PassTrigger::Request,
        visited: status.total(),
        status,
        calls: digitalex_engine::CallCounts::default(),
        throttled: digitalex_engine::CallCounts::default(),
        interrupted,
        fell_behind: false,
    }
}

fn tell(life: &Life, events: &UnboundedSender<KeepEvent>, event: KeepEvent) {
    life.told(&event);
    // Whoever records may have been killed.
    let _ = events.send(event);
}

/// Writes what happens to the store, until nothing comes any more and all is written.
async fn record(life: &Life, memory: &Memory, mut noted: UnboundedReceiver<KeepEvent>) {
    let clock = &life.universe.clock;
    let (mut events, mut backlog) = (Vec::new(), Vec::new());
    loop {
        let open = if backlog.is_empty() {
            noted.recv_many(&mut events, 1_000).await > 0
        } else {
            tokio::select! {
                biased;
                received = noted.recv_many(&mut events, 1_000) => received > 0,
                () = clock.sleep(STORE_RETRIED_EVERY) => true,
            }
        };
        if open {
            clock.sleep(GATHERED_FOR).await;
        }
        let now = clock.now();
        let changes = events.drain(..).filter_map(|event| Change::of_event(event, now));
        backlog.extend(changes.filter(|_| life.universe.scenario.remembers));
        if !backlog.is_empty() {
            life.pass("changes to be stored").await;
            if !life.universe.disk_is_full() {
                let changes = backlog.clone();
                let visited = backlog.iter().filter_map(visited).collect::<Vec<_>>();
                let work = |store: SqliteStore| async move { store.record(changes).await };
                if memory.with(&**clock, work).is_ok() {
                    backlog.clear();
                    let mut watching = life.universe.watching();
                    visited
                        .iter()
                        .for_each(|(account, at)| watching.checks.recorded(*account, *at));
                }
                life.pass("changes stored").await;
            }
        }
        if !open && (backlog.is_empty() || life.universe.stop.is_cancelled()) {
            return;
        }
        if !open {
            clock.sleep(STORE_RETRIED_EVERY).await;
        }
    }
}

fn visited(change: &Change) -> Option<(AccountId, jiff::Timestamp)> {
    match change {
        Change::Visited(visit) if !visit.unverified => Some((visit.record.id, visit.at)),
        _ => None,
    }
}

async fn lease(life: &Life, memory: &Memory) -> Option<i64> {
    let universe = &life.universe;
    let (process, clock) = (life.process, &*universe.clock);
    let holder = Holder { host: "simulated".to_owned(), pid: process, run: format!("p{process}") };
    while !universe.stop.is_cancelled() {
        life.pass("lease to be taken").await;
        let claim = holder.clone();
        let taken =
            memory.with(clock, |store| async move { store.take_lease(&claim, LEASE).await });
        if let Ok(Lease::Held { fencing }) = taken {
            universe.note(format_args!("p{process} holds the lease {fencing}"));
            return Some(fencing);
        }
        tokio::select! {
            biased;
            () = universe.stop.cancelled() => {}
            () = universe.clock.sleep(LEASE_ASKED_EVERY) => {}
        }
    }
    None
}

async fn hold_lease(
    life: &Life,
    memory: &Memory,
    fencing: i64,
    tenure: &CancellationToken,
    recorded: &CancellationToken,
) {
    let clock = &life.universe.clock;
    let alone = !life.universe.scenario.has_second();
    let every = if alone { LEASE_RENEWED_ALONE } else { LEASE_RENEWED_EVERY };
    loop {
        tokio::select! {
            biased;
            () = recorded.cancelled() => break,
            () = clock.sleep(every) => {}
        }
        if life.universe.is_stalled(life.process) {
            clock.sleep(STALLED_FOR).await;
        }
        let renewed =
            memory.with(&**clock, |store| async move { store.renew_lease(fencing, LEASE).await });
        if let Ok(false) = renewed {
            tenure.cancel();
        }
    }
    // It ends by itself where it cannot be given back.
    let _ = memory.with(&**clock, |store| async move { store.release_lease(fencing).await });
}

fn rng(life: &Life, use_of: u64) -> SmallRng {
    let seed = life.universe.scenario.seed;
    SmallRng::seed_from_u64(seed ^ (u64::from(life.process) << 32) ^ (use_of << 60))
}

impl Universe {
    /// Whether no store can be written now.
    #[must_use]
    pub fn disk_is_full(&self) -> bool {
        let now = self.clock.now();
        let full = self.plan.is_on(now) && self.plan.lasts(Fault::DiskFull, 0, now, 300);
        if full {
            self.watching().fired.insert(Fault::DiskFull);
        }
        full
    }

    /// A process that went down may leave a torn store.
    fn maybe_tear(&self) {
        let now = self.clock.now();
        let occasion = now.as_second().cast_unsigned();
        let may = self.plan.rates.contains_key(&Fault::DiskFull) && self.is_faulty();
        if may
            && self.scenario.mode == Mode::Correct
            && !self.scenario.has_second()
            && self.plan.share(Fault::DiskFull, occasion) < 0.2
            && self.disk.tear("store")
        {
            self.note(format_args!("the store is torn"));
            self.watching().fired.insert(Fault::DiskFull);
        }
    }

    /// The process holds the lease, and works from now on.
    fn begins(&self, process: u32, resume: &Resume) {
        let open = resume.open_intents.iter().map(|intent| intent.account).collect();
        let known = resume.accounts.iter().map(|remembered| remembered.account.id).collect();
        let now = self.clock.now();
        let mut watching = self.watching();
        let held = watching.checks.holder().is_some() && !watching.stalled;
        watching.checks.began(process, &open, &known, held, now);
        watching.stalled = false;
        if self.scenario.has_second() && process > 1 {
            watching.fired.insert(Fault::TwoDaemons);
        }
    }

    /// Whether the process is stalled now, so that its lease runs out.
    fn is_stalled(&self, process: u32) -> bool {
        let occasion = self.clock.now().as_second().cast_unsigned() ^ u64::from(process);
        let stalled = self.scenario.has_second()
            && self.is_faulty()
            && self.plan.share(Fault::TwoDaemons, occasion) < 0.05;
        if stalled {
            self.watching().stalled = true;
            self.note(format_args!("p{process} is stalled"));
        }
        stalled
    }
}
