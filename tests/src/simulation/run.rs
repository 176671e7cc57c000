//! One simulation from its beginning to its end: things go wrong, then they stop going wrong, then all
//! must come right, and stay right, or come right again after a little drift.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_sim::faults::Fault;
use jiff::SignedDuration;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tokio::runtime::{Builder, Handle};

use super::checks::Violation;
use super::memory::Memory;
use super::others::{Deed, lift_denials};
use super::process::supervise;
use super::scenario::{Scenario, Start};
use super::store_thread::StoreThread;
use super::time::BEGINNING;
use super::universe::{Kills, Universe};

/// Runs simulations, one after another.
pub struct Simulator {
    store_thread: StoreThread,
}

/// What came of a simulation.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The invariants that did not hold.
    pub violations: Vec<Violation>,
    /// The hash of all that happened.
    pub hash: u64,
    /// How much happened.
    pub events: u64,
    /// The faults that showed.
    pub fired: BTreeSet<Fault>,
    /// Where processes were killed, and how often.
    pub killed_at: BTreeMap<String, usize>,
    /// How long it took until all was right, once nothing went wrong any more; none where nothing
    /// had to come right.
    pub converged_in: Option<Duration>,
    /// What happened, where it was to be readable.
    pub lines: Vec<String>,
}

/// How often it is seen whether all is right.
const LOOKED_EVERY: Duration = Duration::from_secs(60);
/// How often somebody gives new keys to DigitalEx.
const GIVEN_EVERY: Duration = Duration::from_secs(240);
/// What retries, backoff and a visit may take beside the passes.
const SLACK: Duration = Duration::from_secs(900);

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// A simulator.
    ///
    /// # Panics
    /// The machine gives no threads.
    #[must_use]
    pub fn new() -> Self {
        Self { store_thread: StoreThread::start() }
    }

    /// Runs a scenario. Its text is kept where `readable`.
    #[must_use]
    pub fn run(&self, scenario: &Scenario, readable: bool) -> Outcome {
        let kills = Kills::Drawn(scenario.kill_chance);
        self.run_killed(scenario, kills, readable)
    }

    /// Runs a scenario, and kills processes as told.
    ///
    /// # Panics
    /// The machine gives no runtime.
    #[must_use]
    pub fn run_killed(&self, scenario: &Scenario, kills: Kills, readable: bool) -> Outcome {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let store = self.store_thread.handle();
        let made = runtime.block_on(async { make(scenario, kills, readable, store) });
        let ran = catch_unwind(AssertUnwindSafe(|| runtime.block_on(live(&made))));
        let converged_in = match ran {
            Ok(converged_in) => converged_in,
            Err(panicked) => {
                let what = format!("the product panicked: {}", message(&*panicked));
                made.watching().checks.violated(None, BEGINNING, what);
                None
            }
        };
        drop(runtime);
        outcome(&made, converged_in)
    }
}

fn make(scenario: &Scenario, kills: Kills, readable: bool, store: Handle) -> Arc<Universe> {
    Universe::new(scenario.clone(), kills, readable, store)
}

fn outcome(universe: &Universe, converged_in: Option<Duration>) -> Outcome {
    let watching = universe.watching();
    Outcome {
        violations: watching.checks.violations().to_vec(),
        hash: watching.trace.hash(),
        events: watching.trace.events(),
        fired: watching.fired.clone(),
        killed_at: watching.killed_at.clone(),
        converged_in,
        lines: watching.trace.lines().to_vec(),
    }
}

fn message(panicked: &(dyn Any + Send)) -> String {
    let text = panicked.downcast_ref::<String>().cloned();
    text.or_else(|| panicked.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}

/// All of it; how long it took until all was right.
async fn live(universe: &Arc<Universe>) -> Option<Duration> {
    let scenario = &universe.scenario;
    let mut rng = SmallRng::seed_from_u64(scenario.seed ^ 0x0be5);
    let processes = if scenario.has_second() { 2 } else { 1 };
    let digitalex = scenario.keys.then(|| tokio::spawn(use_next_keys(Arc::clone(universe))));
    let running: Vec<_> =
        (0..processes).map(|_| tokio::spawn(supervise(Arc::clone(universe)))).collect();
    trouble(universe, &mut rng).await;
    let converged_in = if scenario.mode.writes() {
        let converged_in = converge(universe).await;
        if converged_in.is_some() {
            if [Start::Mixed, Start::Rotation].contains(&scenario.start) && rng.random_bool(0.5) {
                drift(universe, &mut rng).await;
            } else {
                stay(universe).await;
            }
        }
        converged_in
    } else {
        universe.clock.sleep(scenario.interval * 2).await;
        None
    };
    universe.stop.cancel();
    let deadline = universe.clock.sleep(SLACK);
    tokio::select! {
        biased;
        ended = futures::future::join_all(running) => {
            if ended.iter().any(Result::is_err) {
                violated(universe, None, "a process panicked".to_owned());
            }
        }
        () = deadline => violated(universe, None, "a process does not stop".to_owned()),
    }
    if let Some(digitalex) = digitalex {
        digitalex.abort();
    }
    let now = universe.clock.now();
    universe.sandbox.with_world(|world| universe.watching().checks.over(world, now));
    if converged_in.is_some() && scenario.remembers {
        no_intent_is_open(universe);
    }
    converged_in
}

/// DigitalEx is given each next key, and uses it.
async fn use_next_keys(universe: Arc<Universe>) {
    loop {
        universe.clock.sleep(GIVEN_EVERY).await;
        universe.use_next_keys();
    }
}

/// Other people do what they do, until nothing goes wrong any more.
async fn trouble(universe: &Universe, rng: &mut SmallRng) {
    let scenario = &universe.scenario;
    let deeds: Vec<Deed> = scenario.deeds.iter().copied().collect();
    while universe.is_faulty() {
        let left = universe.heals_at().duration_since(universe.clock.now());
        let left = Duration::try_from(left).unwrap_or_default();
        let per_hour = scenario.deeds_per_hour.max(0.1);
        let wait =
            Duration::from_secs_f64(-rng.random::<f64>().max(1e-9).ln() * 3_600.0 / per_hour);
        universe.clock.sleep(wait.min(left)).await;
        let accounts: Vec<AccountId> =
            universe.sandbox.with_world(|world| world.state().accounts.keys().copied().collect());
        if let (Some(deed), Some(account)) = (deeds.choose(rng), accounts.choose(rng))
            && universe.is_faulty()
        {
            universe.act(*deed, *account, rng);
        }
    }
    universe.note(format_args!("nothing goes wrong any more"));
    if rng.random_bool(0.5) {
        universe.sandbox.with_world(lift_denials);
    }
}

/// Invariant 3: all comes right within a bound.
async fn converge(universe: &Universe) -> Option<Duration> {
    let began = universe.clock.monotonic();
    let bound = universe.scenario.interval * 4 + SLACK;
    loop {
        let (due, unmet) = universe.unmet();
        let passed = universe.clock.monotonic() - began;
        if unmet.is_empty() {
            universe.note(format_args!("all {due} are right"));
            return Some(passed);
        }
        if passed > bound {
            let what = format!("after {bound:?} these are not right: {unmet:?}");
            violated(universe, 3, what);
            return None;
        }
        universe.clock.sleep(LOOKED_EVERY).await;
    }
}

/// Invariants 3 and 4: all stays right, and nothing is written to what is right.
async fn stay(universe: &Universe) {
    let (met, before) = (universe.met(), writes(universe));
    universe.clock.sleep(universe.scenario.interval.mul_f64(1.3)).await;
    let (_, unmet) = universe.unmet();
    if !unmet.is_empty() {
        violated(universe, 3, format!("these did not stay right: {unmet:?}"));
    }
    let after = writes(universe);
    for account in met {
        let made = count(&after, account) - count(&before, account);
        if made > 0 {
            violated(universe, 4, format!("{made} writes to {account}, which was right"));
        }
    }
}

/// Invariant 4: a little drift costs one write each, and nothing else is written to.
async fn drift(universe: &Universe, rng: &mut SmallRng) {
    let (met, seen_soon) = (universe.met(), seen_soon(universe));
    let mut drifted = BTreeSet::new();
    let before = writes(universe);
    for deed in Deed::DRIFTS {
        if let Some(account) = seen_soon.choose(rng).filter(|account| !drifted.contains(*account))
            && universe.act(deed, *account, rng)
        {
            drifted.insert(*account);
        }
    }
    universe.clock.sleep(universe.scenario.interval.mul_f64(1.3) + SLACK / 3).await;
    let (_, unmet) = universe.unmet();
    if !unmet.is_empty() {
        violated(universe, 3, format!("drift is not corrected in {unmet:?}"));
    }
    let after = writes(universe);
    for account in met {
        let made = count(&after, account) - count(&before, account);
        let wanted = u64::from(drifted.contains(&account));
        if made != wanted {
            let what = format!("{made} writes to {account} where {wanted} would have done");
            violated(universe, 4, what);
        }
    }
}

/// The accounts that are right and looked at with the next pass; those that could not be read for long
/// rest longer.
fn seen_soon(universe: &Universe) -> Vec<AccountId> {
    let interval = universe.scenario.interval.mul_f64(1.2);
    let soon = universe.clock.now() + SignedDuration::try_from(interval).unwrap_or_default();
    let met = universe.met();
    let watching = universe.watching();
    let rests = |id: &AccountId| watching.checks.next_visit(*id).is_some_and(|at| at > soon);
    met.into_iter().filter(|id| !rests(id)).collect()
}

/// Invariant 6: of each change that was begun an end is known.
fn no_intent_is_open(universe: &Universe) {
    let organization = universe.sandbox.with_world(|world| {
        let organization = world.state().organization.as_ref();
        organization.map(|organization| organization.id.clone()).unwrap_or_default()
    });
    let clock = &*universe.clock;
    let Ok(memory) = Memory::open(&universe.disk, "store", &organization, clock) else { return };
    let resume = memory.with(clock, |store| async move { store.resume().await });
    let met = universe.met();
    for intent in resume.iter().flat_map(|resume| &resume.open_intents) {
        if met.contains(&intent.account) {
            let account = intent.account;
            violated(universe, 6, format!("a change of {account} has no end in the journal"));
        }
    }
}

fn writes(universe: &Universe) -> BTreeMap<AccountId, u64> {
    universe.watching().writes.clone()
}

fn count(writes: &BTreeMap<AccountId, u64>, account: AccountId) -> u64 {
    writes.get(&account).copied().unwrap_or_default()
}

fn violated(universe: &Universe, invariant: impl Into<Option<u8>>, what: String) {
    let now = universe.clock.now();
    universe.watching().checks.violated(invariant, now, what);
}
