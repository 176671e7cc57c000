//! Runs simulations by seed; `cargo xtask simulate` builds and starts it.
#![allow(clippy::print_stdout, reason = "it talks to the person at the terminal")]

use digitalex_tests::simulation::{Scenario, Simulator};

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    let (from, to) = (args[0], args[1]);
    let verbose = args.len() > 2;
    let simulator = Simulator::new();
    let mut events = 0;
    let mut bad = 0;
    for seed in from..to {
        let scenario = Scenario::of_seed(seed, 30);
        let mut scenario = scenario;
        if args.len() > 3 { scenario.kill_chance *= 10.0 / 3.0; }
        let outcome = simulator.run(&scenario, verbose);
        events += outcome.events;
        for line in &outcome.lines {
            println!("{line}");
        }
        if !outcome.violations.is_empty() {
            bad += 1;
            println!(
                "seed {seed} {:?} {:x} converged {:?}",
                scenario.mode, outcome.hash, outcome.converged_in
            );
        }
        for violation in outcome.violations.iter().take(3) {
            println!("  {violation}");
        }
    }
    println!("{events} events, {bad} bad");
}
