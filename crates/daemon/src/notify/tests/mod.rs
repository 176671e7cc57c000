//! Notifications against real HTTP receivers on loopback.

mod announcements;
mod delivery;
mod fixture;
mod store;
