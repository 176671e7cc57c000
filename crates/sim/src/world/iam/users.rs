//! Users.

use jiff::Timestamp;

use super::identity::{BoundaryShape, UserKind, not_found};
use super::rules;
use crate::AwsError;
use crate::world::operation::{Access, Empty, Tag, operation, shapes, to_tags};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{Caller, Identity, Principal, User, World};

shapes! {
    input CreateUser {
        user_name: String,
        path: Option<String>,
        permissions_boundary: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    input GetUser { user_name: Option<String> }
    input ListUsers { path_prefix: Option<String>, #[serde(flatten)] page: MarkerInput }
    input DeleteUser { user_name: String }
    output UserOutput { user: UserShape }
    output UsersOutput { users: Vec<UserShape>, #[serde(flatten)] page: MarkerOutput }
    output UserShape {
        path: String,
        user_name: String,
        user_id: String,
        arn: String,
        create_date: Timestamp,
        permissions_boundary: Option<BoundaryShape>,
        tags: Option<Vec<Tag>>,
    }
}

operation! {
    Iam CreateUser -> UserOutput,
    access(self, world, caller) {
        let path = self.path.as_deref().unwrap_or("/");
        let access = Access::to(world.iam_arn(caller.account, "user", path, &self.user_name))
            .with("iam:permissionsboundary", self.permissions_boundary.as_deref());
        Some(access.with_request_tags(self.tags.as_deref().unwrap_or_default()))
    },
    run(self, world, caller) {
        rules::check_name("userName", &self.user_name, 64)?;
        let path = rules::check_path(self.path)?;
        let tags = rules::merge_tags(&Default::default(), &self.tags.unwrap_or_default())?;
        if let Some(boundary) = &self.permissions_boundary {
            world.check_managed_policy(caller, boundary)?;
        }
        let key = self.user_name.to_lowercase();
        let iam = world.iam_mut(caller)?;
        if iam.users.contains_key(&key) {
            let message = format!("User with name {} already exists.", self.user_name);
            return Err(AwsError::already_exists(message));
        }
        if iam.users.len() >= rules::USERS_MAX {
            let message = format!("Cannot exceed quota for UsersPerAccount: {}", rules::USERS_MAX);
            return Err(AwsError::limit_exceeded(message));
        }
        let id = world.state.unique_id("AIDA");
        let identity = Identity {
            boundary: self.permissions_boundary,
            tags,
            ..Identity::new(&self.user_name, id, &path, world.stamp())
        };
        let output = UserOutput { user: world.user_shape(caller, &identity) };
        let user = User { identity, keys: Default::default(), login_profile: None };
        world.iam_mut(caller)?.users.insert(key, user);
        Ok(output)
    }
}

operation! {
    Iam GetUser -> UserOutput,
    access(self, world, caller) {
        let name = world.user_name(self.user_name.as_deref(), caller);
        Some(world.identity_access::<UserKind>(caller, name.as_deref().unwrap_or("*")))
    },
    run(self, world, caller) {
        let name = world.user_name(self.user_name.as_deref(), caller).ok_or_else(|| {
            let message = "Must specify userName when calling with non-User credentials";
            AwsError::validation(message)
        })?;
        let identity = world.identity::<UserKind>(caller, &name)?;
        Ok(UserOutput { user: world.user_shape(caller, identity) })
    }
}

operation! {
    Iam ListUsers -> UsersOutput,
    run(self, world, caller) {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let users = world.iam(caller.account).into_iter().flat_map(|iam| &iam.users);
        let users = users.filter(|(_, user)| user.identity.path.starts_with(prefix));
        let (users, page) = self.page.page(users, |(key, _)| (*key).clone())?;
        // IAM leaves boundary and tags out of lists.
        let shape = |(_, user): (_, &User)| UserShape {
            permissions_boundary: None,
            tags: None,
            ..world.user_shape(caller, &user.identity)
        };
        Ok(UsersOutput { users: users.into_iter().map(shape).collect(), page })
    }
}

operation! {
    Iam DeleteUser -> Empty,
    access(self, world, caller) { Some(world.identity_access::<UserKind>(caller, &self.user_name)) },
    run(self, world, caller) {
        let key = self.user_name.to_lowercase();
        let is_member = world.groups_of(caller, &key).next().is_some();
        let users = &mut world.iam_mut(caller)?.users;
        let user = users.get(&key).ok_or_else(|| not_found::<UserKind>(&self.user_name))?;
        let blocked = [
            (!user.identity.attached.is_empty(), "must detach all policies first"),
            (!user.identity.inline.is_empty(), "must delete policies first"),
            (!user.keys.is_empty(), "must delete access keys first"),
            (user.login_profile.is_some(), "must delete login profile first"),
            (is_member, "must remove user from all groups first"),
        ];
        if let Some((_, what)) = blocked.iter().find(|(blocks, _)| *blocks) {
            return Err(AwsError::delete_conflict(format!("Cannot delete entity, {what}.")));
        }
        users.remove(&key);
        Ok(Empty {})
    }
}

impl World {
    /// The user that is named, or else the caller, if the caller is one.
    pub(super) fn user_name(&self, named: Option<&str>, caller: &Caller) -> Option<String> {
        match (named, &caller.principal) {
            (Some(name), _) => Some(name.to_owned()),
            (None, Principal::User(key)) => Some(key.clone()),
            (None, _) => None,
        }
    }

    pub(super) fn user_mut(&mut self, caller: &Caller, name: &str) -> Result<&mut User, AwsError> {
        let user = self.iam_mut(caller)?.users.get_mut(&name.to_lowercase());
        user.ok_or_else(|| not_found::<UserKind>(name))
    }

    fn user_shape(&self, caller: &Caller, identity: &Identity) -> UserShape {
        UserShape {
            path: identity.path.clone(),
            user_name: identity.name.clone(),
            user_id: identity.id.clone(),
            arn: self.iam_arn(caller.account, "user", &identity.path, &identity.name),
            create_date: identity.created,
            permissions_boundary: BoundaryShape::of(identity),
            tags: Some(to_tags(&identity.tags)).filter(|tags| !tags.is_empty()),
        }
    }
}
