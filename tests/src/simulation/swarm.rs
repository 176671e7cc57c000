//! Many seeds, and what they add up to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use digitalex_sim::faults::Fault;
use tokio_util::sync::CancellationToken;

use super::one_core::stay_on_one;
use super::run::{Outcome, Simulator};
use super::scenario::{Face, Scenario};

/// What a swarm of seeds added up to.
#[derive(Debug, Default)]
pub struct Summary {
    /// Seeds that were run.
    pub seeds: u64,
    /// Of those, over HTTP.
    pub over_http: u64,
    /// What happened in all of them.
    pub events: u64,
    /// In how many seeds each fault showed.
    pub fired: BTreeMap<Fault, u64>,
    /// How often processes were killed at each point.
    pub killed_at: BTreeMap<String, usize>,
    /// The longest time until all was right, and the seed.
    pub slowest: Option<(Duration, u64)>,
    /// The seeds in which an invariant did not hold.
    pub failed: Vec<u64>,
}

/// Seeds that are run beside each other.
pub struct Swarm {
    next: AtomicU64,
    end: u64,
    accounts: usize,
    /// Where it is said, all seeds reach AWS so.
    pub face: Option<Face>,
    /// Cancelled to begin no more seeds.
    pub enough: CancellationToken,
    summary: Mutex<Summary>,
}

impl Swarm {
    /// Seeds from `from` to before `end`, each with so many accounts.
    #[must_use]
    pub fn new(from: u64, end: u64, accounts: usize) -> Self {
        Self {
            next: AtomicU64::new(from),
            end,
            accounts,
            face: None,
            enough: CancellationToken::new(),
            summary: Mutex::default(),
        }
    }

    /// Runs them on so many threads; each outcome is shown to `on_seed`.
    ///
    /// # Panics
    /// A thread panicked.
    pub fn run(self, threads: usize, on_seed: &(dyn Fn(&Scenario, &Outcome) + Sync)) -> Summary {
        std::thread::scope(|scope| {
            for number in 0..threads {
                let swarm = &self;
                scope.spawn(move || {
                    stay_on_one(number);
                    swarm.work(on_seed);
                });
            }
        });
        self.summary.into_inner().expect("no thread panicked")
    }

    fn work(&self, on_seed: &(dyn Fn(&Scenario, &Outcome) + Sync)) {
        let simulator = Simulator::new();
        while !self.enough.is_cancelled() {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end {
                return;
            }
            let scenario = Scenario::of_seed(seed, self.accounts);
            let face = self.face.unwrap_or(scenario.face);
            let scenario = scenario.over(face);
            let outcome = simulator.run(&scenario, false);
            on_seed(&scenario, &outcome);
            self.summary.lock().expect("no thread panicked").add(&scenario, &outcome);
        }
    }
}

impl Summary {
    fn add(&mut self, scenario: &Scenario, outcome: &Outcome) {
        self.seeds += 1;
        self.over_http += u64::from(scenario.face == Face::Http);
        self.events += outcome.events;
        for fault in &outcome.fired {
            *self.fired.entry(*fault).or_default() += 1;
        }
        for (point, times) in &outcome.killed_at {
            *self.killed_at.entry(point.clone()).or_default() += times;
        }
        let converged = outcome.converged_in.map(|after| (after, scenario.seed));
        self.slowest = self.slowest.max(converged);
        if !outcome.violations.is_empty() {
            self.failed.push(scenario.seed);
        }
    }

    /// The faults that showed in fewer than this share of the seeds.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "nobody runs 2^52 seeds")]
    pub fn rarer_than(&self, share: f64) -> Vec<Fault> {
        let enough = share * self.seeds as f64;
        let rare = |fault: &Fault| (self.fired.get(fault).copied().unwrap_or(0) as f64) < enough;
        Fault::ALL.into_iter().filter(rare).collect()
    }
}

#[allow(clippy::cast_precision_loss, reason = "nobody runs 2^52 seeds")]
impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "faults, by the share of seeds in which each showed:")?;
        for fault in Fault::ALL {
            let seeds = self.fired.get(&fault).copied().unwrap_or_default();
            let share = 100.0 * seeds as f64 / self.seeds.max(1) as f64;
            writeln!(out, "{:>4}  {share:>5.1} %  {}", fault.number(), fault.about())?;
        }
        let kills: usize = self.killed_at.values().sum();
        writeln!(out, "killed {kills} times, at {} kinds of points:", self.killed_at.len())?;
        for (point, times) in &self.killed_at {
            writeln!(out, "{times:>6}  {point}")?;
        }
        if let Some((after, seed)) = self.slowest {
            let minutes = after.as_secs_f64() / 60.0;
            writeln!(
                out,
                "all was right again after {minutes:.1} min at the latest (seed {seed})"
            )?;
        }
        Ok(())
    }
}
