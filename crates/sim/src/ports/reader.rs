//! Reading a role completely: 3 calls and one for each inline policy, or 1 where there is none; a user with
//! what it has beside.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use async_trait::async_trait;
use digitalex_core::{
    Identity, IdentityKind, IdentityPath, KeyRecord, LastUse, ManagedPolicyArn, ObservedAccessKey,
    ObservedForm, ObservedIdentity, PolicyDocument, PolicyName, TagKey, TagValue,
};
use digitalex_engine::{AccountReader, Bucket, CallError, CallErrorKind};
use futures::future::{try_join, try_join_all, try_join4};

use super::classify::inconsistent;
use super::session::TargetSession;
use crate::world::Operation;
use crate::world::iam::{
    BoundaryShape, GetAccessKeyLastUsed, GetInlinePolicy, GetLoginProfile, GetRole, GetUser, Kind,
    ListAccessKeys, ListAttachedPolicies, ListGroupsForUser, ListInlinePolicies, RoleKind,
    UserKind,
};
use crate::world::operation::Tag;
use crate::world::page::MarkerInput;

/// Reads the roles and users of one account.
pub(super) struct IdentityReader(pub(super) TargetSession);

type Policies = (BTreeMap<PolicyName, PolicyDocument>, BTreeSet<ManagedPolicyArn>);

/// What a role and a user have alike.
struct Shape {
    arn: String,
    unique_id: String,
    path: String,
    boundary: Option<BoundaryShape>,
    tags: Vec<Tag>,
}

#[async_trait]
impl AccountReader for IdentityReader {
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError> {
        let name = identity.name.as_str();
        let observed = match identity.kind {
            IdentityKind::Role => self.role(name).await,
            IdentityKind::User => self.user(name).await,
        };
        observed.transpose()
    }
}

impl IdentityReader {
    async fn role(&self, name: &str) -> Option<Result<ObservedIdentity, CallError>> {
        let role = match self.read(|| GetRole { role_name: name.to_owned() }).await {
            Err(error) if error.kind == CallErrorKind::NotFound => return None,
            Err(error) => return Some(Err(error)),
            Ok(answer) => answer.role,
        };
        Some(self.whole_role(name, role).await)
    }

    async fn whole_role(
        &self,
        name: &str,
        role: crate::world::iam::RoleShape,
    ) -> Result<ObservedIdentity, CallError> {
        let policies = self.policies::<RoleKind>(name).await.map_err(while_reading)?;
        let trust = PolicyDocument::parse(&role.assume_role_policy_document);
        let form = ObservedForm::Role {
            description: role.description.unwrap_or_default(),
            max_session_duration_s: role.max_session_duration,
            trust: trust.map_err(|error| self.inconsistent(error))?,
        };
        let shape = Shape {
            arn: role.arn,
            unique_id: role.role_id,
            path: role.path,
            boundary: role.permissions_boundary,
            tags: role.tags.unwrap_or_default(),
        };
        self.observed(shape, policies, form)
    }

    async fn user(&self, name: &str) -> Option<Result<ObservedIdentity, CallError>> {
        let user = match self.read(|| GetUser { user_name: Some(name.to_owned()) }).await {
            Err(error) if error.kind == CallErrorKind::NotFound => return None,
            Err(error) => return Some(Err(error)),
            Ok(answer) => answer.user,
        };
        let shape = Shape {
            arn: user.arn,
            unique_id: user.user_id,
            path: user.path,
            boundary: user.permissions_boundary,
            tags: user.tags.unwrap_or_default(),
        };
        Some(self.whole_user(name, shape).await)
    }

    async fn whole_user(&self, name: &str, shape: Shape) -> Result<ObservedIdentity, CallError> {
        let all = try_join4(
            self.policies::<UserKind>(name),
            self.access_keys(name),
            self.login_profile(name),
            self.groups(name),
        );
        let (policies, keys, login_profile, groups) = all.await.map_err(while_reading)?;
        let form = ObservedForm::User { keys, login_profile, groups };
        let mut user = self.observed(shape, policies, form)?;
        self.ask_for_uses(&mut user).await?;
        Ok(user)
    }

    async fn access_keys(&self, user: &str) -> Result<Vec<ObservedAccessKey>, CallError> {
        let list = || ListAccessKeys {
            user_name: Some(user.to_owned()),
            page: MarkerInput { marker: None, max_items: None },
        };
        let listed = self.read(list).await?.access_key_metadata;
        let keys = listed.into_iter().map(|key| {
            Ok(ObservedAccessKey {
                id: key.access_key_id.parse().map_err(|error| self.inconsistent(error))?,
                active: key.status == "Active",
                created_s: key.create_date.as_second(),
                last_use: LastUse::NotAsked,
            })
        });
        keys.collect()
    }

    /// Asks when keys were used last, but for the recorded one, on whose use nothing depends.
    async fn ask_for_uses(&self, user: &mut ObservedIdentity) -> Result<(), CallError> {
        let record = KeyRecord::of(&user.tags);
        let ObservedForm::User { keys, .. } = &mut user.form else { return Ok(()) };
        let current = record.map(|record| record.current);
        for key in keys.iter_mut().filter(|key| Some(&key.id) != current.as_ref()) {
            let id = key.id.to_string();
            let asked = self.read(|| GetAccessKeyLastUsed { access_key_id: id.clone() }).await;
            let used = asked.map_err(while_reading)?.access_key_last_used.last_used_date;
            key.last_use = used.map_or(LastUse::Never, |used| LastUse::At(used.as_second()));
        }
        Ok(())
    }

    async fn login_profile(&self, user: &str) -> Result<bool, CallError> {
        match self.read(|| GetLoginProfile { user_name: user.to_owned() }).await {
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    async fn groups(&self, user: &str) -> Result<BTreeSet<String>, CallError> {
        let (mut groups, mut marker) = (BTreeSet::new(), None::<String>);
        loop {
            let page = || MarkerInput { marker: marker.clone(), max_items: None };
            let list = || ListGroupsForUser { user_name: user.to_owned(), page: page() };
            let answer = self.read(list).await?;
            groups.extend(answer.groups.into_iter().map(|group| group.group_name));
            marker = answer.page.marker;
            if marker.is_none() {
                return Ok(groups);
            }
        }
    }

    async fn policies<K: Kind>(&self, name: &str) -> Result<Policies, CallError> {
        try_join(self.inline::<K>(name), self.managed::<K>(name)).await
    }

    async fn read<O>(&self, operation: impl Fn() -> O + Send + Sync) -> Result<O::Output, CallError>
    where
        O: Operation + Send,
        O::Output: Send,
    {
        let Self(session) = self;
        session.call(Bucket::IamRead(session.target.account), operation).await
    }

    async fn inline<K: Kind>(
        &self,
        name: &str,
    ) -> Result<BTreeMap<PolicyName, PolicyDocument>, CallError> {
        let (mut names, mut marker) = (Vec::new(), None::<String>);
        loop {
            let page = || MarkerInput { marker: marker.clone(), max_items: None };
            let list = || ListInlinePolicies::<K> {
                name: name.to_owned(),
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
        let documents = names.iter().map(|policy| self.inline_policy::<K>(name, policy));
        Ok(try_join_all(documents).await?.into_iter().collect())
    }

    async fn inline_policy<K: Kind>(
        &self,
        name: &str,
        policy: &str,
    ) -> Result<(PolicyName, PolicyDocument), CallError> {
        let get = || GetInlinePolicy::<K> {
            name: name.to_owned(),
            policy_name: policy.to_owned(),
            kind: PhantomData,
        };
        let answer = self.read(get).await?;
        let document = PolicyDocument::parse(&answer.policy_document);
        Ok((
            PolicyName::new(answer.policy_name).map_err(|error| self.inconsistent(error))?,
            document.map_err(|error| self.inconsistent(error))?,
        ))
    }

    async fn managed<K: Kind>(&self, name: &str) -> Result<BTreeSet<ManagedPolicyArn>, CallError> {
        let (mut arns, mut marker) = (BTreeSet::new(), None::<String>);
        loop {
            let page = || MarkerInput { marker: marker.clone(), max_items: None };
            let list = || ListAttachedPolicies::<K> {
                name: name.to_owned(),
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
        shape: Shape,
        (inline, managed): Policies,
        form: ObservedForm,
    ) -> Result<ObservedIdentity, CallError> {
        let boundary = shape.boundary.map(|it| it.permissions_boundary_arn.parse());
        let mut tags = BTreeMap::new();
        for tag in shape.tags {
            let key = TagKey::new(tag.key).map_err(|error| self.inconsistent(error))?;
            tags.insert(key, TagValue::new(tag.value).map_err(|error| self.inconsistent(error))?);
        }
        Ok(ObservedIdentity {
            arn: shape.arn.parse().map_err(|error| self.inconsistent(error))?,
            unique_id: shape.unique_id,
            path: IdentityPath::new(shape.path).map_err(|error| self.inconsistent(error))?,
            inline,
            managed,
            boundary: boundary.transpose().map_err(|error| self.inconsistent(error))?,
            tags,
            form,
        })
    }

    fn inconsistent(&self, error: impl ToString) -> CallError {
        inconsistent("GetRole", Some(self.0.target.account), error)
    }
}

/// What `GetRole` or `GetUser` has shown cannot be absent: it was removed meanwhile.
fn while_reading(error: CallError) -> CallError {
    match error.kind {
        CallErrorKind::NotFound => CallError { kind: CallErrorKind::Transient, ..error },
        _ => error,
    }
}
