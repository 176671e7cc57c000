//! The store over real files.

mod crash;
mod drift;
mod drift_model;
mod failures;
mod fencing;
mod journal;
mod lease;
mod opening;
mod process_lock;
mod reads;
mod retention;
mod secrets;
mod world;
