//! The external id of the trust policy: the customer's DigitalEx tenant id.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// An STS external id: 2–1,224 characters of `[\w+=,.@:\/-]` (STS API Reference, `AssumeRole`).
///
/// A secret: `Debug` hides it and it has no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(Zeroizing<String>);

/// The text is not an external id. Its value is left out on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExternalId {
    /// Empty, or only white space.
    #[error("the DigitalEx tenant id is empty")]
    Empty,
    /// Too short or too long.
    #[error("the DigitalEx tenant id has {0} characters; an external id has 2 to 1224")]
    Length(usize),
    /// A character outside the set.
    #[error(
        "the DigitalEx tenant id has a character at position {0} that an external id cannot hold (letters, digits and _+=,.@:/- are allowed)"
    )]
    Character(usize),
}

impl ExternalId {
    /// Parses an external id; white space around it is dropped.
    ///
    /// # Errors
    /// The text breaks STS's rule; the error never holds the text.
    pub fn new(text: &str) -> Result<Self, InvalidExternalId> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidExternalId::Empty);
        }
        let length = text.chars().count();
        if !(2..=1224).contains(&length) {
            return Err(InvalidExternalId::Length(length));
        }
        let legal = |byte: char| byte.is_ascii_alphanumeric() || "_+=,.@:/-".contains(byte);
        if let Some(position) = text.chars().position(|character| !legal(character)) {
            return Err(InvalidExternalId::Character(position + 1));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Four hexadecimal digits that tell two tenants apart without telling which they are.
    #[must_use]
    pub fn check_code(&self, salt: &str) -> String {
        let digest = Sha256::new().chain_update(salt).chain_update([0]).chain_update(self.expose());
        digest.finalize().iter().take(2).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The secret text, for the trust policy alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ExternalId(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_id_should_never_show_its_text() {
        let id = ExternalId::new("tenant-42-secret").expect("legal");
        assert!(!format!("{id:?}").contains("tenant"));
        let error = ExternalId::new("tenant secret!").expect_err("a space");
        assert!(!format!("{error:?} {error}").contains("secret"));
    }

    #[test]
    fn external_id_should_refuse_what_sts_refuses() {
        assert_eq!(ExternalId::new("  ").err(), Some(InvalidExternalId::Empty));
        assert_eq!(ExternalId::new("a").err(), Some(InvalidExternalId::Length(1)));
        assert_eq!(ExternalId::new("ab\"c").err(), Some(InvalidExternalId::Character(3)));
        assert!(ExternalId::new(" ab\n").is_ok());
    }
}
