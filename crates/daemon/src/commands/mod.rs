//! The commands, one file each.

pub mod accounts;
pub mod apply;
pub mod audit;
pub mod config;
pub mod plan;
pub mod policy;
pub mod report;
pub mod sandbox;
