//! The world behind the engine's ports, without HTTP in between.

mod access;
mod classify;
mod connection;
mod organization;
mod reader;
mod service_control_policies;
mod session;
#[cfg(test)]
mod tests;
mod writer;

pub use access::{SimReadAccess, SimWriteAccess};
pub use organization::SimOrganization;
