//! Names and small bounded values of IAM. Limits: IAM API Reference, `CreateRole` and
//! `PutRolePolicy`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The prefix that DigitalEx asks of its role, compared ignoring case as IAM does.
const ROLE_NAME_PREFIX: &str = "digitalex-";

/// The name of the DigitalEx role: 1–64 characters of `[\w+=,.@-]`, beginning with `digitalex-`.
///
/// IAM role names are unique ignoring case, so the prefix is accepted in any case
/// (`DigitalEx-` on newer DigitalEx pages).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdentityName(String);

/// The name of an inline policy: 1–128 characters of `[\w+=,.@-]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PolicyName(String);

/// The path of a role: begins and ends with `/`, at most 512 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdentityPath(String);

/// The description of a role: at most 1,000 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

/// The longest session of a role, in seconds: 3,600–43,200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct SessionDuration(u32);

/// The text or number is not a legal value of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not {rule}")]
pub struct InvalidName {
    value: String,
    rule: &'static str,
}

impl IdentityName {
    const RULE: &str = "a DigitalEx role name: it must begin with \"digitalex-\" and hold at most \
                        64 letters, digits or characters of +=,.@_-";

    /// Parses a name that AWS returned, which may be any role's.
    ///
    /// # Errors
    /// The text is no IAM role name, or lacks the prefix.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        let text = text.into();
        let prefixed = text
            .get(..ROLE_NAME_PREFIX.len())
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case(ROLE_NAME_PREFIX));
        let named = text.len() > ROLE_NAME_PREFIX.len();
        accept(text, Self::RULE, |text| prefixed && named && is_iam_name(text, 64)).map(Self)
    }
}

impl PolicyName {
    const RULE: &str = "an inline policy name: 1 to 128 letters, digits or characters of +=,.@_-";

    /// Parses an inline policy name.
    ///
    /// # Errors
    /// The text breaks IAM's rule for policy names.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        accept(text.into(), Self::RULE, |text| is_iam_name(text, 128)).map(Self)
    }
}

impl IdentityPath {
    const RULE: &str = "a role path: it must begin and end with \"/\" and hold at most 512 \
                        printable ASCII characters";

    /// Parses a path.
    ///
    /// # Errors
    /// The text breaks IAM's rule for paths.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        accept(text.into(), Self::RULE, |text| {
            text.len() <= 512
                && text.starts_with('/')
                && text.ends_with('/')
                && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
        })
        .map(Self)
    }
}

impl Default for IdentityPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl Description {
    const RULE: &str = "a role description: at most 1000 characters of Latin-1, without controls";

    /// Parses a description.
    ///
    /// # Errors
    /// The text breaks IAM's rule for descriptions.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        accept(text.into(), Self::RULE, |text| {
            text.chars().count() <= 1000 && text.chars().all(is_description_character)
        })
        .map(Self)
    }
}

impl SessionDuration {
    const RULE: &str = "a session duration: 3600 to 43200 seconds";

    /// The duration of so many seconds.
    ///
    /// # Errors
    /// Outside 3,600–43,200 s.
    pub fn from_seconds(seconds: u32) -> Result<Self, InvalidName> {
        if (3_600..=43_200).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(InvalidName { value: seconds.to_string(), rule: Self::RULE })
        }
    }

    /// The duration in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl Default for SessionDuration {
    fn default() -> Self {
        Self(3_600)
    }
}

impl TryFrom<u32> for SessionDuration {
    type Error = InvalidName;

    fn try_from(seconds: u32) -> Result<Self, Self::Error> {
        Self::from_seconds(seconds)
    }
}

impl From<SessionDuration> for u32 {
    fn from(duration: SessionDuration) -> Self {
        duration.0
    }
}

macro_rules! text_name {
    ($($name:ident),*) => {$(
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )*};
}
text_name!(IdentityName, PolicyName, IdentityPath, Description);

fn accept(
    value: String,
    rule: &'static str,
    is_legal: impl FnOnce(&str) -> bool,
) -> Result<String, InvalidName> {
    if is_legal(&value) { Ok(value) } else { Err(InvalidName { value, rule }) }
}

fn is_iam_name(text: &str, length_max: usize) -> bool {
    (1..=length_max).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

fn is_description_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_name_should_need_the_digitalex_prefix_in_any_case() {
        assert!(IdentityName::new("digitalex-finops").is_ok());
        assert!(IdentityName::new("DigitalEx-FinOps").is_ok());
        for name in ["finops", "digitalex", "digitalex-", "digitalex-a b", "digitaléx-a", ""] {
            assert!(IdentityName::new(name).is_err(), "{name:?} was accepted");
        }
        assert!(IdentityName::new(format!("digitalex-{}", "x".repeat(55))).is_err());
    }

    #[test]
    fn role_path_should_begin_and_end_with_a_slash() {
        for path in ["/", "/finops/", "/a/b/"] {
            assert!(IdentityPath::new(path).is_ok(), "{path:?} was refused");
        }
        for path in ["", "finops/", "/finops", "/a b/"] {
            assert!(IdentityPath::new(path).is_err(), "{path:?} was accepted");
        }
    }

    #[test]
    fn session_duration_should_stay_within_one_and_twelve_hours() {
        assert!(SessionDuration::from_seconds(3_599).is_err());
        assert!(SessionDuration::from_seconds(43_200).is_ok());
        assert!(SessionDuration::from_seconds(43_201).is_err());
    }
}
