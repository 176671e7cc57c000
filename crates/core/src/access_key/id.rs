//! Ids of access keys.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of an access key (`AKIA…`): 16–128 letters and digits (IAM API Reference, `AccessKey`). It
/// names the key in requests and logs, and is no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId(String);

/// The text is not the id of an access key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of an access key: 16 to 128 letters and digits")]
pub struct InvalidAccessKeyId(String);

impl AccessKeyId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccessKeyId {
    type Err = InvalidAccessKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = (16..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if legal { Ok(Self(text.to_owned())) } else { Err(InvalidAccessKeyId(text.to_owned())) }
    }
}

impl TryFrom<String> for AccessKeyId {
    type Error = InvalidAccessKeyId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AccessKeyId> for String {
    fn from(id: AccessKeyId) -> Self {
        id.0
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
