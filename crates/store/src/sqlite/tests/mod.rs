//! The store over real files.

mod crash;
mod drift;
mod drift_model;
mod failures;
mod journal;
mod lease;
mod opening;
mod reads;
mod retention;
mod secrets;
mod world;
