//! What the tests of the whole share: a clean environment, the built product, the Python peers.
//!
//! Tests that need Python have `peer_` in their names; `cargo xtask test --fast` skips those.

mod clean_env;
mod moto;
mod product;
mod venv;

pub use clean_env::CleanEnv;
pub use moto::MotoServer;
pub use product::product;
pub use venv::Venv;
