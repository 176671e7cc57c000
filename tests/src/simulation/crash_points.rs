//! Every crash point there is, and every pair: the product is killed at one point of its work, and the
//! one that is started after it at one of its own; the end must be the same.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::one_core::stay_on_one;
use super::run::{Outcome, Simulator};
use super::scenario::{Mode, Scenario, SinkFate, Start};
use super::universe::Kills;

/// A path of the product's work. To cover another one, name it here and say in [`Start`] how its
/// account stands at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashPath {
    /// How the account stands at first.
    pub start: Start,
    /// Who does the work.
    pub mode: Mode,
    /// Of users with access keys, and what becomes of their secrets; none of roles.
    pub keys: Option<SinkFate>,
}

/// What came of the crashes on a path.
#[derive(Debug)]
pub struct CrashProof {
    /// The path.
    pub path: CrashPath,
    /// Points at which the first process was killed: all that it passes.
    pub singles: u64,
    /// Pairs of a point of the first process and one of the second.
    pub pairs: u64,
    /// The crashes after which an invariant did not hold.
    pub failed: Vec<(Vec<u64>, String)>,
}

impl CrashPath {
    /// All paths.
    pub const ALL: [Self; 16] = [
        Self::of_role(Start::Creation, Mode::Correct),
        Self::of_role(Start::Repair, Mode::Correct),
        Self::of_role(Start::Adoption, Mode::Correct),
        Self::of_role(Start::Creation, Mode::Apply),
        Self::of_role(Start::Repair, Mode::Apply),
        Self::of_role(Start::Adoption, Mode::Apply),
        Self::of_user(Start::Creation, Mode::Correct, SinkFate::Works),
        Self::of_user(Start::Creation, Mode::Correct, SinkFate::FailsOnce),
        Self::of_user(Start::Creation, Mode::Correct, SinkFate::FailsOnceAfterKeeping),
        Self::of_user(Start::Rotation, Mode::Correct, SinkFate::Works),
        Self::of_user(Start::Rotation, Mode::Correct, SinkFate::FailsOnce),
        Self::of_user(Start::Rotation, Mode::Correct, SinkFate::FailsOnceAfterKeeping),
        Self::of_user(Start::Creation, Mode::Apply, SinkFate::Works),
        Self::of_user(Start::Creation, Mode::Apply, SinkFate::FailsOnce),
        Self::of_user(Start::Rotation, Mode::Apply, SinkFate::Works),
        Self::of_user(Start::Rotation, Mode::Apply, SinkFate::FailsOnce),
    ];

    const fn of_role(start: Start, mode: Mode) -> Self {
        Self { start, mode, keys: None }
    }

    const fn of_user(start: Start, mode: Mode, sink: SinkFate) -> Self {
        Self { start, mode, keys: Some(sink) }
    }

    fn run(self, simulator: &Simulator, kills: Vec<u64>) -> Outcome {
        let scenario = {
            let sink = self.keys.unwrap_or(SinkFate::Works);
            Scenario::of_crashes(self.start, self.mode, self.keys.is_some(), sink)
        };
        simulator.run_killed(&scenario, Kills::At(kills), false)
    }
}

/// Crashes at every point of the path, and with `pairs` at every pair.
///
/// # Panics
/// A thread panicked.
#[must_use]
pub fn crash_everywhere(path: CrashPath, pairs: bool) -> CrashProof {
    let proof = CrashProof { path, singles: 0, pairs: 0, failed: Vec::new() };
    let (proof, next, end) = (Mutex::new(proof), AtomicU64::new(0), AtomicU64::new(u64::MAX));
    std::thread::scope(|scope| {
        for number in 0..2 {
            let (next, end, proof) = (&next, &end, &proof);
            scope.spawn(move || {
                stay_on_one(number);
                let simulator = Simulator::new();
                loop {
                    let first = next.fetch_add(1, Ordering::Relaxed);
                    if first >= end.load(Ordering::Relaxed) {
                        return;
                    }
                    if !crash_at(path, &simulator, &[first], proof) {
                        // The process ended before it came to this point.
                        end.fetch_min(first, Ordering::Relaxed);
                        return;
                    }
                    let mut second = 0;
                    while pairs && crash_at(path, &simulator, &[first, second], proof) {
                        second += 1;
                    }
                }
            });
        }
    });
    proof.into_inner().expect("no thread panicked")
}

/// Runs the path with these crashes; whether all of them came to pass.
fn crash_at(
    path: CrashPath,
    simulator: &Simulator,
    kills: &[u64],
    proof: &Mutex<CrashProof>,
) -> bool {
    let outcome = path.run(simulator, kills.to_vec());
    let killed: usize = outcome.killed_at.values().sum();
    if killed < kills.len() {
        return false;
    }
    let mut proof = proof.lock().expect("no thread panicked");
    match kills.len() {
        1 => proof.singles += 1,
        _ => proof.pairs += 1,
    }
    if let Some(violation) = outcome.violations.first() {
        proof.failed.push((kills.to_vec(), violation.to_string()));
    }
    true
}

impl fmt::Display for CrashProof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path: CrashPath { start, mode, keys }, singles, pairs, failed } = self;
        let what = keys.map(|sink| format!(" of a user, whose sink {sink:?}")).unwrap_or_default();
        write!(out, "{start:?}{what} by {mode:?}: {singles} points, {pairs} pairs, ")?;
        write!(out, "{} after which something was wrong", failed.len())?;
        for (kills, violation) in failed.iter().take(5) {
            write!(out, "\n  killed at {kills:?}: {violation}")?;
        }
        Ok(())
    }
}
