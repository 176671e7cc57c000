//! `GetAccountAuthorizationDetails`: everything of an account's IAM, page by page.

use jiff::Timestamp;

use super::attachments::AttachedPolicyShape;
use super::identity::BoundaryShape;
use super::managed::PolicyShape;
use super::managed_versions::VersionShape;
use super::rules;
use crate::AwsError;
use crate::world::operation::{Empty, Tag, operation, shapes, to_tags};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{Caller, Identity, ManagedPolicy, Role, User, World};

shapes! {
    input GetAccountAuthorizationDetails {
        filter: Option<Vec<String>>,
        #[serde(flatten)]
        page: MarkerInput,
    }
    output DetailsOutput {
        user_detail_list: Vec<UserDetail>,
        group_detail_list: Vec<Empty>,
        role_detail_list: Vec<RoleDetail>,
        policies: Vec<PolicyDetail>,
        #[serde(flatten)]
        page: MarkerOutput,
    }
    output UserDetail {
        path: String,
        user_name: String,
        user_id: String,
        arn: String,
        create_date: Timestamp,
        user_policy_list: Vec<InlineDetail>,
        group_list: Vec<String>,
        attached_managed_policies: Vec<AttachedPolicyShape>,
        permissions_boundary: Option<BoundaryShape>,
        tags: Vec<Tag>,
    }
    /// Without description and session duration, as IAM's.
    output RoleDetail {
        path: String,
        role_name: String,
        role_id: String,
        arn: String,
        create_date: Timestamp,
        assume_role_policy_document: String,
        instance_profile_list: Vec<Empty>,
        role_policy_list: Vec<InlineDetail>,
        attached_managed_policies: Vec<AttachedPolicyShape>,
        permissions_boundary: Option<BoundaryShape>,
        tags: Vec<Tag>,
        role_last_used: Empty,
    }
    output PolicyDetail {
        #[serde(flatten)]
        policy: PolicyShape,
        policy_version_list: Vec<VersionShape>,
    }
    output InlineDetail { policy_name: String, policy_document: String }
}

/// One item of the listing, which runs through users, roles and policies.
enum Item<'w> {
    User(&'w User),
    Role(&'w Role),
    Policy(&'w ManagedPolicy),
}

operation! {
    Iam GetAccountAuthorizationDetails -> DetailsOutput,
    run(self, world, caller) {
        let wanted = |kind: &str| {
            self.filter.as_ref().is_none_or(|filter| filter.is_empty() || filter.iter().any(|f| f == kind))
        };
        let iam = world.iam(caller.account);
        let users = iam.into_iter().flat_map(|iam| &iam.users).filter(|_| wanted("User"));
        let roles = iam.into_iter().flat_map(|iam| &iam.roles).filter(|_| wanted("Role"));
        let policies = iam.into_iter().flat_map(|iam| &iam.policies);
        let policies = policies.filter(|_| wanted("LocalManagedPolicy"));
        let items = users
            .map(|(key, user)| (format!("1{key}"), Item::User(user)))
            .chain(roles.map(|(key, role)| (format!("2{key}"), Item::Role(role))))
            .chain(policies.map(|(key, policy)| (format!("3{key}"), Item::Policy(policy))));
        let (items, page) = self.page.page(items, |(key, _)| key.clone())?;
        let mut output = DetailsOutput {
            user_detail_list: Vec::new(),
            group_detail_list: Vec::new(),
            role_detail_list: Vec::new(),
            policies: Vec::new(),
            page,
        };
        for (_, item) in items {
            match item {
                Item::User(user) => output.user_detail_list.push(world.user_detail(caller, user)),
                Item::Role(role) => output.role_detail_list.push(world.role_detail(caller, role)),
                Item::Policy(policy) => output.policies.push(world.policy_detail(caller, policy)?),
            }
        }
        Ok(output)
    }
}

fn inline_details(identity: &Identity) -> Vec<InlineDetail> {
    let detail = |(name, document): (&String, &String)| InlineDetail {
        policy_name: name.clone(),
        policy_document: rules::encode(document),
    };
    identity.inline.iter().map(detail).collect()
}

fn attached_details(identity: &Identity) -> Vec<AttachedPolicyShape> {
    identity.attached.iter().map(|arn| AttachedPolicyShape::of(arn)).collect()
}

impl World {
    fn user_detail(&self, caller: &Caller, user: &User) -> UserDetail {
        let identity = &user.identity;
        UserDetail {
            path: identity.path.clone(),
            user_name: identity.name.clone(),
            user_id: identity.id.clone(),
            arn: self.iam_arn(caller.account, "user", &identity.path, &identity.name),
            create_date: identity.created,
            user_policy_list: inline_details(identity),
            group_list: self
                .groups_of(caller, &identity.name.to_lowercase())
                .map(|group| group.name.clone())
                .collect(),
            attached_managed_policies: attached_details(identity),
            permissions_boundary: BoundaryShape::of(identity),
            tags: to_tags(&identity.tags),
        }
    }

    fn role_detail(&self, caller: &Caller, role: &Role) -> RoleDetail {
        let identity = &role.identity;
        RoleDetail {
            path: identity.path.clone(),
            role_name: identity.name.clone(),
            role_id: identity.id.clone(),
            arn: self.iam_arn(caller.account, "role", &identity.path, &identity.name),
            create_date: identity.created,
            assume_role_policy_document: rules::encode(&role.trust),
            instance_profile_list: Vec::new(),
            role_policy_list: inline_details(identity),
            attached_managed_policies: attached_details(identity),
            permissions_boundary: BoundaryShape::of(identity),
            tags: to_tags(&identity.tags),
            role_last_used: Empty {},
        }
    }

    fn policy_detail(
        &self,
        caller: &Caller,
        policy: &ManagedPolicy,
    ) -> Result<PolicyDetail, AwsError> {
        let policy = self.managed_policy_shape(caller, policy);
        let policy_version_list = self.version_shapes(caller, &policy.arn)?;
        Ok(PolicyDetail { policy: PolicyShape { tags: None, ..policy }, policy_version_list })
    }
}
