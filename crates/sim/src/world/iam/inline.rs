//! Inline policies of roles and users.

use std::marker::PhantomData;

use digitalex_core::PolicyKind;
use serde::{Deserialize, Serialize};

use super::identity::{Kind, by_kind};
use super::rules;
use crate::AwsError;
use crate::world::operation::{Access, Empty, Operation, Service};
use crate::world::page::{MarkerInput, MarkerOutput, PageInput};
use crate::world::{Caller, World};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct PutInlinePolicy<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) policy_name: String,
    pub(crate) policy_document: String,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct GetInlinePolicy<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) policy_name: String,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct DeleteInlinePolicy<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) policy_name: String,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct ListInlinePolicies<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) page: MarkerInput,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InlinePolicyOutput {
    role_name: Option<String>,
    user_name: Option<String>,
    pub(crate) policy_name: String,
    pub(crate) policy_document: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyNamesOutput {
    pub(crate) policy_names: Vec<String>,
    #[serde(flatten)]
    pub(crate) page: MarkerOutput,
}

impl<K: Kind> Operation for PutInlinePolicy<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("PutRolePolicy", "PutUserPolicy");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        rules::check_name("policyName", &self.policy_name, 128)?;
        let identity = world.identity_mut::<K>(caller, &self.name)?;
        rules::check_document("policyDocument", &self.policy_document, PolicyKind::Identity)?;
        let others = identity.inline.iter().filter(|(name, _)| **name != self.policy_name);
        let size = others.map(|(_, text)| rules::counted_chars(text)).sum::<usize>()
            + rules::counted_chars(&self.policy_document);
        if size > K::INLINE_CHARS_MAX {
            return Err(AwsError::limit_exceeded(format!(
                "Maximum policy size of {} bytes exceeded for {} {}",
                K::INLINE_CHARS_MAX,
                K::WORD,
                identity.name
            )));
        }
        identity.inline.insert(self.policy_name, self.policy_document);
        Ok(Empty {})
    }
}

impl<K: Kind> Operation for GetInlinePolicy<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("GetRolePolicy", "GetUserPolicy");
    type Output = InlinePolicyOutput;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<InlinePolicyOutput, AwsError> {
        let identity = world.identity::<K>(caller, &self.name)?;
        let document = identity
            .inline
            .get(&self.policy_name)
            .ok_or_else(|| no_policy::<K>(&self.policy_name))?;
        let name = Some(identity.name.clone());
        Ok(InlinePolicyOutput {
            role_name: name.clone().filter(|_| K::IS_ROLE),
            user_name: name.filter(|_| !K::IS_ROLE),
            policy_name: self.policy_name,
            policy_document: rules::encode(document),
        })
    }
}

impl<K: Kind> Operation for DeleteInlinePolicy<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("DeleteRolePolicy", "DeleteUserPolicy");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        let identity = world.identity_mut::<K>(caller, &self.name)?;
        match identity.inline.remove(&self.policy_name) {
            Some(_) => Ok(Empty {}),
            None => Err(no_policy::<K>(&self.policy_name)),
        }
    }
}

impl<K: Kind> Operation for ListInlinePolicies<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("ListRolePolicies", "ListUserPolicies");
    type Output = PolicyNamesOutput;

    fn page_input(&mut self) -> Option<PageInput<'_>> {
        Some(PageInput::Marker(&mut self.page))
    }

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<PolicyNamesOutput, AwsError> {
        let identity = world.identity::<K>(caller, &self.name)?;
        let (policy_names, page) =
            self.page.page(identity.inline.keys().cloned(), String::clone)?;
        Ok(PolicyNamesOutput { policy_names, page })
    }
}

fn no_policy<K: Kind>(name: &str) -> AwsError {
    AwsError::no_such_entity(format!("The {} policy with name {name} cannot be found.", K::WORD))
}
