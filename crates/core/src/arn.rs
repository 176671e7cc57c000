//! Amazon Resource Names and the partitions they live in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::AccountId;

/// An AWS partition that DigitalEx serves.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Partition {
    /// Commercial Regions.
    #[default]
    Aws,
    /// AWS GovCloud (US).
    AwsUsGov,
    /// China Regions.
    AwsCn,
}

/// An ARN: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    /// The partition.
    pub partition: Partition,
    /// The service namespace, such as `iam`.
    pub service: String,
    /// The Region; empty for global services.
    pub region: String,
    /// The account field: an account id, `aws` for AWS's own policies, or empty.
    pub account: String,
    /// The resource part, such as `role/digitalex-finops`.
    pub resource: String,
}

/// The ARN of an IAM managed policy: AWS's own or a customer's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ManagedPolicyArn(String);

/// The text is not an ARN of the kind that is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidArn {
    /// It is not an ARN in a known partition.
    #[error(
        "{0:?} is not an ARN (arn:partition:service:region:account:resource, with partition aws, aws-us-gov or aws-cn)"
    )]
    NotAnArn(String),
    /// It is an ARN, but not one of an IAM managed policy.
    #[error(
        "{0:?} is not the ARN of an IAM policy (arn:aws:iam::aws:policy/NAME or arn:aws:iam::ACCOUNT:policy/NAME)"
    )]
    NotAPolicy(String),
}

impl Partition {
    /// The name as it stands in an ARN.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsCn => "aws-cn",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Partition {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Aws, Self::AwsUsGov, Self::AwsCn]
            .into_iter()
            .find(|partition| partition.as_str() == text)
            .ok_or_else(|| InvalidArn::NotAnArn(text.to_owned()))
    }
}

impl Arn {
    /// The ARN of an IAM resource of an account: `arn:P:iam::ACCOUNT:RESOURCE`.
    #[must_use]
    pub fn iam(partition: Partition, account: AccountId, resource: &str) -> Self {
        Self {
            partition,
            service: "iam".to_owned(),
            region: String::new(),
            account: account.to_string(),
            resource: resource.to_owned(),
        }
    }

    /// The account that the ARN names, where it names one.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.account.parse().ok()
    }
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidArn::NotAnArn(text.to_owned());
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, service, region, account, resource]
                if !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Self {
                    partition: partition.parse().map_err(|_| invalid())?,
                    service: service.to_owned(),
                    region: region.to_owned(),
                    account: account.to_owned(),
                    resource: resource.to_owned(),
                })
            }
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(out, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

impl ManagedPolicyArn {
    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ManagedPolicyArn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let arn: Arn = text.parse()?;
        let owner = arn.account == "aws" || arn.account_id().is_some();
        let name = arn.resource.strip_prefix("policy/").is_some_and(|name| !name.is_empty());
        if arn.service == "iam" && arn.region.is_empty() && owner && name {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidArn::NotAPolicy(text.to_owned()))
        }
    }
}

impl fmt::Display for ManagedPolicyArn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

macro_rules! text_conversions {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidArn;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(arn: $name) -> Self {
                arn.to_string()
            }
        }
    )*};
}
text_conversions!(Arn, ManagedPolicyArn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arn_should_round_trip_in_every_partition() {
        for partition in ["aws", "aws-us-gov", "aws-cn"] {
            let text = format!("arn:{partition}:iam::111122223333:role/a/b:c");
            let arn: Arn = text.parse().expect("an ARN");
            assert_eq!(arn.to_string(), text);
            assert_eq!(arn.resource, "role/a/b:c");
        }
    }

    #[test]
    fn arn_should_refuse_an_unknown_partition() {
        assert!("arn:aws-iso:iam::111122223333:role/a".parse::<Arn>().is_err());
    }

    #[test]
    fn managed_policy_arn_should_refuse_a_role() {
        assert!("arn:aws:iam::aws:policy/ReadOnlyAccess".parse::<ManagedPolicyArn>().is_ok());
        assert!("arn:aws:iam::111122223333:role/a".parse::<ManagedPolicyArn>().is_err());
    }
}
