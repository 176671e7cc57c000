//! The access keys of the DigitalEx user: which of them is recorded, and what differs.

mod id;

pub use id::{AccessKeyId, InvalidAccessKeyId};
