//! What the tests of the whole share: the conformance suite and what it runs over, a clean
//! environment, the built product, the Python peers.
//!
//! Tests that need Python have `peer_` in their names; `cargo xtask test --fast` skips those.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod clean_env;
pub mod conformance;
pub mod conformance_keys;
pub mod conformance_users;
pub mod daemon;
pub mod drift;
pub mod flaky;
pub mod hub;
pub mod in_process;
pub mod keeping;
mod key_holder;
pub mod memory_key_sink;
mod moto;
pub mod on_the_way;
pub mod one_user;
pub mod others;
pub mod partial_listing;
mod product;
pub mod rigs;
pub mod rollout;
mod sandbox;
pub mod simulation;
pub mod tampering;
pub mod unreliable_wire;
pub mod user_drift;
mod venv;
pub mod watched;

pub use clean_env::CleanEnv;
pub use key_holder::KeyHolder;
pub use moto::MotoServer;
pub use product::product;
pub use sandbox::{Run, Sandbox};
pub use venv::Venv;
