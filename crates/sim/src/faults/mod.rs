//! What goes wrong between a client and AWS, and in AWS: the faults that a rollout meets in a real
//! organization, drawn from a seed.

mod call;
mod clock_skew;
mod fault;
mod injection;
mod medium;
mod plan;
#[cfg(test)]
mod tests;

pub use call::{CallInfo, Service};
pub use fault::Fault;
pub(crate) use injection::Injection;
pub use injection::WireFault;
pub use medium::{Fate, Medium, Moment, Watch};
pub use plan::{FaultPlan, Scripted};
