//! The organization itself, and its root.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use digitalex_core::AccountId;

use super::{invalid_input, not_in_use};
use crate::AwsError;
use crate::world::operation::{Empty, operation, shapes};
use crate::world::page::TokenInput;
use crate::world::{OrganizationState, Root, ServiceControlPolicy, World};

/// The id of AWS's own policy that allows everything.
pub(crate) const FULL_AWS_ACCESS: &str = "p-FullAWSAccess";
const FULL_AWS_ACCESS_CONTENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
pub(crate) const SERVICE_CONTROL_POLICY: &str = "SERVICE_CONTROL_POLICY";

shapes! {
    input CreateOrganization { feature_set: Option<String> }
    input DescribeOrganization {}
    input DeleteOrganization {}
    input ListRoots { #[serde(flatten)] page: TokenInput }
    input EnablePolicyType { root_id: String, policy_type: String }
    input DisablePolicyType { root_id: String, policy_type: String }
    output OrganizationOutput { organization: OrganizationShape }
    output OrganizationShape {
        id: String,
        arn: String,
        feature_set: &'static str,
        master_account_arn: String,
        master_account_id: String,
        master_account_email: String,
        available_policy_types: Vec<PolicyTypeShape>,
    }
    output PolicyTypeShape { r#type: &'static str, status: &'static str }
    output RootShape { id: String, arn: String, name: &'static str, policy_types: Vec<PolicyTypeShape> }
    output RootOutput { root: RootShape }
    output RootsOutput { roots: Vec<RootShape>, next_token: Option<String> }
}

operation! {
    Organizations CreateOrganization -> OrganizationOutput,
    run(self, world, caller) {
        if world.state.organization.is_some() {
            let message = "The AWS account is already a member of an organization.";
            return Err(AwsError::organizations("AlreadyInOrganizationException", message));
        }
        if self.feature_set.as_deref().is_some_and(|set| set != "ALL") {
            return Err(invalid_input("The simulated organization knows FeatureSet ALL only."));
        }
        world.found_organization(caller.account);
        world.organization_shape(caller).map(|organization| OrganizationOutput { organization })
    }
}

operation! {
    Organizations DescribeOrganization -> OrganizationOutput,
    run(self, world, caller) {
        world.organization_shape(caller).map(|organization| OrganizationOutput { organization })
    }
}

operation! {
    Organizations DeleteOrganization -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        let members = world.state.accounts.values().filter(|account| account.parent.is_some());
        if members.count() > 1 {
            let message = "To delete an organization you must first remove all member accounts (except the master).";
            return Err(AwsError::organizations("OrganizationNotEmptyException", message));
        }
        world.state.organization = None;
        for account in world.state.accounts.values_mut().map(Arc::make_mut) {
            account.parent = None;
        }
        Ok(Empty {})
    }
}

operation! {
    Organizations ListRoots -> RootsOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let (roots, next_token) =
            self.page.page(std::iter::once(world.root_shape(organization)), |root| root.id.clone())?;
        Ok(RootsOutput { roots, next_token })
    }
}

operation! {
    Organizations EnablePolicyType -> RootOutput,
    run(self, world, caller) {
        world.read_organization(caller)?;
        let organization = world.change_organization(caller)?;
        check_policy_type(organization, &self.root_id, &self.policy_type)?;
        if organization.root.service_control_policies {
            let message = "The specified policy type is already enabled.";
            return Err(AwsError::organizations("PolicyTypeAlreadyEnabledException", message));
        }
        world.enable_service_control_policies();
        let organization = world.read_organization(caller)?;
        Ok(RootOutput { root: world.root_shape(organization) })
    }
}

operation! {
    Organizations DisablePolicyType -> RootOutput,
    run(self, world, caller) {
        let organization = world.change_organization(caller)?;
        check_policy_type(organization, &self.root_id, &self.policy_type)?;
        if !organization.root.service_control_policies {
            let message = "The specified policy type is not enabled.";
            return Err(AwsError::organizations("PolicyTypeNotEnabledException", message));
        }
        organization.root.service_control_policies = false;
        for policy in organization.policies.values_mut() {
            policy.targets.clear();
        }
        let organization = world.read_organization(caller)?;
        Ok(RootOutput { root: world.root_shape(organization) })
    }
}

fn check_policy_type(
    organization: &OrganizationState,
    root_id: &str,
    policy_type: &str,
) -> Result<(), AwsError> {
    if root_id != organization.root.id {
        let message = "You specified a root that doesn't exist.";
        return Err(AwsError::organizations("RootNotFoundException", message));
    }
    if policy_type != SERVICE_CONTROL_POLICY {
        return Err(invalid_input("The simulated organization knows SERVICE_CONTROL_POLICY only."));
    }
    Ok(())
}

impl World {
    /// Makes an organization around `management`.
    pub(crate) fn found_organization(&mut self, management: AccountId) {
        let id = self.state.organizations_id("o-", 10);
        let root_id = self.state.organizations_id("r-", 4);
        let full_access = ServiceControlPolicy {
            id: FULL_AWS_ACCESS.to_owned(),
            name: "FullAWSAccess".to_owned(),
            description: "Allows access to every operation".to_owned(),
            content: FULL_AWS_ACCESS_CONTENT.to_owned(),
            aws_managed: true,
            targets: BTreeSet::new(),
            tags: BTreeMap::new(),
        };
        let root =
            Root { id: root_id.clone(), tags: BTreeMap::new(), service_control_policies: false };
        self.state.organization = Some(OrganizationState {
            id,
            root,
            units: BTreeMap::new(),
            policies: BTreeMap::from([(FULL_AWS_ACCESS.to_owned(), full_access)]),
            delegated: BTreeMap::new(),
            account_requests: BTreeMap::new(),
        });
        self.state.management_account = management;
        if let Some(account) = self.state.account_mut(management) {
            account.parent = Some(root_id);
        }
    }

    /// Enables service control policies, with AWS's own that allows everything everywhere.
    pub(crate) fn enable_service_control_policies(&mut self) {
        let everything = self.attachable_targets();
        if let Some(organization) = &mut self.state.organization {
            organization.root.service_control_policies = true;
            if let Some(policy) = organization.policies.get_mut(FULL_AWS_ACCESS) {
                policy.targets.extend(everything);
            }
        }
    }

    fn organization_shape(
        &self,
        caller: &crate::world::Caller,
    ) -> Result<OrganizationShape, AwsError> {
        let organization = self.organization_of(caller)?;
        let management = self.account(self.state.management_account).ok_or_else(not_in_use)?;
        let partition = self.state.partition;
        Ok(OrganizationShape {
            id: organization.id.clone(),
            arn: format!(
                "arn:{partition}:organizations::{}:organization/{}",
                management.id, organization.id
            ),
            feature_set: "ALL",
            master_account_arn: self.organizations_arn("account", &management.id.to_string()),
            master_account_id: management.id.to_string(),
            master_account_email: management.email.clone(),
            available_policy_types: vec![ENABLED],
        })
    }

    fn root_shape(&self, organization: &OrganizationState) -> RootShape {
        let enabled = organization.root.service_control_policies;
        RootShape {
            id: organization.root.id.clone(),
            arn: self.organizations_arn("root", &organization.root.id),
            name: "Root",
            policy_types: if enabled { vec![ENABLED] } else { Vec::new() },
        }
    }

    /// The root, all OUs and all accounts of the organization.
    fn attachable_targets(&self) -> Vec<String> {
        let Some(organization) = &self.state.organization else { return Vec::new() };
        let accounts = self.state.accounts.values().filter(|account| account.parent.is_some());
        std::iter::once(organization.root.id.clone())
            .chain(organization.units.keys().cloned())
            .chain(accounts.map(|account| account.id.to_string()))
            .collect()
    }
}

const ENABLED: PolicyTypeShape =
    PolicyTypeShape { r#type: SERVICE_CONTROL_POLICY, status: "ENABLED" };
