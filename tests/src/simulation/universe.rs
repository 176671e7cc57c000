//! One simulated universe: an organization, what goes wrong in it, and who watches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use digitalex_core::{AccountId, DesiredIdentity};
use digitalex_engine::Clock;
use digitalex_sim::faults::{Fault, FaultPlan};
use digitalex_sim::generate::{Fleet, GeneratorOptions};
use digitalex_sim::{IamLimits, Identity, Role, Sandbox, SandboxOptions, World};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use serde_json::json;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::checks::{Checks, ProcessId};
use super::memory::Disk;
use super::others::{self, Deed};
use super::others_keys;
use super::scenario::{Scenario, Start};
use super::time::{BEGINNING, VirtualClock};
use super::trace::Trace;
use super::wanted::{Due, external_id, organization_info, scope};
use crate::memory_key_sink::MemoryKeySink;

/// The management account of every simulation.
pub const MANAGEMENT: AccountId = match AccountId::from_number(111_111_111_111) {
    Some(id) => id,
    None => unreachable!(),
};

/// The role by way of which accounts are entered, where a scenario has a hub.
pub const HUB_ARN: &str = "arn:aws:iam::111111111111:role/rollout-hub";

/// One simulated universe.
pub struct Universe {
    /// What is simulated.
    pub scenario: Scenario,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// The organization.
    pub sandbox: Sandbox,
    /// Where stores lie.
    pub disk: Arc<Disk>,
    /// Where the secrets of access keys lie.
    pub key_sink: Arc<MemoryKeySink>,
    /// What goes wrong.
    pub plan: FaultPlan,
    /// Cancelled when the processes are to stop for good.
    pub stop: CancellationToken,
    watching: Mutex<Watching>,
}

/// What was seen so far.
pub struct Watching {
    /// What happened.
    pub trace: Trace,
    /// The invariants.
    pub checks: Checks,
    /// The faults that showed.
    pub fired: BTreeSet<Fault>,
    /// When processes are killed.
    pub kills: Kills,
    /// Where processes were killed.
    pub killed_at: BTreeMap<String, usize>,
    /// The accepted writes of each account so far.
    pub writes: BTreeMap<AccountId, u64>,
    processes: ProcessId,
    /// Whether whoever holds the lease has let it run out.
    pub stalled: bool,
}

/// When processes are killed.
#[derive(Debug, Clone)]
pub enum Kills {
    /// With this chance at each point, for as long as things go wrong.
    Drawn(f64),
    /// The first process at the first of these points, the next one at the second, and so on.
    At(Vec<u64>),
}

impl Universe {
    /// Makes the universe of a scenario. It must be made within its runtime; stores work on another,
    /// `store`.
    ///
    /// # Panics
    /// The scenario cannot be made.
    #[must_use]
    pub fn new(scenario: Scenario, kills: Kills, readable: bool, store: Handle) -> Arc<Self> {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::start());
        let key_sink = Arc::new(MemoryKeySink::default());
        let world = world(&scenario, &key_sink);
        let mut fired = BTreeSet::from([Fault::NoAdminRole, Fault::UnicodeNames]);
        fired.extend(scenario.hub.then_some(Fault::RoleChainCap));
        fired.extend((scenario.accounts > 100).then_some(Fault::HugeOrganization));
        fired.insert(Fault::ManagementAccount);
        if scenario.accounts < 20 {
            fired.retain(|fault| *fault == Fault::ManagementAccount);
        }
        let heals_at = BEGINNING + SignedDuration::try_from(scenario.faulty_for).expect("short");
        let members = world.state().accounts.keys().copied().filter(|id| *id != MANAGEMENT);
        let only = scenario.faulty_accounts.map(|count| members.take(count).collect());
        let plan = FaultPlan {
            seed: scenario.seed,
            rates: scenario.rates.clone(),
            until: Some(heals_at),
            script: Vec::new(),
            only: only.unwrap_or_default(),
        };
        let watching = Mutex::new(Watching {
            trace: Trace::new(readable),
            checks: Checks::new(&scenario, &world, &key_sink),
            fired,
            kills,
            killed_at: BTreeMap::new(),
            writes: BTreeMap::new(),
            processes: 0,
            stalled: false,
        });
        let options = SandboxOptions {
            enforce_limits: false,
            iam_limits: IamLimits::default(),
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::new(world, Arc::clone(&clock), options);
        let disk = Arc::new(Disk::new(store));
        let stop = CancellationToken::new();
        Arc::new(Self { scenario, clock, sandbox, disk, key_sink, plan, stop, watching })
    }

    /// What was seen so far. Whoever holds the world may ask for it, and not the other way round.
    pub fn watching(&self) -> MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether things still go wrong.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        self.plan.is_on(self.clock.now())
    }

    /// The number of the next process.
    pub fn next_process(&self) -> ProcessId {
        let mut watching = self.watching();
        watching.processes += 1;
        watching.processes
    }

    /// Something happened.
    pub fn note(&self, what: std::fmt::Arguments<'_>) {
        let now = self.clock.now();
        self.watching().trace.add(now, what);
    }

    /// Somebody else does something in an account.
    pub fn act(&self, deed: Deed, account: AccountId, rng: &mut rand::rngs::SmallRng) -> bool {
        let now = self.clock.now();
        self.sandbox.with_world(|world| {
            let done = others::act(world, deed, account, self.scenario.kind(), rng);
            if done {
                let accounts: Vec<_> = world.state().accounts.keys().copied().collect();
                let mut watching = self.watching();
                watching.trace.add(now, format_args!("others {deed:?} {account}"));
                watching.fired.extend(deed.fault());
                let changed = if deed == Deed::CreateAccount { accounts } else { vec![account] };
                for account in changed {
                    watching.checks.changed_by_others(account, world, now);
                }
            }
            done
        })
    }

    /// DigitalEx uses the next keys that it was given.
    pub fn use_next_keys(&self) {
        let used =
            self.sandbox.with_world(|world| others_keys::use_next_keys(world, &self.key_sink));
        if used > 0 {
            self.note(format_args!("DigitalEx uses {used} next keys"));
        }
    }

    /// Somebody creates the role just before the product does.
    pub fn create_first(&self, account: AccountId, by_hand: bool) {
        let now = self.clock.now();
        self.sandbox.with_world(|world| {
            if others::create_first(world, account, self.scenario.kind(), by_hand) {
                let mut watching = self.watching();
                watching.trace.add(now, format_args!("others create the role of {account} first"));
                watching.fired.insert(Fault::CreateRace);
                watching.checks.changed_by_others(account, world, now);
            }
        });
    }

    /// The accounts that must have the role as wanted, and those of them that have not.
    #[must_use]
    pub fn unmet(&self) -> (usize, Vec<AccountId>) {
        self.sandbox.with_world(|world| {
            let mut watching = self.watching();
            let wanted = &mut watching.checks.wanted;
            let accounts = world.state().accounts.values();
            let due: Vec<_> =
                accounts.filter(|it| wanted.due(world, it) == Due::Matches).cloned().collect();
            let unmet = due.iter().filter(|account| !wanted.is_met(account));
            (due.len(), unmet.map(|account| account.id).collect())
        })
    }

    /// The accounts that are as wanted, and must be and stay.
    #[must_use]
    pub fn met(&self) -> Vec<AccountId> {
        self.sandbox.with_world(|world| {
            let mut watching = self.watching();
            let wanted = &mut watching.checks.wanted;
            let accounts = world.state().accounts.values().cloned().collect::<Vec<_>>();
            let met = accounts.iter().filter(|it| {
                wanted.due(world, it) == Due::Matches && wanted.is_met(it) && wanted.is_at_rest(it)
            });
            met.map(|account| account.id).collect()
        })
    }

    /// The longest time that a call takes where nothing goes wrong.
    #[must_use]
    pub fn latency_max(&self) -> Duration {
        Duration::from_millis(120)
    }

    /// When things stop going wrong.
    #[must_use]
    pub fn heals_at(&self) -> Timestamp {
        self.plan.until.unwrap_or(BEGINNING)
    }
}

fn world(scenario: &Scenario, key_sink: &MemoryKeySink) -> World {
    let options =
        GeneratorOptions::new(scenario.accounts, scenario.seed, MANAGEMENT, external_id());
    let fleet = match scenario.start {
        Start::Mixed => Fleet::Mixed,
        // Some cannot be entered there too.
        Start::Rotation if scenario.accounts > 2 => Fleet::Mixed,
        Start::Rotation => Fleet::Untouched,
        Start::Creation | Start::Adoption => Fleet::Untouched,
        Start::Repair => Fleet::InSync,
    };
    let options = GeneratorOptions { fleet, ..options.expect("a legal role") };
    let mut world = digitalex_sim::generate::organization(&options);
    world.set_now(BEGINNING);
    let members = world.state().accounts.keys().copied().filter(|id| *id != MANAGEMENT);
    let kind = scenario.kind();
    for (number, account) in members.collect::<Vec<_>>().into_iter().enumerate() {
        match scenario.start {
            Start::Mixed | Start::Creation => {}
            Start::Rotation => {
                let desired = wanted_user(scenario, &world, account);
                others_keys::insert_wanted(&mut world, key_sink, &desired, number);
            }
            Start::Adoption => drop(others::create_first(&mut world, account, kind, true)),
            Start::Repair => {
                let mut rng = rand::rngs::SmallRng::seed_from_u64(scenario.seed);
                for deed in Deed::DRIFTS {
                    others::act(&mut world, deed, account, kind, &mut rng);
                }
            }
        }
    }
    world.remember_past();
    if scenario.hub {
        add_hub(&mut world);
    }
    world
}

fn wanted_user(scenario: &Scenario, world: &World, account: AccountId) -> DesiredIdentity {
    let info = organization_info(world);
    let usual = scope(scenario, info).usual().expect("legal");
    usual.template.desired(account, 0).expect("legal")
}

/// The hub role: the management account may take it, and it may take any other.
fn add_hub(world: &mut World) {
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}, "Action": "sts:AssumeRole"}});
    let policy = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}});
    let mut identity =
        Identity::new("rollout-hub", "AROAHUBHUBHUBHUBHUBHU".to_owned(), "/", BEGINNING);
    identity.inline.insert("assume".to_owned(), policy.to_string());
    let role = Role {
        identity,
        trust: trust.to_string(),
        description: None,
        max_session_duration_s: 3_600,
    };
    if let Some(account) = world.state_mut().account_mut(MANAGEMENT) {
        account.iam.insert_role(role);
    }
}
