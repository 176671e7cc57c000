//! Writing to a role: one call for each step of a plan.

use std::marker::PhantomData;

use async_trait::async_trait;
use digitalex_core::{IdentityName, ObservedIdentity, Step, TagKey, TagValue};
use digitalex_engine::{AccountReader, AccountWriter, Bucket, CallError};

use super::reader::RoleReader;
use crate::world::Operation;
use crate::world::iam::{
    AttachPolicy, CreateRole, DeleteBoundary, DeleteInlinePolicy, DetachPolicy, PutBoundary,
    PutInlinePolicy, RoleKind, TagIdentity, UpdateAssumeRolePolicy, UpdateRole,
};
use crate::world::operation::{Integer, Tag};

/// Writes to the roles of one account.
pub(super) struct RoleWriter(pub(super) RoleReader);

#[async_trait]
impl AccountReader for RoleWriter {
    async fn role(&self, name: &IdentityName) -> Result<Option<ObservedIdentity>, CallError> {
        self.0.role(name).await
    }
}

#[async_trait]
impl AccountWriter for RoleWriter {
    async fn execute(&self, name: &IdentityName, step: &Step) -> Result<(), CallError> {
        let name = || name.to_string();
        let kind = PhantomData::<RoleKind>;
        match step {
            Step::CreateRole { path, trust, description, max_session_duration, boundary, tags } => {
                let create = || CreateRole {
                    role_name: name(),
                    assume_role_policy_document: trust.to_json(),
                    path: Some(path.to_string()),
                    description: Some(description.to_string()),
                    max_session_duration: Some(Integer(max_session_duration.seconds().into())),
                    permissions_boundary: boundary.as_ref().map(ToString::to_string),
                    tags: Some(tags.iter().map(to_tag).collect()),
                };
                self.write(create).await
            }
            Step::UpdateAssumeRolePolicy { trust } => {
                let document = || trust.to_json();
                let update =
                    || UpdateAssumeRolePolicy { role_name: name(), policy_document: document() };
                self.write(update).await
            }
            Step::PutRolePolicy { name: policy, document } => {
                let put = || PutInlinePolicy {
                    name: name(),
                    policy_name: policy.to_string(),
                    policy_document: document.to_json(),
                    kind,
                };
                self.write(put).await
            }
            Step::DeleteRolePolicy { name: policy } => {
                let policy_name = || policy.to_string();
                let delete =
                    || DeleteInlinePolicy { name: name(), policy_name: policy_name(), kind };
                self.write(delete).await
            }
            Step::AttachRolePolicy { arn } => {
                let attach = || AttachPolicy { name: name(), policy_arn: arn.to_string(), kind };
                self.write(attach).await
            }
            Step::DetachRolePolicy { arn } => {
                let detach = || DetachPolicy { name: name(), policy_arn: arn.to_string(), kind };
                self.write(detach).await
            }
            Step::PutRolePermissionsBoundary { arn } => {
                let permissions_boundary = || arn.to_string();
                let put = || PutBoundary {
                    name: name(),
                    permissions_boundary: permissions_boundary(),
                    kind,
                };
                self.write(put).await
            }
            Step::DeleteRolePermissionsBoundary => {
                self.write(|| DeleteBoundary { name: name(), kind }).await
            }
            Step::UpdateRole { description, max_session_duration } => {
                let update = || UpdateRole {
                    role_name: name(),
                    description: Some(description.to_string()),
                    max_session_duration: Some(Integer(max_session_duration.seconds().into())),
                };
                self.write(update).await
            }
            Step::TagRole { tags } => {
                let tags = || tags.iter().map(to_tag).collect();
                self.write(|| TagIdentity { name: name(), tags: tags(), kind }).await
            }
        }
    }
}

impl RoleWriter {
    async fn write<O>(&self, operation: impl Fn() -> O + Send + Sync) -> Result<(), CallError>
    where
        O: Operation + Send,
        O::Output: Send,
    {
        let RoleReader(session) = &self.0;
        session.call(Bucket::IamWrite(session.target.account), operation).await.map(drop)
    }
}

fn to_tag((key, value): (&TagKey, &TagValue)) -> Tag {
    Tag { key: key.to_string(), value: value.to_string() }
}
