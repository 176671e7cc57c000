//! Planted bugs, each to be caught.

use std::collections::BTreeMap;
use std::sync::Mutex;

use digitalex_core::planted::{Place, PlantedBug, plant};

use super::checks::Violation;
use super::scenario::Face;
use super::swarm::Swarm;

/// The first of so many seeds that catches the bug, and how.
///
/// # Panics
/// A thread panicked.
#[must_use]
pub fn catch(bug: PlantedBug, seeds: u64) -> Option<(u64, Violation)> {
    let mut swarm = Swarm::new(0, seeds, 30);
    // What sits in the adapter shows only where the adapter runs.
    swarm.face = (bug.place() == Place::Aws).then_some(Face::Http);
    let (enough, caught) = (swarm.enough.clone(), Mutex::new(BTreeMap::new()));
    plant(Some(bug));
    swarm.run(2, &|scenario, outcome| {
        if let Some(violation) = outcome.violations.first() {
            enough.cancel();
            caught.lock().expect("no thread panicked").insert(scenario.seed, violation.clone());
        }
    });
    plant(None);
    caught.into_inner().expect("no thread panicked").pop_first()
}
