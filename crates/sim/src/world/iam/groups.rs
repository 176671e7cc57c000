//! Groups of users, and the managed policies that users have by way of them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::attachments::AttachedPolicyShape;
use super::identity::UserKind;
use super::rules;
use crate::AwsError;
use crate::world::operation::{Access, Empty, operation, shapes};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{Caller, Group, World};

shapes! {
    input CreateGroup { group_name: String, path: Option<String> }
    input DeleteGroup { group_name: String }
    input AddUserToGroup { group_name: String, user_name: String }
    input RemoveUserFromGroup { group_name: String, user_name: String }
    input ListGroupsForUser { user_name: String, #[serde(flatten)] page: MarkerInput }
    input AttachGroupPolicy { group_name: String, policy_arn: String }
    input DetachGroupPolicy { group_name: String, policy_arn: String }
    input ListAttachedGroupPolicies { group_name: String, #[serde(flatten)] page: MarkerInput }
    output GroupOutput { group: GroupShape }
    output GroupsOutput { groups: Vec<GroupShape>, #[serde(flatten)] page: MarkerOutput }
    output GroupShape {
        path: String,
        group_name: String,
        group_id: String,
        arn: String,
        create_date: Timestamp,
    }
    output GroupPoliciesOutput {
        attached_policies: Vec<AttachedPolicyShape>,
        #[serde(flatten)] page: MarkerOutput,
    }
}

operation! {
    Iam CreateGroup -> GroupOutput,
    access(self, world, caller) {
        let path = self.path.as_deref().unwrap_or("/");
        Some(Access::to(world.iam_arn(caller.account, "group", path, &self.group_name)))
    },
    run(self, world, caller) {
        rules::check_name("groupName", &self.group_name, 128)?;
        let path = rules::check_path(self.path)?;
        let key = self.group_name.to_lowercase();
        let groups = &world.iam_mut(caller)?.groups;
        if groups.contains_key(&key) {
            let message = format!("Group with name {} already exists.", self.group_name);
            return Err(AwsError::already_exists(message));
        }
        if groups.len() >= rules::GROUPS_MAX {
            let message = format!("Cannot exceed quota for GroupsPerAccount: {}", rules::GROUPS_MAX);
            return Err(AwsError::limit_exceeded(message));
        }
        let group = Group {
            name: self.group_name,
            id: world.state.unique_id("AGPA"),
            path,
            created: world.stamp(),
            members: BTreeSet::new(),
            attached: BTreeSet::new(),
        };
        let output = GroupOutput { group: world.group_shape(caller, &group) };
        world.iam_mut(caller)?.groups.insert(key, group);
        Ok(output)
    }
}

operation! {
    Iam DeleteGroup -> Empty,
    access(self, world, caller) { Some(world.group_access(caller, &self.group_name)) },
    run(self, world, caller) {
        let group = world.group_mut(caller, &self.group_name)?;
        let blocked = [
            (!group.members.is_empty(), "must remove users from group first"),
            (!group.attached.is_empty(), "must detach all policies first"),
        ];
        if let Some((_, what)) = blocked.iter().find(|(blocks, _)| *blocks) {
            return Err(AwsError::delete_conflict(format!("Cannot delete entity, {what}.")));
        }
        world.iam_mut(caller)?.groups.remove(&self.group_name.to_lowercase());
        Ok(Empty {})
    }
}

operation! {
    Iam AddUserToGroup -> Empty,
    access(self, world, caller) { Some(world.group_access(caller, &self.group_name)) },
    run(self, world, caller) {
        world.identity::<UserKind>(caller, &self.user_name)?;
        let user = self.user_name.to_lowercase();
        let groups = world.iam_mut(caller)?.groups.values();
        let joined = groups.filter(|group| group.members.contains(&user)).count();
        let group = world.group_mut(caller, &self.group_name)?;
        if joined >= rules::GROUPS_OF_USER_MAX && !group.members.contains(&user) {
            let max = rules::GROUPS_OF_USER_MAX;
            return Err(AwsError::limit_exceeded(format!("Cannot exceed quota for GroupsPerUser: {max}")));
        }
        group.members.insert(user);
        Ok(Empty {})
    }
}

operation! {
    Iam RemoveUserFromGroup -> Empty,
    access(self, world, caller) { Some(world.group_access(caller, &self.group_name)) },
    run(self, world, caller) {
        world.identity::<UserKind>(caller, &self.user_name)?;
        let group = world.group_mut(caller, &self.group_name)?;
        if group.members.remove(&self.user_name.to_lowercase()) {
            return Ok(Empty {});
        }
        let message = format!("User {} is not in group {}.", self.user_name, self.group_name);
        Err(AwsError::no_such_entity(message))
    }
}

operation! {
    Iam ListGroupsForUser -> GroupsOutput,
    access(self, world, caller) { Some(world.identity_access::<UserKind>(caller, &self.user_name)) },
    run(self, world, caller) {
        world.identity::<UserKind>(caller, &self.user_name)?;
        let user = self.user_name.to_lowercase();
        let shapes = world
            .groups_of(caller, &user)
            .map(|group| world.group_shape(caller, group));
        let (groups, page) = self.page.page(shapes, |group| group.group_name.to_lowercase())?;
        Ok(GroupsOutput { groups, page })
    }
}

operation! {
    Iam AttachGroupPolicy -> Empty,
    access(self, world, caller) {
        let access = world.group_access(caller, &self.group_name);
        Some(access.with("iam:policyarn", self.policy_arn.as_str()))
    },
    run(self, world, caller) {
        world.check_managed_policy(caller, &self.policy_arn)?;
        let attached = &mut world.group_mut(caller, &self.group_name)?.attached;
        if attached.len() >= rules::ATTACHED_MAX && !attached.contains(&self.policy_arn) {
            let max = rules::ATTACHED_MAX;
            let message = format!("Cannot exceed quota for PoliciesPerGroup: {max}");
            return Err(AwsError::limit_exceeded(message));
        }
        attached.insert(self.policy_arn);
        Ok(Empty {})
    }
}

operation! {
    Iam DetachGroupPolicy -> Empty,
    access(self, world, caller) {
        let access = world.group_access(caller, &self.group_name);
        Some(access.with("iam:policyarn", self.policy_arn.as_str()))
    },
    run(self, world, caller) {
        if world.group_mut(caller, &self.group_name)?.attached.remove(&self.policy_arn) {
            return Ok(Empty {});
        }
        Err(AwsError::no_such_entity(format!("Policy {} was not found.", self.policy_arn)))
    }
}

operation! {
    Iam ListAttachedGroupPolicies -> GroupPoliciesOutput,
    access(self, world, caller) { Some(world.group_access(caller, &self.group_name)) },
    run(self, world, caller) {
        let group = world.group_mut(caller, &self.group_name)?;
        let shapes = group.attached.iter().map(|arn| AttachedPolicyShape::of(arn));
        let (attached_policies, page) =
            self.page.page(shapes, |policy| policy.policy_arn.clone())?;
        Ok(GroupPoliciesOutput { attached_policies, page })
    }
}

impl World {
    /// The groups that the user, by key, is in.
    pub(crate) fn groups_of(&self, caller: &Caller, user: &str) -> impl Iterator<Item = &Group> {
        let groups = self.iam(caller.account).into_iter().flat_map(|iam| iam.groups.values());
        groups.filter(move |group| group.members.contains(user))
    }

    fn group_mut(&mut self, caller: &Caller, name: &str) -> Result<&mut Group, AwsError> {
        let group = self.iam_mut(caller)?.groups.get_mut(&name.to_lowercase());
        let missing = || format!("The group with name {name} cannot be found.");
        group.ok_or_else(|| AwsError::no_such_entity(missing()))
    }

    fn group_access(&self, caller: &Caller, name: &str) -> Access {
        let groups = self.iam(caller.account).map(|iam| &iam.groups);
        let group = groups.and_then(|groups| groups.get(&name.to_lowercase()));
        let (path, name) =
            group.map_or(("/", name), |group| (group.path.as_str(), group.name.as_str()));
        Access::to(self.iam_arn(caller.account, "group", path, name))
    }

    fn group_shape(&self, caller: &Caller, group: &Group) -> GroupShape {
        GroupShape {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.id.clone(),
            arn: self.iam_arn(caller.account, "group", &group.path, &group.name),
            create_date: group.created,
        }
    }
}
