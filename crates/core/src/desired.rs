//! The role as it should be in one account.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    AccountId, Arn, Description, IdentityName, IdentityPath, ManagedPolicyArn, Partition,
    PolicyDocument, PolicyName, SessionDuration, TagKey, TagValue,
};

/// The AWS account that DigitalEx reads its customers from (DigitalEx help pages, "Create Role").
pub const DIGITALEX_ACCOUNT: AccountId = match AccountId::from_number(911_403_356_698) {
    Some(id) => id,
    None => unreachable!(),
};

/// The DigitalEx role as it should be in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DesiredIdentity {
    /// The account it stands in.
    pub account: AccountId,
    /// The partition of that account.
    pub partition: Partition,
    /// The role's name.
    pub name: IdentityName,
    /// The role's path, fixed at creation.
    pub path: IdentityPath,
    /// The role's description.
    pub description: Description,
    /// `MaxSessionDuration`.
    pub max_session_duration: SessionDuration,
    /// The trust policy.
    pub trust: PolicyDocument,
    /// Inline policies by name.
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// Attached managed policies.
    pub managed: BTreeSet<ManagedPolicyArn>,
    /// The permissions boundary.
    pub boundary: DesiredBoundary,
    /// Tags that must be there, the ownership tag among them. Others are the customer's own.
    pub tags: BTreeMap<TagKey, TagValue>,
}

/// What the configuration says of the permissions boundary.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DesiredBoundary {
    /// Nothing: one that is found stays, held for a person to decide.
    #[default]
    Undeclared,
    /// There must be none: one that is found is removed.
    Forbidden,
    /// It must be this policy.
    Required(ManagedPolicyArn),
}

impl DesiredIdentity {
    /// The role's ARN.
    #[must_use]
    pub fn arn(&self) -> Arn {
        let resource = format!("role{}{}", self.path, self.name);
        Arn::iam(self.partition, self.account, &resource)
    }
}
