//! Managed policies attached to roles and users.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::identity::{Kind, by_kind};
use super::rules;
use crate::AwsError;
use crate::world::operation::{Access, Empty, Operation, Service};
use crate::world::page::{MarkerInput, MarkerOutput, PageInput};
use crate::world::{Caller, World};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct AttachPolicy<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) policy_arn: String,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct DetachPolicy<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) policy_arn: String,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct ListAttachedPolicies<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) path_prefix: Option<String>,
    #[serde(flatten)]
    pub(crate) page: MarkerInput,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttachedPoliciesOutput {
    pub(crate) attached_policies: Vec<AttachedPolicyShape>,
    #[serde(flatten)]
    pub(crate) page: MarkerOutput,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttachedPolicyShape {
    pub(crate) policy_name: String,
    pub(crate) policy_arn: String,
}

impl AttachedPolicyShape {
    pub(super) fn of(arn: &str) -> Self {
        let policy_name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        Self { policy_name, policy_arn: arn.to_owned() }
    }
}

impl<K: Kind> Operation for AttachPolicy<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("AttachRolePolicy", "AttachUserPolicy");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        let access = world.identity_access::<K>(caller, &self.name);
        Some(access.with("iam:policyarn", self.policy_arn.as_str()))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        world.identity::<K>(caller, &self.name)?;
        world.check_managed_policy(caller, &self.policy_arn)?;
        let identity = world.identity_mut::<K>(caller, &self.name)?;
        if identity.attached.contains(&self.policy_arn) {
            return Ok(Empty {});
        }
        if identity.attached.len() >= rules::ATTACHED_MAX {
            let word = if K::IS_ROLE { "PoliciesPerRole" } else { "PoliciesPerUser" };
            let max = rules::ATTACHED_MAX;
            return Err(AwsError::limit_exceeded(format!("Cannot exceed quota for {word}: {max}")));
        }
        identity.attached.insert(self.policy_arn);
        Ok(Empty {})
    }
}

impl<K: Kind> Operation for DetachPolicy<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("DetachRolePolicy", "DetachUserPolicy");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        let access = world.identity_access::<K>(caller, &self.name);
        Some(access.with("iam:policyarn", self.policy_arn.as_str()))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        let identity = world.identity_mut::<K>(caller, &self.name)?;
        if identity.attached.remove(&self.policy_arn) {
            return Ok(Empty {});
        }
        Err(AwsError::no_such_entity(format!("Policy {} was not found.", self.policy_arn)))
    }
}

impl<K: Kind> Operation for ListAttachedPolicies<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("ListAttachedRolePolicies", "ListAttachedUserPolicies");
    type Output = AttachedPoliciesOutput;

    fn page_input(&mut self) -> Option<PageInput<'_>> {
        Some(PageInput::Marker(&mut self.page))
    }

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<AttachedPoliciesOutput, AwsError> {
        let identity = world.identity::<K>(caller, &self.name)?;
        let prefix = format!(":policy{}", self.path_prefix.as_deref().unwrap_or("/"));
        let attached = identity.attached.iter().filter(|arn| arn.contains(&prefix));
        let shapes = attached.map(|arn| AttachedPolicyShape::of(arn));
        let (attached_policies, page) =
            self.page.page(shapes, |policy| policy.policy_arn.clone())?;
        Ok(AttachedPoliciesOutput { attached_policies, page })
    }
}
