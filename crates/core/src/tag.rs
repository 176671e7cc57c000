//! Tags of IAM roles. Limits: IAM API Reference, `Tag`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The key of a tag: 1–128 characters; `aws:` is reserved by AWS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagKey(String);

/// The value of a tag: 0–256 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagValue(String);

/// The text is not a legal tag key or value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a tag {what}: {rule}")]
pub struct InvalidTag {
    text: String,
    what: &'static str,
    rule: &'static str,
}

impl TagKey {
    /// Parses a tag key.
    ///
    /// # Errors
    /// The text breaks IAM's rule for tag keys.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidTag> {
        let text = text.into();
        let reserved = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        if !reserved && is_tag_text(&text, 1, 128) {
            return Ok(Self(text));
        }
        let rule =
            "1 to 128 letters, digits, spaces or characters of _.:/=+-@, not beginning with aws:";
        Err(InvalidTag { text, what: "key", rule })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TagValue {
    /// Parses a tag value.
    ///
    /// # Errors
    /// The text breaks IAM's rule for tag values.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidTag> {
        let text = text.into();
        if is_tag_text(&text, 0, 256) {
            return Ok(Self(text));
        }
        let rule = "at most 256 letters, digits, spaces or characters of _.:/=+-@";
        Err(InvalidTag { text, what: "value", rule })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_conversions {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidTag;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(tag: $name) -> Self {
                tag.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )*};
}
text_conversions!(TagKey, TagValue);

fn is_tag_text(text: &str, length_min: usize, length_max: usize) -> bool {
    (length_min..=length_max).contains(&text.chars().count())
        && text.chars().all(|character| {
            character.is_alphanumeric()
                || character.is_whitespace() && !character.is_control()
                || "_.:/=+-@".contains(character)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_key_should_refuse_the_reserved_prefix() {
        assert!(TagKey::new("cost-center").is_ok());
        assert!(TagKey::new("aws:created").is_err());
        assert!(TagKey::new("").is_err());
        assert!(TagKey::new("k".repeat(129)).is_err());
    }

    #[test]
    fn tag_value_may_be_empty() {
        assert!(TagValue::new("").is_ok());
        assert!(TagValue::new("v".repeat(257)).is_err());
    }
}
