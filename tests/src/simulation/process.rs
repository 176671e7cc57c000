//! What a simulated process does: the product's engine over the product's store and the ports.

use std::sync::Arc;
use std::time::Duration;

use digitalex_core::Correction;
use digitalex_engine::{
    Caller, Keep, KeepEvent, KeepSettings, Organization, OrganizationInfo, Rates, ReadAccess,
    Resume, RetryLimits, ServiceControlPolicies, Timing, WriteAccess, keep,
};
use digitalex_sim::faults::{Fault, Medium};
use digitalex_sim::{Credentials, Sandbox, SimOrganization, SimReadAccess, SimWriteAccess};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio_util::sync::CancellationToken;

use crate::in_process::InProcessAws;
use crate::rigs::SdkRig;
use crate::rollout::Rig;

use super::lease::{hold_lease, take_lease};
use super::life::{Life, WatchedJournal};
use super::memory::Memory;
use super::recorder::record;
use super::runs::runs;
use super::scenario::{Face, MINUTE, Mode};
use super::sink::WatchedSink;
use super::universe::Universe;
use super::wanted::{external_id, scope};

/// How long a process that cannot start, or was killed, is down.
const DOWN_FOR: Duration = Duration::from_secs(20);

/// The product's way to AWS.
pub(super) struct Ports {
    pub(super) organization: Arc<dyn Organization>,
    pub(super) policies: Arc<dyn ServiceControlPolicies>,
    pub(super) info: OrganizationInfo,
    pub(super) read: Arc<dyn ReadAccess>,
    pub(super) write: Arc<dyn WriteAccess>,
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
            let (organization, policies) = (rig.organization(), rig.policies());
            let info = rig.info().clone();
            let (read, write) = (rig.read_access(), rig.write_access());
            Some(Ports { organization, policies, info, read, write })
        }
    }
}

async fn over_ports(sandbox: &Sandbox, caller: &Caller) -> Option<Ports> {
    let keys = Credentials::management_root;
    let organization = Arc::new(SimOrganization::new(sandbox.clone(), caller.clone(), keys()));
    let info = organization.describe().await.ok()?;
    let read = Arc::new(SimReadAccess::new(sandbox.clone(), caller.clone(), keys()));
    let write = Arc::new(SimWriteAccess::new(sandbox.clone(), caller.clone(), keys()));
    let policies = Arc::clone(&organization) as Arc<dyn ServiceControlPolicies>;
    Some(Ports { organization, policies, info, read, write })
}

/// The daemon: waits for the lease, and keeps the organization right.
async fn daemon(life: &Arc<Life>, ports: Ports, memory: Memory, caller: Caller) -> &'static str {
    let universe = &life.universe;
    let Some(fencing) = take_lease(life, &memory).await else { return "stopped" };
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
        key_sink: Arc::new(WatchedSink { life: Arc::clone(life) }),
        policies: ports.policies,
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

/// Tells the checkers, and whoever records.
pub(super) fn tell(life: &Life, events: &UnboundedSender<KeepEvent>, event: KeepEvent) {
    life.told(&event);
    // Whoever records may have been killed.
    let _ = events.send(event);
}

fn rng(life: &Life, use_of: u64) -> SmallRng {
    let seed = life.universe.scenario.seed;
    SmallRng::seed_from_u64(seed ^ (u64::from(life.process) << 32) ^ (use_of << 60))
}

impl Universe {
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
}
