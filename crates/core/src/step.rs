//! The writes that a plan is made of.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{
    AccessKeyId, Description, IdentityKind, IdentityPath, KeyRecord, ManagedPolicyArn, OtherKey,
    PolicyDocument, PolicyName, SessionDuration, TagKey, TagValue,
};

/// One API write on the role or user of the plan. What both have is one step, `on` the one or the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `CreateRole`, with everything that it can carry, so that no role is ever without its tag
    /// and its boundary.
    CreateRole {
        /// The path.
        path: IdentityPath,
        /// The trust policy.
        trust: PolicyDocument,
        /// The description.
        description: Description,
        /// `MaxSessionDuration`.
        max_session_duration: SessionDuration,
        /// The permissions boundary.
        boundary: Option<ManagedPolicyArn>,
        /// All tags.
        tags: BTreeMap<TagKey, TagValue>,
    },
    /// `UpdateAssumeRolePolicy`.
    UpdateAssumeRolePolicy {
        /// The trust policy.
        trust: PolicyDocument,
    },
    /// `UpdateRole`: it resets what is not sent, so both are always sent.
    UpdateRole {
        /// The description.
        description: Description,
        /// `MaxSessionDuration`.
        max_session_duration: SessionDuration,
    },
    /// `CreateUser`, with everything that it can carry.
    CreateUser {
        /// The path.
        path: IdentityPath,
        /// The permissions boundary.
        boundary: Option<ManagedPolicyArn>,
        /// All tags.
        tags: BTreeMap<TagKey, TagValue>,
    },
    /// `CreateAccessKey`; the key's secret goes to the sink, and then its id into the user's tags.
    CreateAccessKey {
        /// The recorded key that it is to take over from later; none where it is the only one.
        beside: Option<AccessKeyId>,
    },
    /// `TagUser`: the next key is the recorded one from now on.
    SwitchAccessKey {
        /// The key that takes over.
        to: AccessKeyId,
        /// The key that it takes over from, where that is still there.
        from: Option<AccessKeyId>,
    },
    /// `UpdateAccessKey`: nobody can use the key any more.
    DeactivateAccessKey {
        /// The key.
        id: AccessKeyId,
    },
    /// `DeleteAccessKey`.
    DeleteAccessKey {
        /// The key.
        id: AccessKeyId,
    },
    /// `DeleteLoginProfile`.
    DeleteLoginProfile,
    /// `RemoveUserFromGroup`.
    RemoveUserFromGroup {
        /// The group's name.
        group: String,
    },
    /// `PutRolePolicy` or `PutUserPolicy`.
    PutPolicy {
        /// What has the policy.
        on: IdentityKind,
        /// The inline policy's name.
        name: PolicyName,
        /// The document.
        document: PolicyDocument,
    },
    /// `DeleteRolePolicy` or `DeleteUserPolicy`.
    DeletePolicy {
        /// What has the policy.
        on: IdentityKind,
        /// The inline policy's name.
        name: PolicyName,
    },
    /// `AttachRolePolicy` or `AttachUserPolicy`.
    AttachPolicy {
        /// What it is attached to.
        on: IdentityKind,
        /// The managed policy.
        arn: ManagedPolicyArn,
    },
    /// `DetachRolePolicy` or `DetachUserPolicy`.
    DetachPolicy {
        /// What it is detached from.
        on: IdentityKind,
        /// The managed policy.
        arn: ManagedPolicyArn,
    },
    /// `PutRolePermissionsBoundary` or `PutUserPermissionsBoundary`.
    PutPermissionsBoundary {
        /// What it limits.
        on: IdentityKind,
        /// The boundary.
        arn: ManagedPolicyArn,
    },
    /// `DeleteRolePermissionsBoundary` or `DeleteUserPermissionsBoundary`.
    DeletePermissionsBoundary {
        /// What it limited.
        on: IdentityKind,
    },
    /// `TagRole` or `TagUser`.
    Tag {
        /// What has the tags.
        on: IdentityKind,
        /// The tags to set; others stay.
        tags: BTreeMap<TagKey, TagValue>,
    },
}

impl Step {
    /// The API call's name, as AWS spells it.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::CreateRole { .. } => "CreateRole",
            Self::UpdateAssumeRolePolicy { .. } => "UpdateAssumeRolePolicy",
            Self::UpdateRole { .. } => "UpdateRole",
            Self::CreateUser { .. } => "CreateUser",
            Self::CreateAccessKey { .. } => "CreateAccessKey",
            Self::DeactivateAccessKey { .. } => "UpdateAccessKey",
            Self::DeleteAccessKey { .. } => "DeleteAccessKey",
            Self::DeleteLoginProfile => "DeleteLoginProfile",
            Self::RemoveUserFromGroup { .. } => "RemoveUserFromGroup",
            Self::PutPolicy { on, .. } => on.either("PutRolePolicy", "PutUserPolicy"),
            Self::DeletePolicy { on, .. } => on.either("DeleteRolePolicy", "DeleteUserPolicy"),
            Self::AttachPolicy { on, .. } => on.either("AttachRolePolicy", "AttachUserPolicy"),
            Self::DetachPolicy { on, .. } => on.either("DetachRolePolicy", "DetachUserPolicy"),
            Self::PutPermissionsBoundary { on, .. } => {
                on.either("PutRolePermissionsBoundary", "PutUserPermissionsBoundary")
            }
            Self::DeletePermissionsBoundary { on } => {
                on.either("DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary")
            }
            Self::Tag { on, .. } => on.either("TagRole", "TagUser"),
            Self::SwitchAccessKey { .. } => "TagUser",
        }
    }

    /// Whether it makes the role or user.
    #[must_use]
    pub const fn creates(&self) -> bool {
        matches!(self, Self::CreateRole { .. } | Self::CreateUser { .. })
    }

    /// The record of a user's keys once `created`, or the key that takes over, is named in it; none of a step
    /// that changes no record.
    #[must_use]
    pub fn key_record(&self, created: Option<&AccessKeyId>) -> Option<KeyRecord> {
        match (self, created) {
            (Self::CreateAccessKey { beside: None }, Some(created)) => {
                Some(KeyRecord { current: created.clone(), other: None })
            }
            (Self::CreateAccessKey { beside: Some(current) }, Some(created)) => Some(KeyRecord {
                current: current.clone(),
                other: Some(OtherKey::Next(created.clone())),
            }),
            (Self::SwitchAccessKey { to, from }, _) => {
                Some(KeyRecord { current: to.clone(), other: from.clone().map(OtherKey::Previous) })
            }
            _ => None,
        }
    }
}

impl IdentityKind {
    const fn either(self, role: &'static str, user: &'static str) -> &'static str {
        match self {
            Self::Role => role,
            Self::User => user,
        }
    }
}

/// As AWS has it: the call by its own name, and its parameters.
impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("call", self.operation())?;
        match self {
            Self::CreateRole { path, trust, description, max_session_duration, boundary, tags } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("trust", trust)?;
                map.serialize_entry("description", description)?;
                map.serialize_entry("max_session_duration", max_session_duration)?;
                map.serialize_entry("boundary", boundary)?;
                map.serialize_entry("tags", tags)?;
            }
            Self::UpdateAssumeRolePolicy { trust } => map.serialize_entry("trust", trust)?,
            Self::UpdateRole { description, max_session_duration } => {
                map.serialize_entry("description", description)?;
                map.serialize_entry("max_session_duration", max_session_duration)?;
            }
            Self::CreateUser { path, boundary, tags } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("boundary", boundary)?;
                map.serialize_entry("tags", tags)?;
            }
            Self::CreateAccessKey { beside } => map.serialize_entry("beside", beside)?,
            Self::SwitchAccessKey { .. } => {
                let tags = self.key_record(None).map(|record| record.tags());
                map.serialize_entry("tags", &tags)?;
            }
            Self::DeactivateAccessKey { id } | Self::DeleteAccessKey { id } => {
                map.serialize_entry("id", id)?;
            }
            Self::RemoveUserFromGroup { group } => map.serialize_entry("group", group)?,
            Self::PutPolicy { name, document, .. } => {
                map.serialize_entry("name", name)?;
                map.serialize_entry("document", document)?;
            }
            Self::DeletePolicy { name, .. } => map.serialize_entry("name", name)?,
            Self::AttachPolicy { arn, .. }
            | Self::DetachPolicy { arn, .. }
            | Self::PutPermissionsBoundary { arn, .. } => map.serialize_entry("arn", arn)?,
            Self::Tag { tags, .. } => map.serialize_entry("tags", tags)?,
            Self::DeleteLoginProfile | Self::DeletePermissionsBoundary { .. } => {}
        }
        map.end()
    }
}
