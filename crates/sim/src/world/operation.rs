//! What an API operation is.

use std::collections::BTreeMap;
use std::fmt;

use digitalex_core::AccountId;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::page::PageInput;
use super::{Caller, Distortion, World};
use crate::AwsError;

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// AWS Organizations.
    Organizations,
    /// AWS Identity and Access Management.
    Iam,
    /// AWS Security Token Service.
    Sts,
    /// AWS Cost and Usage Reports.
    CostReports,
}

/// An API operation; the implementing type is its input.
pub(crate) trait Operation: DeserializeOwned {
    const SERVICE: Service;
    /// The name, as AWS spells it.
    const NAME: &'static str;
    type Output: Serialize;

    /// What the caller must be allowed; `None` where no permission is needed, or where the operation
    /// looks itself.
    fn access(&self, _world: &World, _caller: &Caller) -> Option<Access> {
        Some(Access::default())
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Self::Output, AwsError>;

    /// The account that it is about, where that is not the caller's.
    fn target(&self) -> Option<AccountId> {
        None
    }

    /// Which page is asked for, where it lists.
    fn page_input(&mut self) -> Option<PageInput<'_>> {
        None
    }

    /// Makes the answer what it should not be; `token` is the one that was asked with.
    fn distort(_output: &mut Self::Output, _token: Option<String>, _how: &Distortion) {}
}

/// What an operation touches, for the policies.
pub(crate) struct Access {
    pub(crate) resource: String,
    /// Condition keys, in lower case.
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

/// Nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Empty {}

/// A number, written as a number (JSON) or as text (query).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Integer(pub(crate) i64);

/// A truth value, written as one (JSON) or as text (query).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}

impl Service {
    /// The prefix of its actions.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::CostReports => "cur",
        }
    }

    pub(crate) fn from_prefix(prefix: &str) -> Option<Self> {
        [Self::Organizations, Self::Iam, Self::Sts, Self::CostReports]
            .into_iter()
            .find(|service| service.prefix() == prefix)
    }

    /// The error of a request whose parameters cannot be read.
    pub(crate) fn invalid_parameters(self, message: String) -> AwsError {
        match self {
            Self::Organizations => AwsError::organizations("InvalidInputException", message),
            Self::Iam | Self::Sts => AwsError::validation(message),
            Self::CostReports => AwsError::new("ValidationException", 400, message),
        }
    }
}

impl Access {
    pub(crate) fn to(resource: impl Into<String>) -> Self {
        Self { resource: resource.into(), context: BTreeMap::new() }
    }

    /// Adds a condition key; `None` leaves it out.
    pub(crate) fn with<'v>(mut self, key: &str, value: impl Into<Option<&'v str>>) -> Self {
        if let Some(value) = value.into() {
            self.context.entry(key.to_lowercase()).or_default().push(value.to_owned());
        }
        self
    }

    /// Adds the tags of the request.
    pub(crate) fn with_request_tags(mut self, tags: &[Tag]) -> Self {
        for tag in tags {
            self = self
                .with(&format!("aws:requesttag/{}", tag.key), tag.value.as_str())
                .with("aws:tagkeys", tag.key.as_str());
        }
        self
    }
}

impl Default for Access {
    fn default() -> Self {
        Self::to("*")
    }
}

pub(crate) fn to_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

struct IntegerVisitor;

impl Visitor<'_> for IntegerVisitor {
    type Value = i64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a whole number")
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<i64, E> {
        number.try_into().map_err(E::custom)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<i64, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntegerVisitor).map(Self)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = bool;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("true or false")
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<bool, E> {
        Ok(flag)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<bool, E> {
        text.to_lowercase().parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor).map(Self)
    }
}

/// Structs of a request (`input`) or an answer (`output`), whose fields are spelled as AWS spells
/// them. Requests have no `Debug`: they hold external ids.
macro_rules! shapes {
    () => {};
    ($(#[$about:meta])* input $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? } $($rest:tt)*) => {
        $(#[$about])*
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub(crate) struct $name { $($(#[$attribute])* pub(crate) $field: $type),* }
        crate::world::operation::shapes! { $($rest)* }
    };
    ($(#[$about:meta])* output $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? } $($rest:tt)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub(crate) struct $name { $($(#[$attribute])* pub(crate) $field: $type),* }
        crate::world::operation::shapes! { $($rest)* }
    };
}
pub(crate) use shapes;

/// How an operation is implemented: its service, name and output, what it touches, more of the trait
/// where there is more to say, what it does.
macro_rules! operation {
    ($service:ident $name:ident -> $output:ty,
     $(access($self_a:ident, $world_a:pat, $caller_a:pat) $access:block,)?
     $(more { $($more:item)* },)?
     run($self_r:ident, $world_r:pat, $caller_r:pat) $run:block) => {
        impl crate::world::operation::Operation for $name {
            const SERVICE: crate::world::operation::Service =
                crate::world::operation::Service::$service;
            const NAME: &'static str = stringify!($name);
            type Output = $output;

            $(fn access(
                &$self_a,
                $world_a: &crate::world::World,
                $caller_a: &crate::world::Caller,
            ) -> Option<crate::world::operation::Access> $access)?

            fn run(
                $self_r,
                $world_r: &mut crate::world::World,
                $caller_r: &crate::world::Caller,
            ) -> Result<$output, crate::AwsError> $run

            $($($more)*)?
        }
    };
}
pub(crate) use operation;
