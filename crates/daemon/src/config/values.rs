//! Values of the configuration that have no type in `digitalex_core`.

use std::path::PathBuf;
use std::str::FromStr;

use digitalex_core::{TagKey, TagValue};
use digitalex_engine::AdminRole;
use schemars::JsonSchema;
use serde::Deserialize;

/// The id of a root (`r-…`) or of an organizational unit (`ou-…`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct OuId(String);

/// The text is not the id of a root or an OU.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the id of an organizational unit or a root, such as ou-ab12-cdefgh34 or r-ab12"
)]
pub struct InvalidOuId(String);

/// A role to assume, or a chain of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "AdminRoleText")]
#[schemars(with = "AdminRoleText")]
pub struct AdminRoleEntry(AdminRole);

/// The text is not a role to assume.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a role to assume: give its name (with its path, if any) or its ARN, or a list of \
     them for a chain"
)]
pub struct InvalidAdminRole(String);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a role's name or ARN, or a list of them for a chain")]
enum AdminRoleText {
    /// A role's name or ARN.
    One(String),
    /// A chain, the last role being in the member account.
    Chain(Vec<String>),
}

/// The ARN of a role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RoleArn(String);

/// The text is not the ARN of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the ARN of a role, such as arn:aws:iam::111122223333:role/secrets")]
pub struct InvalidRoleArn(String);

/// A tag of an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagEntry {
    /// The key.
    #[schemars(with = "String")]
    pub key: TagKey,
    /// The value.
    #[schemars(with = "String")]
    pub value: TagValue,
}

/// A policy document, or where it lies.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected the path of a JSON file, or a policy document as a table")]
pub(crate) enum DocumentEntry {
    /// A JSON file.
    File(PathBuf),
    /// The document itself.
    Document(serde_json::Map<String, serde_json::Value>),
}

impl RoleArn {
    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RoleArn {
    type Error = InvalidRoleArn;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.starts_with("arn:") && is_hop(&text) {
            Ok(Self(text))
        } else {
            Err(InvalidRoleArn(text))
        }
    }
}

impl OuId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OuId {
    type Err = InvalidOuId;

    /// Organizations API Reference: `^r-[0-9a-z]{4,32}$` and `^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |part: &str, length_min: usize| {
            (length_min..=32).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let legal = match text.split('-').collect::<Vec<_>>()[..] {
            ["r", root] => word(root, 4),
            ["ou", root, unit] => word(root, 4) && word(unit, 8),
            _ => false,
        };
        if legal { Ok(Self(text.to_owned())) } else { Err(InvalidOuId(text.to_owned())) }
    }
}

impl TryFrom<String> for OuId {
    type Error = InvalidOuId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl AdminRoleEntry {
    /// The role as the engine knows it.
    #[must_use]
    pub fn into_role(self) -> AdminRole {
        self.0
    }

    fn new(hops: Vec<String>) -> Result<Self, InvalidAdminRole> {
        match hops.iter().find(|hop| !is_hop(hop)) {
            Some(hop) => Err(InvalidAdminRole(hop.clone())),
            None if hops.is_empty() => Err(InvalidAdminRole(String::new())),
            None => Ok(Self(AdminRole { hops })),
        }
    }
}

impl FromStr for AdminRoleEntry {
    type Err = InvalidAdminRole;

    /// A role, or a chain written `hub > spoke`, as reports show it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text.split(" > ").map(|hop| hop.trim().to_owned()).collect())
    }
}

impl TryFrom<AdminRoleText> for AdminRoleEntry {
    type Error = InvalidAdminRole;

    fn try_from(text: AdminRoleText) -> Result<Self, Self::Error> {
        match text {
            AdminRoleText::One(role) => Self::new(vec![role]),
            AdminRoleText::Chain(hops) => Self::new(hops),
        }
    }
}

impl DocumentEntry {
    /// The path, where the document lies in a file.
    pub(crate) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Document(_) => None,
        }
    }
}

fn is_hop(hop: &str) -> bool {
    let role = match hop.strip_prefix("arn:") {
        None => hop,
        Some(rest) => match rest.split_once(":role/") {
            Some((_, role)) => role,
            None => return false,
        },
    };
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte);
    !role.is_empty() && !role.ends_with('/') && role.bytes().all(is_legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ou_id_should_be_a_root_or_an_ou() {
        for id in ["r-ab12", "ou-ab12-cdefgh34"] {
            assert!(id.parse::<OuId>().is_ok(), "{id} was refused");
        }
        for id in ["", "ou-ab12", "o-ab12cdefgh", "ou-AB12-cdefgh34", "Sandbox", "r-ab1"] {
            assert!(id.parse::<OuId>().is_err(), "{id} was accepted");
        }
    }

    #[test]
    fn admin_role_should_be_a_name_an_arn_or_a_chain() {
        for role in [
            "OrganizationAccountAccessRole",
            "ops/admin",
            "arn:aws:iam::<ACCOUNT_ID>:role/admin",
            "arn:aws:iam::111122223333:role/hub > spoke",
        ] {
            assert!(role.parse::<AdminRoleEntry>().is_ok(), "{role} was refused");
        }
        for role in ["", "two words", "arn:aws:iam::111122223333:user/me", "a > ", "path/"] {
            assert!(role.parse::<AdminRoleEntry>().is_err(), "{role} was accepted");
        }
        let chain: AdminRoleEntry = "hub > spoke".parse().expect("a chain");
        assert_eq!(chain.into_role().hops, ["hub", "spoke"]);
    }
}
