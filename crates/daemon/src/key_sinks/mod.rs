//! Where the secrets of access keys go, but for Secrets Manager, which is AWS's.

mod age_folder;
mod sealed;
#[cfg(test)]
mod tests;

pub use self::age_folder::AgeFolder;
pub use self::sealed::{InvalidRecipients, Recipients};
