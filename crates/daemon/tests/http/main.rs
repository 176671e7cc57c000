//! The daemon over HTTP, over real sockets, with a real store.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod access;
mod api;
mod client;
mod commands;
mod daemon;
mod description;
mod documents;
mod events;
mod fleet;
mod metrics;
mod page;
mod probes;
mod refusals;
mod tls;
