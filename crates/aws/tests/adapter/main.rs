//! The ports over the real SDK, against a scripted AWS on loopback.
#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

mod accounts;
mod cost_reports;
mod fake_aws;
mod faults;
mod roles;
mod secrets;
mod service_control_policies;
mod sessions;
