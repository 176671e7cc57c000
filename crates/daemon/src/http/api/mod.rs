//! `/api/v1`: what is known, and what can be asked for.

pub(super) mod account;
pub(super) mod accounts;
pub(super) mod commands;
mod documents;
pub(super) mod drift;
pub(super) mod events;
pub(super) mod history;
pub(super) mod passes;
pub(super) mod status;
pub(super) mod units;
