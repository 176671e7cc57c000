//! Tags of roles and users.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::identity::{Kind, by_kind};
use super::rules;
use crate::AwsError;
use crate::world::operation::{Access, Empty, Operation, Service, Tag, to_tags};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{Caller, World};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct TagIdentity<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) tags: Vec<Tag>,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct UntagIdentity<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    pub(crate) tag_keys: Vec<String>,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub(crate) struct ListIdentityTags<K: Kind> {
    #[serde(alias = "RoleName", alias = "UserName")]
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) page: MarkerInput,
    #[serde(skip)]
    pub(crate) kind: PhantomData<K>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagsOutput {
    pub(crate) tags: Vec<Tag>,
    #[serde(flatten)]
    pub(crate) page: MarkerOutput,
}

impl<K: Kind> Operation for TagIdentity<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("TagRole", "TagUser");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name).with_request_tags(&self.tags))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        let identity = world.identity_mut::<K>(caller, &self.name)?;
        identity.tags = rules::merge_tags(&identity.tags, &self.tags)?;
        Ok(Empty {})
    }
}

impl<K: Kind> Operation for UntagIdentity<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("UntagRole", "UntagUser");
    type Output = Empty;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        let access = world.identity_access::<K>(caller, &self.name);
        Some(
            self.tag_keys
                .iter()
                .fold(access, |access, key| access.with("aws:tagkeys", key.as_str())),
        )
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<Empty, AwsError> {
        let identity = world.identity_mut::<K>(caller, &self.name)?;
        identity
            .tags
            .retain(|key, _| !self.tag_keys.iter().any(|gone| gone.eq_ignore_ascii_case(key)));
        Ok(Empty {})
    }
}

impl<K: Kind> Operation for ListIdentityTags<K> {
    const SERVICE: Service = Service::Iam;
    const NAME: &'static str = by_kind::<K>("ListRoleTags", "ListUserTags");
    type Output = TagsOutput;

    fn access(&self, world: &World, caller: &Caller) -> Option<Access> {
        Some(world.identity_access::<K>(caller, &self.name))
    }

    fn run(self, world: &mut World, caller: &Caller) -> Result<TagsOutput, AwsError> {
        let tags = to_tags(&world.identity::<K>(caller, &self.name)?.tags);
        let (tags, page) = self.page.page(tags.into_iter(), |tag| tag.key.clone())?;
        Ok(TagsOutput { tags, page })
    }
}
