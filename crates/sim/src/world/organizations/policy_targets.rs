//! What service control policies are attached to.

use super::policies::{PoliciesOutput, check_type, policy_not_found};
use super::target_not_found;
use crate::AwsError;
use crate::world::operation::{Empty, operation, shapes};
use crate::world::page::TokenInput;
use crate::world::{OrganizationState, World};

/// Organizations "Quotas": service control policies attached to one root, OU or account.
const POLICIES_PER_TARGET_MAX: usize = 5;

shapes! {
    input AttachPolicy { policy_id: String, target_id: String }
    input DetachPolicy { policy_id: String, target_id: String }
    input ListPoliciesForTarget {
        target_id: String,
        filter: String,
        #[serde(flatten)]
        page: TokenInput,
    }
    input ListTargetsForPolicy { policy_id: String, #[serde(flatten)] page: TokenInput }
    output TargetsOutput { targets: Vec<TargetShape>, next_token: Option<String> }
    output TargetShape { target_id: String, arn: String, name: String, r#type: &'static str }
}

operation! {
    Organizations AttachPolicy -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        world.target_shape(&self.target_id)?;
        let organization = world.change_organization(caller)?;
        if !organization.root.service_control_policies {
            let message = "The specified policy type isn't currently enabled in this root.";
            return Err(AwsError::organizations("PolicyTypeNotEnabledException", message));
        }
        let attached = attached_count(organization, &self.target_id);
        let policy = organization.policies.get_mut(&self.policy_id).ok_or_else(policy_not_found)?;
        if policy.targets.contains(&self.target_id) {
            let message = "A policy with the same ID is already attached to the specified target.";
            return Err(AwsError::organizations("DuplicatePolicyAttachmentException", message));
        }
        if attached >= POLICIES_PER_TARGET_MAX {
            let message = "You have exceeded the number of policies attached to the target.";
            return Err(AwsError::organizations("ConstraintViolationException", message));
        }
        policy.targets.insert(self.target_id);
        Ok(Empty {})
    }
}

operation! {
    Organizations DetachPolicy -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        world.target_shape(&self.target_id)?;
        let organization = world.change_organization(caller)?;
        let attached = attached_count(organization, &self.target_id);
        let policy = organization.policies.get_mut(&self.policy_id).ok_or_else(policy_not_found)?;
        if !policy.targets.contains(&self.target_id) {
            let message = "The policy isn't attached to the specified target.";
            return Err(AwsError::organizations("PolicyNotAttachedException", message));
        }
        if attached == 1 {
            let message = "You must have at least one policy attached to the target.";
            return Err(AwsError::organizations("ConstraintViolationException", message));
        }
        policy.targets.remove(&self.target_id);
        Ok(Empty {})
    }
}

operation! {
    Organizations ListPoliciesForTarget -> PoliciesOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        check_type(&self.filter)?;
        world.target_shape(&self.target_id)?;
        let policies = organization.policies.values();
        let attached = policies.filter(|policy| policy.targets.contains(&self.target_id));
        let (page, next_token) = self.page.page(attached, |policy| policy.id.clone())?;
        let policies = page.into_iter().map(|policy| world.policy_summary(policy)).collect();
        Ok(PoliciesOutput { policies, next_token })
    }
}

operation! {
    Organizations ListTargetsForPolicy -> TargetsOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let policy = organization.policies.get(&self.policy_id).ok_or_else(policy_not_found)?;
        let (page, next_token) = self.page.page(policy.targets.iter(), |id| (*id).clone())?;
        let targets =
            page.into_iter().map(|id| world.target_shape(id)).collect::<Result<_, _>>()?;
        Ok(TargetsOutput { targets, next_token })
    }
}

fn attached_count(organization: &OrganizationState, target: &str) -> usize {
    organization.policies.values().filter(|policy| policy.targets.contains(target)).count()
}

impl World {
    fn target_shape(&self, id: &str) -> Result<TargetShape, AwsError> {
        let shape = |kind: &str, word: &'static str, name: &str| TargetShape {
            target_id: id.to_owned(),
            arn: self.organizations_arn(kind, id),
            name: name.to_owned(),
            r#type: word,
        };
        let organization = self.state.organization.as_ref().ok_or_else(target_not_found)?;
        if id == organization.root.id {
            return Ok(shape("root", "ROOT", "Root"));
        }
        if let Some(unit) = organization.units.get(id) {
            return Ok(shape("ou", "ORGANIZATIONAL_UNIT", &unit.name));
        }
        let account = self.member(id.parse().map_err(|_| target_not_found())?);
        account
            .map(|found| shape("account", "ACCOUNT", &found.name))
            .map_err(|_| target_not_found())
    }
}
