//! Reading a role completely: 3 calls and one for each inline policy, or 1 where there is none.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use async_trait::async_trait;
use digitalex_core::{
    IdentityName, IdentityPath, ManagedPolicyArn, ObservedIdentity, PolicyDocument, PolicyName,
    TagKey, TagValue,
};
use digitalex_engine::{AccountReader, Bucket, CallError, CallErrorKind};
use futures::future::{try_join, try_join_all};

use super::classify::inconsistent;
use super::session::TargetSession;
use crate::world::Operation;
use crate::world::iam::{
    GetInlinePolicy, GetRole, ListAttachedPolicies, ListInlinePolicies, RoleKind, RoleShape,
};
use crate::world::page::MarkerInput;

/// Reads the roles of one account.
pub(super) struct RoleReader(pub(super) TargetSession);

#[async_trait]
impl AccountReader for RoleReader {
    async fn role(&self, name: &IdentityName) -> Result<Option<ObservedIdentity>, CallError> {
        let role_name = || name.to_string();
        let role = match self.read(|| GetRole { role_name: role_name() }).await {
            Err(error) if error.kind == CallErrorKind::NotFound => return Ok(None),
            answer => answer?.role,
        };
        let (inline, managed) =
            try_join(self.inline(name), self.managed(name)).await.map_err(while_reading)?;
        self.observed(role, inline, managed).map(Some)
    }
}

impl RoleReader {
    async fn read<O>(&self, operation: impl Fn() -> O + Send + Sync) -> Result<O::Output, CallError>
    where
        O: Operation + Send,
        O::Output: Send,
    {
        let Self(session) = self;
        session.call(Bucket::IamRead(session.target.account), operation).await
    }

    async fn inline(
        &self,
        role: &IdentityName,
    ) -> Result<BTreeMap<PolicyName, PolicyDocument>, CallError> {
        let (mut names, mut marker) = (Vec::new(), None::<String>);
        loop {
            let page = || MarkerInput { marker: marker.clone(), max_items: None };
            let list = || ListInlinePolicies::<RoleKind> {
                name: role.to_string(),
                page: page(),
                kind: PhantomData,
            };
            let answer = self.read(list).await?;
            names.extend(answer.policy_names);
            marker = answer.page.marker;
            if marker.is_none() {
                break;
            }
        }
        let documents = names.iter().map(|name| self.inline_policy(role, name));
        Ok(try_join_all(documents).await?.into_iter().collect())
    }

    async fn inline_policy(
        &self,
        role: &IdentityName,
        name: &str,
    ) -> Result<(PolicyName, PolicyDocument), CallError> {
        let get = || GetInlinePolicy::<RoleKind> {
            name: role.to_string(),
            policy_name: name.to_owned(),
            kind: PhantomData,
        };
        let answer = self.read(get).await?;
        let document = PolicyDocument::parse(&answer.policy_document);
        Ok((
            PolicyName::new(answer.policy_name).map_err(|error| self.inconsistent(error))?,
            document.map_err(|error| self.inconsistent(error))?,
        ))
    }

    async fn managed(&self, role: &IdentityName) -> Result<BTreeSet<ManagedPolicyArn>, CallError> {
        let (mut arns, mut marker) = (BTreeSet::new(), None::<String>);
        loop {
            let page = || MarkerInput { marker: marker.clone(), max_items: None };
            let list = || ListAttachedPolicies::<RoleKind> {
                name: role.to_string(),
                path_prefix: None,
                page: page(),
                kind: PhantomData,
            };
            let answer = self.read(list).await?;
            for policy in answer.attached_policies {
                let arn = policy.policy_arn.parse().map_err(|error| self.inconsistent(error))?;
                arns.insert(arn);
            }
            marker = answer.page.marker;
            if marker.is_none() {
                return Ok(arns);
            }
        }
    }

    fn observed(
        &self,
        role: RoleShape,
        inline: BTreeMap<PolicyName, PolicyDocument>,
        managed: BTreeSet<ManagedPolicyArn>,
    ) -> Result<ObservedIdentity, CallError> {
        let trust = PolicyDocument::parse(&role.assume_role_policy_document);
        let boundary = role.permissions_boundary.map(|it| it.permissions_boundary_arn.parse());
        let mut tags = BTreeMap::new();
        for tag in role.tags.unwrap_or_default() {
            let key = TagKey::new(tag.key).map_err(|error| self.inconsistent(error))?;
            tags.insert(key, TagValue::new(tag.value).map_err(|error| self.inconsistent(error))?);
        }
        Ok(ObservedIdentity {
            arn: role.arn.parse().map_err(|error| self.inconsistent(error))?,
            role_id: role.role_id,
            path: IdentityPath::new(role.path).map_err(|error| self.inconsistent(error))?,
            description: role.description.unwrap_or_default(),
            max_session_duration_s: role.max_session_duration,
            trust: trust.map_err(|error| self.inconsistent(error))?,
            inline,
            managed,
            boundary: boundary.transpose().map_err(|error| self.inconsistent(error))?,
            tags,
        })
    }

    fn inconsistent(&self, error: impl ToString) -> CallError {
        inconsistent("GetRole", Some(self.0.target.account), error)
    }
}

/// What `GetRole` has shown cannot be absent: it was removed meanwhile.
fn while_reading(error: CallError) -> CallError {
    match error.kind {
        CallErrorKind::NotFound => CallError { kind: CallErrorKind::Transient, ..error },
        _ => error,
    }
}
