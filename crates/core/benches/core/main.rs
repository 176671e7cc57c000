//! What one account costs in this crate: `cargo bench -p digitalex-core`.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark may panic")]

mod account;
mod fixture;
mod policy;

fn main() {
    divan::main();
}
