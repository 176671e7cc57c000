//! Fuzz targets: plain functions over any bytes, which panic where a promise is broken.
//!
//! `cargo xtask fuzz` hands them to libFuzzer; the tests run them over the corpus.
#![allow(clippy::expect_used, clippy::panic, reason = "a target may panic")]

mod adapter;
mod aws_answer;
mod config;
mod page_tokens;
mod policy;
mod policy_pair;

pub use aws_answer::aws_answer;
pub use config::config;
pub use page_tokens::page_tokens;
pub use policy::policy;
pub use policy_pair::policy_pair;

/// Panics where the bytes break its promise.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 5] = [
    ("aws_answer", aws_answer),
    ("config", config),
    ("page_tokens", page_tokens),
    ("policy", policy),
    ("policy_pair", policy_pair),
];
