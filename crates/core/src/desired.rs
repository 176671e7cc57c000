//! The role or user as it should be in one account.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    AccountId, Arn, Description, DesiredKeys, Identity, IdentityKind, IdentityName, IdentityPath,
    ManagedPolicyArn, Partition, PolicyDocument, PolicyName, SessionDuration, TagKey, TagValue,
};

/// The AWS account that DigitalEx reads its customers from (DigitalEx help pages, "Create Role").
pub const DIGITALEX_ACCOUNT: AccountId = match AccountId::from_number(911_403_356_698) {
    Some(id) => id,
    None => unreachable!(),
};

/// The DigitalEx role, or user, as it should be in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DesiredIdentity {
    /// The account it stands in.
    pub account: AccountId,
    /// The partition of that account.
    pub partition: Partition,
    /// Its name.
    pub name: IdentityName,
    /// Its path, fixed at creation.
    pub path: IdentityPath,
    /// Inline policies by name.
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// Attached managed policies.
    pub managed: BTreeSet<ManagedPolicyArn>,
    /// The permissions boundary.
    pub boundary: DesiredBoundary,
    /// Tags that must be there, the ownership tag among them. Others are the customer's own.
    pub tags: BTreeMap<TagKey, TagValue>,
    /// What only roles, or only users, have.
    #[serde(flatten)]
    pub form: DesiredForm,
}

/// What only roles, or only users, have, as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DesiredForm {
    /// A role.
    Role {
        /// The description.
        description: Description,
        /// `MaxSessionDuration`.
        max_session_duration: SessionDuration,
        /// The trust policy.
        trust: PolicyDocument,
    },
    /// A user: without a login profile, and in no group.
    User {
        /// Its access keys.
        keys: DesiredKeys,
    },
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
    /// Which role or user it is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity { kind: self.kind(), name: self.name.clone() }
    }

    /// Whether it is a role or a user.
    #[must_use]
    pub fn kind(&self) -> IdentityKind {
        match self.form {
            DesiredForm::Role { .. } => IdentityKind::Role,
            DesiredForm::User { .. } => IdentityKind::User,
        }
    }

    /// The trust policy, where it is a role.
    #[must_use]
    pub fn trust(&self) -> Option<&PolicyDocument> {
        match &self.form {
            DesiredForm::Role { trust, .. } => Some(trust),
            DesiredForm::User { .. } => None,
        }
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> Arn {
        let resource = format!("{}{}{}", self.kind(), self.path, self.name);
        Arn::iam(self.partition, self.account, &resource)
    }
}
