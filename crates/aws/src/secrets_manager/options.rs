//! Where and how the secrets lie.

use std::fmt;
use std::str::FromStr;

/// What a Secrets Manager sink is told.
#[derive(Debug, Clone, Default)]
pub struct SecretsManagerOptions {
    /// What the names of the secrets begin with.
    pub prefix: SecretPrefix,
    /// The KMS key that new secrets are encrypted with; where there is none, the account's own for
    /// Secrets Manager, with which no other account can read.
    pub kms_key_id: Option<String>,
    /// Their Region; where there is none, the connection's.
    pub region: Option<String>,
    /// The role that is assumed to reach them; where there is none, the connection's credentials do.
    pub role_arn: Option<String>,
}

/// What the names of the secrets begin with: `digitalex/` where nothing else is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretPrefix(String);

/// No secret's name can begin with this text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot begin a secret's name: that takes at most 400 letters, digits or characters of \
     /_+=.@-"
)]
pub struct InvalidSecretPrefix(String);

impl SecretPrefix {
    /// A name holds 512 characters (Secrets Manager API Reference, `CreateSecret`); an account and a user
    /// follow.
    const LENGTH_MAX: usize = 400;
}

impl FromStr for SecretPrefix {
    type Err = InvalidSecretPrefix;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte);
        if text.len() <= Self::LENGTH_MAX && text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSecretPrefix(text.to_owned()))
        }
    }
}

impl Default for SecretPrefix {
    fn default() -> Self {
        Self("digitalex/".to_owned())
    }
}

impl fmt::Display for SecretPrefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_should_be_what_a_secrets_name_can_begin_with() {
        for text in ["", "digitalex/", "a/b_+=.@-"] {
            assert_eq!(text.parse::<SecretPrefix>().unwrap().to_string(), text);
        }
        for text in ["a b", "a,b", "é", &"a".repeat(401)] {
            assert!(text.parse::<SecretPrefix>().is_err(), "{text}");
        }
    }
}
