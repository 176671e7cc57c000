//! Service control policies.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::PolicyKind;

use super::invalid_input;
use super::organization::SERVICE_CONTROL_POLICY;
use crate::AwsError;
use crate::world::operation::{Empty, Tag, operation, shapes};
use crate::world::page::TokenInput;
use crate::world::{OrganizationState, ServiceControlPolicy, World};

shapes! {
    input CreatePolicy {
        name: String,
        description: String,
        content: String,
        r#type: String,
        tags: Option<Vec<Tag>>,
    }
    input UpdatePolicy {
        policy_id: String,
        name: Option<String>,
        description: Option<String>,
        content: Option<String>,
    }
    input DeletePolicy { policy_id: String }
    input DescribePolicy { policy_id: String }
    input ListPolicies { filter: String, #[serde(flatten)] page: TokenInput }
    output PolicyOutput { policy: PolicyShape }
    output PolicyShape { policy_summary: PolicySummary, content: String }
    output PolicySummary {
        id: String,
        arn: String,
        name: String,
        description: String,
        r#type: &'static str,
        aws_managed: bool,
    }
    output PoliciesOutput { policies: Vec<PolicySummary>, next_token: Option<String> }
}

operation! {
    Organizations CreatePolicy -> PolicyOutput,
    run(self, world, caller) {
        let organization = world.change_organization(caller)?;
        check_type(&self.r#type)?;
        check_name(organization, &self.name)?;
        check_content(&self.content)?;
        let id = world.state.organizations_id("p-", 8);
        let tags = self.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        let policy = ServiceControlPolicy {
            id: id.clone(),
            name: self.name,
            description: self.description,
            content: self.content,
            aws_managed: false,
            targets: BTreeSet::new(),
            tags: tags.collect::<BTreeMap<_, _>>(),
        };
        let output = PolicyOutput { policy: world.policy_shape(&policy) };
        world.change_organization(caller)?.policies.insert(id, policy);
        Ok(output)
    }
}

operation! {
    Organizations UpdatePolicy -> PolicyOutput,
    run(self, world, caller) {
        let organization = world.change_organization(caller)?;
        if let Some(name) = &self.name
            && organization.policies.get(&self.policy_id).is_none_or(|policy| policy.name != *name)
        {
            check_name(organization, name)?;
        }
        if let Some(content) = &self.content {
            check_content(content)?;
        }
        let policy = own_policy(organization, &self.policy_id)?;
        policy.name = self.name.unwrap_or_else(|| policy.name.clone());
        policy.description = self.description.unwrap_or_else(|| policy.description.clone());
        policy.content = self.content.unwrap_or_else(|| policy.content.clone());
        let policy = policy.clone();
        Ok(PolicyOutput { policy: world.policy_shape(&policy) })
    }
}

operation! {
    Organizations DeletePolicy -> Empty,
    run(self, world, caller) {
        let organization = world.change_organization(caller)?;
        if !own_policy(organization, &self.policy_id)?.targets.is_empty() {
            let message = "The policy is attached to one or more entities.";
            return Err(AwsError::organizations("PolicyInUseException", message));
        }
        organization.policies.remove(&self.policy_id);
        Ok(Empty {})
    }
}

operation! {
    Organizations DescribePolicy -> PolicyOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let policy = organization.policies.get(&self.policy_id).ok_or_else(policy_not_found)?;
        Ok(PolicyOutput { policy: world.policy_shape(policy) })
    }
}

operation! {
    Organizations ListPolicies -> PoliciesOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        check_type(&self.filter)?;
        let (page, next_token) = self.page.page(organization.policies.values(), |p| p.id.clone())?;
        let policies = page.into_iter().map(|policy| world.policy_summary(policy)).collect();
        Ok(PoliciesOutput { policies, next_token })
    }
}

pub(super) fn check_type(kind: &str) -> Result<(), AwsError> {
    if kind == SERVICE_CONTROL_POLICY {
        return Ok(());
    }
    Err(invalid_input("The simulated organization knows SERVICE_CONTROL_POLICY only."))
}

pub(super) fn policy_not_found() -> AwsError {
    let message = "You specified a policy that doesn't exist.";
    AwsError::organizations("PolicyNotFoundException", message)
}

fn own_policy<'o>(
    organization: &'o mut OrganizationState,
    id: &str,
) -> Result<&'o mut ServiceControlPolicy, AwsError> {
    let policy = organization.policies.get_mut(id).ok_or_else(policy_not_found)?;
    if policy.aws_managed {
        let message = "You can't change an AWS managed policy.";
        return Err(AwsError::organizations("PolicyChangesNotAllowedException", message));
    }
    Ok(policy)
}

fn check_name(organization: &OrganizationState, name: &str) -> Result<(), AwsError> {
    if !(1..=128).contains(&name.chars().count()) {
        return Err(invalid_input("You specified an invalid value for Name."));
    }
    if organization.policies.values().any(|policy| policy.name == name) {
        let message = "A policy with the same name already exists.";
        return Err(AwsError::organizations("DuplicatePolicyException", message));
    }
    Ok(())
}

/// A service control policy holds at most 10,240 characters (Organizations "Quotas").
fn check_content(content: &str) -> Result<(), AwsError> {
    if content.chars().count() > 10_240 {
        let message = "The policy document is too long.";
        return Err(AwsError::organizations("ConstraintViolationException", message));
    }
    match digitalex_core::validate(content, PolicyKind::ServiceControl).first() {
        None => Ok(()),
        Some(finding) => {
            let message = format!("The provided policy document is malformed: {finding}");
            Err(AwsError::organizations("MalformedPolicyDocumentException", message))
        }
    }
}

impl World {
    fn policy_shape(&self, policy: &ServiceControlPolicy) -> PolicyShape {
        let policy_summary = self.policy_summary(policy);
        PolicyShape { policy_summary, content: policy.content.clone() }
    }

    pub(super) fn policy_summary(&self, policy: &ServiceControlPolicy) -> PolicySummary {
        let arn = if policy.aws_managed {
            let partition = self.state.partition;
            format!(
                "arn:{partition}:organizations::aws:policy/service_control_policy/{}",
                policy.id
            )
        } else {
            let organization = self.state.organization.as_ref().map_or("", |found| &found.id);
            let account = self.state.management_account;
            let partition = self.state.partition;
            format!(
                "arn:{partition}:organizations::{account}:policy/{organization}/service_control_policy/{}",
                policy.id
            )
        };
        PolicySummary {
            id: policy.id.clone(),
            arn,
            name: policy.name.clone(),
            description: policy.description.clone(),
            r#type: SERVICE_CONTROL_POLICY,
            aws_managed: policy.aws_managed,
        }
    }
}
