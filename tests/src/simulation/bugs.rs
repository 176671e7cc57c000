//! Planted bugs, each to be caught.

use digitalex_core::planted::{Place, PlantedBug, plant};

use super::checks::Violation;
use super::run::Simulator;
use super::scenario::{Face, Scenario};

/// The first of so many seeds that catches the bug, and how.
#[must_use]
pub fn catch(bug: PlantedBug, seeds: u64) -> Option<(u64, Violation)> {
    let simulator = Simulator::new();
    plant(Some(bug));
    let caught = (0..seeds).find_map(|seed| {
        let mut scenario = Scenario::of_seed(seed, 30);
        // What sits in the adapter shows only where the adapter runs.
        if bug.place() == Place::Aws {
            scenario = scenario.over(Face::Http);
        }
        let violation = simulator.run(&scenario, false).violations.into_iter().next()?;
        Some((seed, violation))
    });
    plant(None);
    caught
}
