//! Permissions boundaries of roles and users.

use std::marker::PhantomData;

use serde::Deserialize;

use super::identity::{Kind, by_kind};
use crate::AwsError;
use crate::world::operation::{Access, Empty, Operation, Service};
use crate::world::{Caller, World};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct PutBoundary<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) permissions_boundary: String,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct DeleteBoundary<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

impl<K: Kind> Operation for PutBoundary<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str =
        by_kind::<K>("PutRolePermissionsBoundary", "PutUserPermissionsBoundary");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        // `iam:PermissionsBoundary` is the boundary that the request names, not the one in place.
        let mut access = world.identity_access::<K>(caller, &self.name);
        access.context.remove("iam:permissionsboundary");
        Some(access.with("iam:permissionsboundary", self.permissions_boundary.as_str()))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        world.identity::<K>(caller, &self.name)?;
        world.check_managed_policy(caller, &self.permissions_boundary)?;
        world.identity_mut::<K>(caller, &self.name)?.boundary = Some(self.permissions_boundary);
        Ok(Empty {})
    }
}

impl<K: Kind> Operation for DeleteBoundary<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str =
        by_kind::<K>("DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        let identity = world.identity_mut::<K>(caller, &self.name)?;
        match identity.boundary.take() {
            Some(_) => Ok(Empty {}),
            None => Err(AwsError::no_such_entity(format!(
                "The {} with name {} does not have a permissions boundary.",
                K::WORD,
                identity.name
            ))),
        }
    }
}
