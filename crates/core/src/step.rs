//! The writes that a plan is made of.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Description, IdentityPath, ManagedPolicyArn, PolicyDocument, PolicyName, SessionDuration,
    TagKey, TagValue,
};

/// One API write on the role of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "call")]
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
    /// `PutRolePolicy`.
    PutRolePolicy {
        /// The inline policy's name.
        name: PolicyName,
        /// The document.
        document: PolicyDocument,
    },
    /// `DeleteRolePolicy`.
    DeleteRolePolicy {
        /// The inline policy's name.
        name: PolicyName,
    },
    /// `AttachRolePolicy`.
    AttachRolePolicy {
        /// The managed policy.
        arn: ManagedPolicyArn,
    },
    /// `DetachRolePolicy`.
    DetachRolePolicy {
        /// The managed policy.
        arn: ManagedPolicyArn,
    },
    /// `PutRolePermissionsBoundary`.
    PutRolePermissionsBoundary {
        /// The boundary.
        arn: ManagedPolicyArn,
    },
    /// `DeleteRolePermissionsBoundary`.
    DeleteRolePermissionsBoundary,
    /// `UpdateRole`: it resets what is not sent, so both are always sent.
    UpdateRole {
        /// The description.
        description: Description,
        /// `MaxSessionDuration`.
        max_session_duration: SessionDuration,
    },
    /// `TagRole`.
    TagRole {
        /// The tags to set; others stay.
        tags: BTreeMap<TagKey, TagValue>,
    },
}

impl Step {
    /// The API call's name, as AWS spells it.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::CreateRole { .. } => "CreateRole",
            Self::UpdateAssumeRolePolicy { .. } => "UpdateAssumeRolePolicy",
            Self::PutRolePolicy { .. } => "PutRolePolicy",
            Self::DeleteRolePolicy { .. } => "DeleteRolePolicy",
            Self::AttachRolePolicy { .. } => "AttachRolePolicy",
            Self::DetachRolePolicy { .. } => "DetachRolePolicy",
            Self::PutRolePermissionsBoundary { .. } => "PutRolePermissionsBoundary",
            Self::DeleteRolePermissionsBoundary => "DeleteRolePermissionsBoundary",
            Self::UpdateRole { .. } => "UpdateRole",
            Self::TagRole { .. } => "TagRole",
        }
    }
}
