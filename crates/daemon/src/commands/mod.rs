//! The commands, one file each.

pub mod accounts;
pub mod apply;
pub mod audit;
pub mod config;
pub mod daemon;
pub mod drift;
pub mod export;
pub mod history;
pub mod keys;
pub mod manual;
pub mod plan;
pub mod policy;
mod remembered;
pub mod report;
mod restore;
pub mod sandbox;
pub mod status;
