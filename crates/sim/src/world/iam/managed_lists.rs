//! Lists of managed policies, and of who uses one.

use super::aws_managed;
use super::managed::PolicyShape;
use crate::world::operation::{Access, Empty, Flag, operation, shapes};
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
        policy_groups: Vec<Empty>,
        policy_users: Vec<PolicyUser>,
        policy_roles: Vec<PolicyRole>,
        #[serde(flatten)]
        page: MarkerOutput,
    }
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
        let all = roles
            .filter(|_| wanted("Role"))
            .map(|identity| (true, identity))
            .chain(users.filter(|_| wanted("User")).map(|identity| (false, identity)))
            .filter(|(_, identity)| identity.attached.contains(&self.policy_arn));
        let mut all: Vec<_> = all.collect();
        all.sort_by(|left, right| left.1.id.cmp(&right.1.id));
        let (found, page) = self.page.page(all.into_iter(), |(_, identity)| identity.id.clone())?;
        let name = |identity: &crate::world::Identity| (identity.name.clone(), identity.id.clone());
        let pick = |roles: bool| {
            found.iter().filter(move |(is_role, _)| *is_role == roles).map(move |(_, it)| name(it))
        };
        Ok(EntitiesOutput {
            policy_groups: Vec::new(),
            policy_users: pick(false).map(|(user_name, user_id)| PolicyUser { user_name, user_id }).collect(),
            policy_roles: pick(true).map(|(role_name, role_id)| PolicyRole { role_name, role_id }).collect(),
            page,
        })
    }
}
