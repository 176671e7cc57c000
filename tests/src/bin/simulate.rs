//! Runs simulations by seed: `cargo xtask simulate` builds and starts it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person at the terminal"
)]

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use digitalex_sim::faults::Fault;
use digitalex_tests::simulation::{
    Deed, Face, Outcome, Scenario, Simulator, Swarm, keep_only, replay, shrink,
};

/// Half of the time goes into memory that is taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Accounts of an organization, the management account among them.
const ACCOUNTS: usize = 30;

#[derive(Parser)]
#[command(bin_name = "cargo xtask simulate", about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    seeds: Seeds,
}

#[derive(Subcommand)]
enum Command {
    /// Kills the product at every point, and at every pair of points, of all paths: creation, repair,
    /// adoption and rotation
    CrashPoints {
        /// Single points alone
        #[arg(long)]
        singles: bool,
        /// This path alone, by its number from 0
        #[arg(long)]
        path: Option<usize>,
    },
    /// Runs seeds again and again, and prints the hash of what happened in each: the same each time, and
    /// in every build
    Same {
        /// The first seed
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// How many seeds
        #[arg(long, default_value_t = 1)]
        seeds: u64,
        /// How often
        #[arg(long, default_value_t = 100)]
        times: usize,
    },
    /// Plants each bug, and names the seed that catches it
    #[cfg(feature = "planted-bugs")]
    Bugs {
        /// This one alone
        #[arg(long)]
        bug: Option<String>,
        /// Seeds that may be tried
        #[arg(long, default_value_t = 1_000)]
        seeds: u64,
    },
}

#[derive(Args)]
struct Seeds {
    /// How many seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Begins no seed after so many minutes
    #[arg(long)]
    minutes: Option<u64>,
    /// All seeds over the SDK and HTTP, with few accounts, and not one in a hundred alone
    #[arg(long)]
    http: bool,
    /// Accounts of each organization; 30 where nothing is said, more in a huge one, and fewer over HTTP
    #[arg(long)]
    accounts: Option<usize>,
    /// Threads; 2 where nothing is said
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Only these faults of those that the seed draws, by number, or none
    #[arg(long, value_delimiter = ',')]
    faults: Option<Vec<String>>,
    /// Only these deeds of others of those that the seed draws, or none
    #[arg(long, value_delimiter = ',')]
    deeds: Option<Vec<String>>,
    /// No process is killed
    #[arg(long)]
    no_kills: bool,
    /// Prints what happens, line by line, and looks for no smaller scenario
    #[arg(long)]
    trace: bool,
}

fn main() -> ExitCode {
    let Cli { command, seeds } = Cli::parse();
    let passed = match command {
        None if seeds.trace || seeds.faults.is_some() || seeds.deeds.is_some() => again(&seeds),
        None => swarm(&seeds),
        Some(Command::CrashPoints { singles, path }) => crash_points(singles, path),
        Some(Command::Same { from, seeds, times }) => {
            (from..from.saturating_add(seeds)).all(|seed| same(seed, times))
        }
        #[cfg(feature = "planted-bugs")]
        Some(Command::Bugs { bug, seeds }) => bugs(bug.as_deref(), seeds),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[allow(clippy::disallowed_methods, reason = "it measures itself, in real time")]
fn swarm(seeds: &Seeds) -> bool {
    let began = std::time::Instant::now();
    let end = seeds.from.saturating_add(seeds.seeds);
    let mut swarm = Swarm::new(seeds.from, end, seeds.accounts());
    swarm.face = seeds.http.then_some(Face::Http);
    let until = seeds.minutes.map(|minutes| Duration::from_secs(60 * minutes));
    let enough = swarm.enough.clone();
    let summary = swarm.run(seeds.threads, &|scenario, outcome| {
        if !outcome.violations.is_empty() {
            tell(scenario, outcome);
        }
        if until.is_some_and(|until| began.elapsed() >= until) {
            enough.cancel();
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    print!("{summary}");
    println!(
        "{} seeds ({} over HTTP), {} events in {seconds:.1} s: {:.1} seeds a second",
        summary.seeds,
        summary.over_http,
        summary.events,
        f64::from(u32::try_from(summary.seeds).unwrap_or(u32::MAX)) / seconds,
    );
    let rare = summary.rarer_than(0.01);
    if summary.seeds >= 1_000 && !rare.is_empty() {
        println!("shown in fewer than one seed in a hundred: {rare:?}");
        return false;
    }
    println!(
        "{} passed, {} failed",
        summary.seeds - summary.failed.len() as u64,
        summary.failed.len()
    );
    if let Some(seed) = summary.failed.first() {
        println!("looking for a smaller scenario of seed {seed} …");
        let simulator = Simulator::new();
        let smallest = shrink(&simulator, &seeds.scenario(*seed));
        tell(&smallest, &simulator.run(&smallest, false));
        println!("run it again: cargo xtask simulate {}", replay(&smallest));
    }
    summary.failed.is_empty()
}

/// Runs seeds one after another, with only what is named.
fn again(seeds: &Seeds) -> bool {
    let simulator = Simulator::new();
    let mut passed = true;
    for seed in seeds.from..seeds.from.saturating_add(seeds.seeds) {
        let mut scenario = seeds.scenario(seed);
        scenario.accounts = seeds.accounts.unwrap_or(scenario.accounts);
        let (faults, deeds) = (seeds.faults(), seeds.deeds());
        keep_only(&mut scenario, faults.as_deref(), deeds.as_deref());
        if seeds.no_kills {
            scenario.kill_chance = 0.0;
        }
        let outcome = simulator.run(&scenario, seeds.trace);
        for line in &outcome.lines {
            println!("{line}");
        }
        tell(&scenario, &outcome);
        passed &= outcome.violations.is_empty();
    }
    passed
}

fn tell(scenario: &Scenario, outcome: &Outcome) {
    let face = if scenario.face == Face::Http { ", over HTTP" } else { "" };
    let Scenario { seed, mode, accounts, .. } = scenario;
    println!("seed {seed}: {mode:?}{face}, {accounts} accounts, trace {:016x}", outcome.hash);
    for violation in outcome.violations.iter().take(4) {
        println!("  {violation}");
    }
}

fn same(seed: u64, times: usize) -> bool {
    let simulator = Simulator::new();
    let scenario = Scenario::of_seed(seed, ACCOUNTS);
    let first = simulator.run(&scenario, false);
    let other = (1..times).find(|_| simulator.run(&scenario, false).hash != first.hash);
    match other {
        None => println!("seed {seed}: {times} times trace {:016x}", first.hash),
        Some(time) => println!("seed {seed}: run {time} is not trace {:016x}", first.hash),
    }
    other.is_none()
}

fn crash_points(singles: bool, only: Option<usize>) -> bool {
    let mut passed = true;
    let paths = digitalex_tests::simulation::CrashPath::ALL.into_iter().enumerate();
    for (_, path) in paths.filter(|(number, _)| only.is_none_or(|it| it == *number)) {
        let proof = digitalex_tests::simulation::crash_everywhere(path, !singles);
        println!("{proof}");
        passed &= proof.failed.is_empty();
    }
    passed
}

#[cfg(feature = "planted-bugs")]
fn bugs(only: Option<&str>, seeds: u64) -> bool {
    use digitalex_core::planted::PlantedBug;
    let mut passed = true;
    for bug in PlantedBug::ALL.iter().filter(|bug| only.is_none_or(|name| bug.name() == name)) {
        match digitalex_tests::simulation::catch(*bug, seeds) {
            Some((seed, violation)) => println!("{:<32} seed {seed:>4}: {violation}", bug.name()),
            None => {
                println!("{:<32} not caught by {seeds} seeds", bug.name());
                passed = false;
            }
        }
    }
    passed
}

impl Seeds {
    fn accounts(&self) -> usize {
        self.accounts.unwrap_or(ACCOUNTS)
    }

    fn scenario(&self, seed: u64) -> Scenario {
        let scenario = Scenario::of_seed(seed, self.accounts());
        let face = if self.http { Face::Http } else { scenario.face };
        scenario.over(face)
    }

    fn faults(&self) -> Option<Vec<Fault>> {
        let numbers = self.faults.as_ref()?.iter().filter_map(|it| it.parse().ok());
        Some(numbers.filter_map(Fault::of_number).collect())
    }

    fn deeds(&self) -> Option<Vec<Deed>> {
        let named = |name: &String| {
            Deed::ALL.into_iter().chain(Deed::OF_KEYS).find(|it| format!("{it:?}") == *name)
        };
        Some(self.deeds.as_ref()?.iter().filter_map(named).collect())
    }
}
