//! Tags of roots, OUs, accounts and policies.

use std::collections::BTreeMap;

use super::{invalid_input, target_not_found};
use crate::AwsError;
use crate::world::World;
use crate::world::operation::{Empty, Tag, operation, shapes, to_tags};
use crate::world::page::TokenInput;

shapes! {
    input TagResource { resource_id: String, tags: Vec<Tag> }
    input UntagResource { resource_id: String, tag_keys: Vec<String> }
    input ListTagsForResource { resource_id: String, #[serde(flatten)] page: TokenInput }
    output TagsOutput { tags: Vec<Tag>, next_token: Option<String> }
}

operation! {
    Organizations TagResource -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        let found = world.organizations_tags(&self.resource_id)?;
        let mut tags = found.clone();
        tags.extend(self.tags.into_iter().map(|tag| (tag.key, tag.value)));
        let illegal = |(key, value): (&String, &String)| {
            !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256
        };
        if tags.iter().any(illegal) {
            return Err(invalid_input("You specified an invalid tag."));
        }
        if tags.len() > 50 {
            let message = "You have exceeded the number of tags allowed on this resource.";
            return Err(AwsError::organizations("ConstraintViolationException", message));
        }
        *found = tags;
        Ok(Empty {})
    }
}

operation! {
    Organizations UntagResource -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        let tags = world.organizations_tags(&self.resource_id)?;
        tags.retain(|key, _| !self.tag_keys.contains(key));
        Ok(Empty {})
    }
}

operation! {
    Organizations ListTagsForResource -> TagsOutput,
    run(self, world, caller) {
        world.read_organization(caller)?;
        let tags = to_tags(world.organizations_tags(&self.resource_id)?);
        let (tags, next_token) = self.page.page(tags.into_iter(), |tag| tag.key.clone())?;
        Ok(TagsOutput { tags, next_token })
    }
}

impl World {
    fn organizations_tags(&mut self, id: &str) -> Result<&mut BTreeMap<String, String>, AwsError> {
        if let Ok(account) = id.parse() {
            let member = self.state.account_mut(account).filter(|a| a.parent.is_some());
            return member.map(|account| &mut account.tags).ok_or_else(target_not_found);
        }
        let organization = self.state.organization.as_mut().ok_or_else(target_not_found)?;
        if id == organization.root.id {
            return Ok(&mut organization.root.tags);
        }
        let unit = organization.units.get_mut(id).map(|unit| &mut unit.tags);
        let policy = organization.policies.get_mut(id).map(|policy| &mut policy.tags);
        unit.or(policy).ok_or_else(target_not_found)
    }
}
