//! A failing scenario, made smaller for as long as it fails.

use digitalex_sim::faults::Fault;

use super::others::Deed;
use super::run::Simulator;
use super::scenario::{Face, Scenario};

/// So many scenarios are tried at most.
const TRIES_MAX: usize = 120;

/// The smallest failing scenario that was found; the scenario itself where nothing smaller fails.
#[must_use]
pub fn shrink(simulator: &Simulator, scenario: &Scenario) -> Scenario {
    let invariant = |scenario: &Scenario| {
        let outcome = simulator.run(scenario, false);
        outcome.violations.first().map(|violation| violation.invariant)
    };
    let failed = invariant(scenario);
    let (mut smallest, mut tries) = (scenario.clone(), 0);
    loop {
        let mut smaller = false;
        for candidate in candidates(&smallest) {
            if tries >= TRIES_MAX {
                return smallest;
            }
            tries += 1;
            if failed.is_some() && invariant(&candidate) == failed {
                (smallest, smaller) = (candidate, true);
                break;
            }
        }
        if !smaller {
            return smallest;
        }
    }
}

/// Scenarios that are smaller in one respect, the boldest first.
fn candidates(scenario: &Scenario) -> Vec<Scenario> {
    let mut candidates = Vec::new();
    let mut with = |change: &dyn Fn(&mut Scenario)| {
        let mut candidate = scenario.clone();
        change(&mut candidate);
        candidates.push(candidate);
    };
    if scenario.accounts > 3 {
        with(&|it| it.accounts = it.accounts.div_ceil(2).max(3));
    }
    if !scenario.deeds.is_empty() {
        with(&|it| it.deeds.clear());
    }
    if scenario.kill_chance > 0.0 {
        with(&|it| it.kill_chance = 0.0);
    }
    for fault in scenario.rates.keys() {
        with(&|it| it.rates.retain(|kept, _| kept != fault));
    }
    for deed in &scenario.deeds {
        with(&|it| it.deeds.retain(|kept| kept != deed));
    }
    if scenario.accounts > 3 {
        with(&|it| it.accounts -= 1);
    }
    candidates
}

/// The arguments of `cargo xtask simulate` that run this scenario again.
#[must_use]
pub fn replay(scenario: &Scenario) -> String {
    let numbers: Vec<String> =
        scenario.rates.keys().map(|fault| fault.number().to_string()).collect();
    let deeds: Vec<String> = scenario.deeds.iter().map(|deed| format!("{deed:?}")).collect();
    let list =
        |items: &[String]| if items.is_empty() { "none".to_owned() } else { items.join(",") };
    let kills = if scenario.kill_chance > 0.0 { "" } else { " --no-kills" };
    let http = if scenario.face == Face::Http { " --http" } else { "" };
    let (seed, accounts) = (scenario.seed, scenario.accounts);
    format!(
        "--from {seed} --seeds 1 --accounts {accounts}{http} --faults {} --deeds {}{kills} --trace",
        list(&numbers),
        list(&deeds)
    )
}

/// Leaves of a scenario only what is named.
pub fn keep_only(scenario: &mut Scenario, faults: Option<&[Fault]>, deeds: Option<&[Deed]>) {
    if let Some(faults) = faults {
        scenario.rates.retain(|fault, _| faults.contains(fault));
    }
    if let Some(deeds) = deeds {
        scenario.deeds.retain(|deed| deeds.contains(deed));
    }
}
