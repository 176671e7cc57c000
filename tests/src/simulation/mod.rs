//! The whole product in a simulated universe: its engine and its store over a simulated organization, in
//! virtual time, with every fault that there is, and with checkers for each invariant. One seed decides
//! all that happens.

pub mod checks;
mod life;
mod memory;
mod others;
mod process;
mod run;
mod scenario;
mod time;
mod trace;
mod universe;
mod wanted;

pub use checks::Violation;
pub use others::Deed;
pub use run::{Outcome, Simulator};
pub use scenario::{Face, HTTP_EVERY, Mode, Scenario};
pub use universe::Kills;
