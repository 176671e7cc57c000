//! The whole product in a simulated universe: its engine and its store over a simulated organization, in
//! virtual time, with every fault that there is, and with checkers for each invariant. One seed decides
//! all that happens.

#[cfg(feature = "planted-bugs")]
pub mod bugs;
pub mod checks;
pub mod crash_points;
pub mod found;
mod lease;
pub mod life;
pub mod memory;
mod normal_text;
pub mod one_core;
pub mod others;
mod others_keys;
pub mod process;
mod recorder;
pub mod run;
mod runs;
pub mod scenario;
pub mod shrink;
pub mod sink;
pub mod store_thread;
pub mod swarm;
pub mod time;
pub mod trace;
pub mod universe;
pub mod wanted;
pub mod wanted_identity;

#[cfg(feature = "planted-bugs")]
pub use bugs::catch;
pub use checks::Violation;
pub use crash_points::{CrashPath, CrashProof, crash_everywhere};
pub use others::Deed;
pub use run::{Outcome, Simulator};
pub use scenario::{Face, Mode, Scenario, SinkFate, Start};
pub use shrink::{keep_only, replay, shrink};
pub use swarm::{Summary, Swarm};
pub use universe::Kills;
