//! The daemon: what it does now, and what others are told of it.

mod live;

pub use live::{Listing, Live, Problem, Role, RunningPass};
