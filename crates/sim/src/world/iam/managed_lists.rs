//! Lists of managed policies, and of who uses one.

use super::aws_managed;
use super::managed::PolicyShape;
use crate::world::Identity;
use crate::world::operation::{Access, Flag, operation, shapes};
use crate::world::page::{MarkerInput, MarkerOutput};

shapes! {
    input ListPolicies {
        scope: Option<String>,
        only_attached: Option<Flag>,
        path_prefix: Option<String>,
        #[serde(flatten)]
        page: MarkerInput,
    }
    input ListEntitiesForPolicy {
        policy_arn: String,
        entity_filter: Option<String>,
        #[serde(flatten)]
        page: MarkerInput,
    }
    output PoliciesOutput { policies: Vec<PolicyShape>, #[serde(flatten)] page: MarkerOutput }
    output EntitiesOutput {
        policy_groups: Vec<PolicyGroup>,
        policy_users: Vec<PolicyUser>,
        policy_roles: Vec<PolicyRole>,
        #[serde(flatten)]
        page: MarkerOutput,
    }
    output PolicyGroup { group_name: String, group_id: String }
    output PolicyUser { user_name: String, user_id: String }
    output PolicyRole { role_name: String, role_id: String }
}

operation! {
    Iam ListPolicies -> PoliciesOutput,
    run(self, world, caller) {
        let scope = self.scope.as_deref().unwrap_or("All");
        let aws = aws_managed::ALL.iter().filter(|_| scope != "Local");
        let mut policies: Vec<PolicyShape> =
            aws.map(|policy| world.aws_policy_shape(caller, policy)).collect();
        let own = world.iam(caller.account).into_iter().flat_map(|iam| iam.policies.values());
        let own = own.filter(|_| scope != "AWS");
        policies.extend(own.map(|policy| world.managed_policy_shape(caller, policy)));
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let attached_only = self.only_attached == Some(Flag(true));
        policies.retain(|policy| {
            policy.path.starts_with(prefix) && (!attached_only || policy.attachment_count > 0)
        });
        policies.sort_by(|left, right| left.arn.cmp(&right.arn));
        for policy in &mut policies {
            // IAM leaves both out of lists.
            policy.description = None;
            policy.tags = None;
        }
        let (policies, page) = self.page.page(policies.into_iter(), |policy| policy.arn.clone())?;
        Ok(PoliciesOutput { policies, page })
    }
}

operation! {
    Iam ListEntitiesForPolicy -> EntitiesOutput,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        world.check_managed_policy(caller, &self.policy_arn)?;
        let wanted = |kind| self.entity_filter.as_deref().is_none_or(|filter| filter == kind);
        let iam = world.iam(caller.account);
        let roles = iam.into_iter().flat_map(|iam| iam.roles.values()).map(|role| &role.identity);
        let users = iam.into_iter().flat_map(|iam| iam.users.values()).map(|user| &user.identity);
        let groups = iam.into_iter().flat_map(|iam| iam.groups.values());
        let arn = &self.policy_arn;
        let attached = |identity: &&Identity| identity.attached.contains(arn);
        let named = |identity: &Identity| (identity.name.clone(), identity.id.clone());
        let mut all = Vec::new();
        all.extend(roles.filter(attached).map(|role| ("Role", named(role))));
        all.extend(users.filter(attached).map(|user| ("User", named(user))));
        let groups = groups.filter(|group| group.attached.contains(arn));
        all.extend(groups.map(|group| ("Group", (group.name.clone(), group.id.clone()))));
        all.retain(|(kind, _)| wanted(*kind));
        all.sort_by(|(_, (_, left)), (_, (_, right))| left.cmp(right));
        let (found, page) = self.page.page(all.into_iter(), |(_, (_, id))| id.clone())?;
        let pick = |wanted: &'static str| {
            found.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, named)| named.clone())
        };
        Ok(EntitiesOutput {
            policy_groups: pick("Group")
                .map(|(group_name, group_id)| PolicyGroup { group_name, group_id })
                .collect(),
            policy_users: pick("User")
                .map(|(user_name, user_id)| PolicyUser { user_name, user_id })
                .collect(),
            policy_roles: pick("Role")
                .map(|(role_name, role_id)| PolicyRole { role_name, role_id })
                .collect(),
            page,
        })
    }
}
