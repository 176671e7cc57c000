//! Roles.

use digitalex_core::{DIGITALEX_ACCOUNT, PolicyKind};
use jiff::Timestamp;

use super::identity::{BoundaryShape, RoleKind, not_found};
use super::rules;
use crate::AwsError;
use crate::world::operation::{Access, Empty, Integer, Tag, operation, shapes, to_tags};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{Caller, Distortion, Identity, Role, World};

shapes! {
    input CreateRole {
        role_name: String,
        assume_role_policy_document: String,
        path: Option<String>,
        description: Option<String>,
        max_session_duration: Option<Integer>,
        permissions_boundary: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    input GetRole { role_name: String }
    input ListRoles { path_prefix: Option<String>, #[serde(flatten)] page: MarkerInput }
    input UpdateRole {
        role_name: String,
        description: Option<String>,
        max_session_duration: Option<Integer>,
    }
    input UpdateRoleDescription { role_name: String, description: String }
    input UpdateAssumeRolePolicy { role_name: String, policy_document: String }
    input DeleteRole { role_name: String }
    input ListInstanceProfilesForRole { role_name: String, #[serde(flatten)] page: MarkerInput }
    output RoleOutput { role: RoleShape }
    output RolesOutput { roles: Vec<RoleShape>, #[serde(flatten)] page: MarkerOutput }
    output RoleShape {
        path: String,
        role_name: String,
        role_id: String,
        arn: String,
        create_date: Timestamp,
        assume_role_policy_document: String,
        description: Option<String>,
        max_session_duration: u32,
        permissions_boundary: Option<BoundaryShape>,
        tags: Option<Vec<Tag>>,
        role_last_used: Option<Empty>,
    }
    output InstanceProfilesOutput {
        instance_profiles: Vec<Empty>,
        #[serde(flatten)] page: MarkerOutput,
    }
}

operation! {
    Iam CreateRole -> RoleOutput,
    access(self, world, caller) {
        let path = self.path.as_deref().unwrap_or("/");
        let access = Access::to(world.iam_arn(caller.account, "role", path, &self.role_name))
            .with("iam:permissionsboundary", self.permissions_boundary.as_deref());
        Some(access.with_request_tags(self.tags.as_deref().unwrap_or_default()))
    },
    run(self, world, caller) {
        rules::check_name("roleName", &self.role_name, 64)?;
        let path = rules::check_path(self.path)?;
        rules::check_description(self.description.as_deref())?;
        let duration = self.max_session_duration.map_or(3_600, |Integer(seconds)| seconds);
        let max_session_duration_s = rules::check_session_duration(duration)?;
        let tags = rules::merge_tags(&Default::default(), &self.tags.unwrap_or_default())?;
        world.check_trust(&self.assume_role_policy_document)?;
        if let Some(boundary) = &self.permissions_boundary {
            world.check_managed_policy(caller, boundary)?;
        }
        let iam = world.iam_mut(caller)?;
        if iam.role(&self.role_name).is_some() {
            let message = format!("Role with name {} already exists.", self.role_name);
            return Err(AwsError::already_exists(message));
        }
        if iam.roles.len() >= rules::ROLES_MAX {
            let message = format!("Cannot exceed quota for RolesPerAccount: {}", rules::ROLES_MAX);
            return Err(AwsError::limit_exceeded(message));
        }
        let id = world.state.unique_id("AROA");
        let identity = Identity {
            boundary: self.permissions_boundary,
            tags,
            ..Identity::new(&self.role_name, id, &path, world.stamp())
        };
        let role = Role {
            identity,
            trust: self.assume_role_policy_document,
            description: self.description,
            max_session_duration_s,
        };
        let output = RoleOutput { role: world.role_shape(caller, &role) };
        world.iam_mut(caller)?.insert_role(role);
        Ok(output)
    }
}

operation! {
    Iam GetRole -> RoleOutput,
    access(self, world, caller) { Some(world.identity_access::<RoleKind>(caller, &self.role_name)) },
    more {
        fn distort(output: &mut RoleOutput, _: Option<String>, how: &Distortion) {
            if matches!(how, Distortion::UniqueIds) {
                let document = &mut output.role.assume_role_policy_document;
                let root = rules::encode(&format!("arn:aws:iam::{DIGITALEX_ACCOUNT}:root"));
                *document = document.replace(&root, "AROAIIIIIIIIIIIIIIIII");
            }
        }
    },
    run(self, world, caller) {
        let role = world.role(caller, &self.role_name)?;
        Ok(RoleOutput { role: world.role_shape(caller, role) })
    }
}

operation! {
    Iam ListRoles -> RolesOutput,
    run(self, world, caller) {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let roles = world.iam(caller.account).into_iter().flat_map(|iam| &iam.roles);
        let roles = roles.filter(|(_, role)| role.identity.path.starts_with(prefix));
        let (roles, page) = self.page.page(roles, |(key, _)| (*key).clone())?;
        // IAM leaves boundary, tags and last use out of lists.
        let shape = |(_, role): (_, &Role)| RoleShape {
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
            ..world.role_shape(caller, role)
        };
        Ok(RolesOutput { roles: roles.into_iter().map(shape).collect(), page })
    }
}

operation! {
    Iam UpdateRole -> Empty,
    access(self, world, caller) { Some(world.identity_access::<RoleKind>(caller, &self.role_name)) },
    run(self, world, caller) {
        rules::check_description(self.description.as_deref())?;
        // What is not sent is reset for the duration, and kept for the description.
        let duration = self.max_session_duration.map_or(3_600, |Integer(seconds)| seconds);
        let max_session_duration_s = rules::check_session_duration(duration)?;
        let role = world.role_mut(caller, &self.role_name)?;
        role.max_session_duration_s = max_session_duration_s;
        if self.description.is_some() {
            role.description = self.description;
        }
        Ok(Empty {})
    }
}

operation! {
    Iam UpdateRoleDescription -> RoleOutput,
    access(self, world, caller) { Some(world.identity_access::<RoleKind>(caller, &self.role_name)) },
    run(self, world, caller) {
        rules::check_description(Some(&self.description))?;
        world.role_mut(caller, &self.role_name)?.description = Some(self.description);
        let role = world.role(caller, &self.role_name)?;
        Ok(RoleOutput { role: world.role_shape(caller, role) })
    }
}

operation! {
    Iam UpdateAssumeRolePolicy -> Empty,
    access(self, world, caller) { Some(world.identity_access::<RoleKind>(caller, &self.role_name)) },
    run(self, world, caller) {
        world.role(caller, &self.role_name)?;
        world.check_trust(&self.policy_document)?;
        world.role_mut(caller, &self.role_name)?.trust = self.policy_document;
        Ok(Empty {})
    }
}

operation! {
    Iam DeleteRole -> Empty,
    access(self, world, caller) { Some(world.identity_access::<RoleKind>(caller, &self.role_name)) },
    run(self, world, caller) {
        let identity = &world.role(caller, &self.role_name)?.identity;
        if !identity.attached.is_empty() {
            let message = "Cannot delete entity, must detach all policies first.";
            return Err(AwsError::delete_conflict(message));
        }
        if !identity.inline.is_empty() {
            let message = "Cannot delete entity, must delete policies first.";
            return Err(AwsError::delete_conflict(message));
        }
        world.iam_mut(caller)?.roles.remove(&self.role_name.to_lowercase());
        Ok(Empty {})
    }
}

operation! {
    Iam ListInstanceProfilesForRole -> InstanceProfilesOutput,
    access(self, world, caller) { Some(world.identity_access::<RoleKind>(caller, &self.role_name)) },
    run(self, world, caller) {
        world.role(caller, &self.role_name)?;
        let (instance_profiles, page) = self.page.page(std::iter::empty(), |_| String::new())?;
        Ok(InstanceProfilesOutput { instance_profiles, page })
    }
}

impl World {
    fn role(&self, caller: &Caller, name: &str) -> Result<&Role, AwsError> {
        let role = self.iam(caller.account).and_then(|iam| iam.role(name));
        role.ok_or_else(|| not_found::<RoleKind>(name))
    }

    fn role_mut(&mut self, caller: &Caller, name: &str) -> Result<&mut Role, AwsError> {
        let role = self.iam_mut(caller)?.roles.get_mut(&name.to_lowercase());
        role.ok_or_else(|| not_found::<RoleKind>(name))
    }

    fn check_trust(&self, document: &str) -> Result<(), AwsError> {
        rules::check_document("assumeRolePolicyDocument", document, PolicyKind::Trust)?;
        if document.chars().count() > rules::TRUST_CHARS_MAX {
            let max = rules::TRUST_CHARS_MAX;
            let message = format!("Cannot exceed quota for ACLSizePerRole: {max}");
            return Err(AwsError::limit_exceeded(message));
        }
        self.check_principals(document)
    }

    pub(super) fn role_shape(&self, caller: &Caller, role: &Role) -> RoleShape {
        let identity = &role.identity;
        RoleShape {
            path: identity.path.clone(),
            role_name: identity.name.clone(),
            role_id: identity.id.clone(),
            arn: self.iam_arn(caller.account, "role", &identity.path, &identity.name),
            create_date: identity.created,
            assume_role_policy_document: rules::encode(&role.trust),
            description: role.description.clone(),
            max_session_duration: role.max_session_duration_s,
            permissions_boundary: BoundaryShape::of(identity),
            tags: Some(to_tags(&identity.tags)).filter(|tags| !tags.is_empty()),
            role_last_used: Some(Empty {}),
        }
    }
}
