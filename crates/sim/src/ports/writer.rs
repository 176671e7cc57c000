//! Writing to a role or user: one call for each step of a plan.

use std::marker::PhantomData;

use async_trait::async_trait;
use digitalex_core::{Identity, IdentityKind, ObservedIdentity, Step, TagKey, TagValue};
use digitalex_engine::{AccountReader, AccountWriter, Bucket, CallError, NewAccessKey};

use super::classify::inconsistent;
use super::reader::IdentityReader;
use crate::world::Operation;
use crate::world::iam::{
    AttachPolicy, CreateAccessKey, CreateRole, CreateUser, DeleteAccessKey, DeleteBoundary,
    DeleteInlinePolicy, DeleteLoginProfile, DetachPolicy, Kind, PutBoundary, PutInlinePolicy,
    RemoveUserFromGroup, RoleKind, TagIdentity, UpdateAccessKey, UpdateAssumeRolePolicy,
    UpdateRole, UserKind,
};
use crate::world::operation::{Integer, Tag};

/// Writes to the roles and users of one account.
pub(super) struct IdentityWriter(pub(super) IdentityReader);

#[async_trait]
impl AccountReader for IdentityWriter {
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError> {
        self.0.observe(identity).await
    }
}

#[async_trait]
impl AccountWriter for IdentityWriter {
    async fn execute(
        &self,
        identity: &Identity,
        step: &Step,
    ) -> Result<Option<NewAccessKey>, CallError> {
        let name = identity.name.as_str();
        if let Step::CreateAccessKey { .. } = step {
            return self.create_access_key(name).await.map(Some);
        }
        match (identity.kind, step) {
            (IdentityKind::Role, _) if self.of_either::<RoleKind>(name, step).await? => {}
            (IdentityKind::User, _) if self.of_either::<UserKind>(name, step).await? => {}
            (IdentityKind::Role, _) => self.of_roles(name, step).await?,
            (IdentityKind::User, _) => self.of_users(name, step).await?,
        }
        Ok(None)
    }
}

impl IdentityWriter {
    /// What roles and users have alike; whether the step is of that kind.
    async fn of_either<K: Kind>(&self, name: &str, step: &Step) -> Result<bool, CallError> {
        let name = || name.to_owned();
        let kind = PhantomData::<K>;
        match step {
            Step::PutPolicy { name: policy, document, .. } => {
                let put = || PutInlinePolicy {
                    name: name(),
                    policy_name: policy.to_string(),
                    policy_document: document.to_json(),
                    kind,
                };
                self.write(put).await?;
            }
            Step::DeletePolicy { name: policy, .. } => {
                let policy_name = || policy.to_string();
                let delete =
                    || DeleteInlinePolicy { name: name(), policy_name: policy_name(), kind };
                self.write(delete).await?;
            }
            Step::AttachPolicy { arn, .. } => {
                let attach = || AttachPolicy { name: name(), policy_arn: arn.to_string(), kind };
                self.write(attach).await?;
            }
            Step::DetachPolicy { arn, .. } => {
                let detach = || DetachPolicy { name: name(), policy_arn: arn.to_string(), kind };
                self.write(detach).await?;
            }
            Step::PutPermissionsBoundary { arn, .. } => {
                let permissions_boundary = || arn.to_string();
                let put = || PutBoundary {
                    name: name(),
                    permissions_boundary: permissions_boundary(),
                    kind,
                };
                self.write(put).await?;
            }
            Step::DeletePermissionsBoundary { .. } => {
                self.write(|| DeleteBoundary { name: name(), kind }).await?;
            }
            Step::Tag { tags, .. } => {
                let tags = || tags.iter().map(to_tag).collect();
                self.write(|| TagIdentity { name: name(), tags: tags(), kind }).await?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn of_roles(&self, name: &str, step: &Step) -> Result<(), CallError> {
        let name = || name.to_owned();
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
            Step::UpdateRole { description, max_session_duration } => {
                let update = || UpdateRole {
                    role_name: name(),
                    description: Some(description.to_string()),
                    max_session_duration: Some(Integer(max_session_duration.seconds().into())),
                };
                self.write(update).await
            }
            _ => Err(self.misdirected(step)),
        }
    }

    async fn of_users(&self, name: &str, step: &Step) -> Result<(), CallError> {
        let name = || name.to_owned();
        let user_name = || Some(name());
        match step {
            Step::CreateUser { path, boundary, tags } => {
                let create = || CreateUser {
                    user_name: name(),
                    path: Some(path.to_string()),
                    permissions_boundary: boundary.as_ref().map(ToString::to_string),
                    tags: Some(tags.iter().map(to_tag).collect()),
                };
                self.write(create).await
            }
            Step::SwitchAccessKey { .. } => {
                let record = step.key_record(None).map(|record| record.tags()).unwrap_or_default();
                let tags = || record.iter().map(to_tag).collect();
                let kind = PhantomData::<UserKind>;
                self.write(|| TagIdentity { name: name(), tags: tags(), kind }).await
            }
            Step::DeactivateAccessKey { id } => {
                let update = || UpdateAccessKey {
                    user_name: user_name(),
                    access_key_id: id.to_string(),
                    status: "Inactive".to_owned(),
                };
                self.write(update).await
            }
            Step::DeleteAccessKey { id } => {
                let access_key_id = || id.to_string();
                let delete =
                    || DeleteAccessKey { user_name: user_name(), access_key_id: access_key_id() };
                self.write(delete).await
            }
            Step::DeleteLoginProfile => {
                self.write(|| DeleteLoginProfile { user_name: name() }).await
            }
            Step::RemoveUserFromGroup { group } => {
                let group_name = || group.clone();
                let remove = || RemoveUserFromGroup { group_name: group_name(), user_name: name() };
                self.write(remove).await
            }
            _ => Err(self.misdirected(step)),
        }
    }

    async fn create_access_key(&self, name: &str) -> Result<NewAccessKey, CallError> {
        let create = || CreateAccessKey { user_name: Some(name.to_owned()) };
        let (id, secret) = self.write_for(create).await?.into_parts();
        let account = Some(self.0.0.target.account);
        let id = id.parse().map_err(|error| inconsistent("CreateAccessKey", account, error))?;
        Ok(NewAccessKey { id, secret: secret.into() })
    }

    /// A step on a role for a user, or the other way round: no plan has one.
    fn misdirected(&self, step: &Step) -> CallError {
        inconsistent(
            step.operation(),
            Some(self.0.0.target.account),
            "not of this kind of identity",
        )
    }

    async fn write<O>(&self, operation: impl Fn() -> O + Send + Sync) -> Result<(), CallError>
    where
        O: Operation + Send,
        O::Output: Send,
    {
        self.write_for(operation).await.map(drop)
    }

    async fn write_for<O>(
        &self,
        operation: impl Fn() -> O + Send + Sync,
    ) -> Result<O::Output, CallError>
    where
        O: Operation + Send,
        O::Output: Send,
    {
        let IdentityReader(session) = &self.0;
        session.call(Bucket::IamWrite(session.target.account), operation).await
    }
}

fn to_tag((key, value): (&TagKey, &TagValue)) -> Tag {
    Tag { key: key.to_string(), value: value.to_string() }
}
