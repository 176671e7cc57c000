//! The real binary, from the outside.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod bad_input;
mod config_files;
mod config_layers;
mod interrupt;
mod policy;
mod remembered;
mod reports;
mod restore;
mod run;
mod runs;
