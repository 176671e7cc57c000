//! What the tests of the workspace share.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

pub mod conformance;
pub mod drift;
pub mod flaky;
