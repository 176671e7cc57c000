//! Users and their access keys: the plan of every state that they can be in.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod any_keys;
mod check;
mod correction;
mod fixture;
mod iam;
mod keys;
mod whole;
