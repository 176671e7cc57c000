//! AWS Organizations (API version 2016-11-28).

mod accounts;
mod delegation;
mod membership;
mod organization;
mod policies;
mod policy_targets;
mod tags;
mod tree;
mod units;

use digitalex_core::AccountId;

pub(crate) use accounts::{AccountShape, DescribeAccount, ListAccounts};
pub(crate) use membership::ORGANIZATION_ACCESS_ROLE;
pub(crate) use organization::{DescribeOrganization, ListRoots, RootShape, SERVICE_CONTROL_POLICY};
pub(crate) use policies::DescribePolicy;
pub(crate) use policy_targets::ListPoliciesForTarget;
pub(crate) use tags::ListTagsForResource;
pub(crate) use units::{ListOrganizationalUnitsForParent, UnitShape};

use super::{Caller, OrganizationState, World};
use crate::AwsError;

super::table::handlers![
    organization::CreateOrganization,
    organization::DescribeOrganization,
    organization::DeleteOrganization,
    organization::ListRoots,
    organization::EnablePolicyType,
    organization::DisablePolicyType,
    accounts::ListAccounts,
    accounts::ListAccountsForParent,
    accounts::DescribeAccount,
    accounts::ListParents,
    membership::CreateAccount,
    membership::DescribeCreateAccountStatus,
    membership::ListCreateAccountStatus,
    membership::MoveAccount,
    membership::CloseAccount,
    membership::RemoveAccountFromOrganization,
    units::CreateOrganizationalUnit,
    units::UpdateOrganizationalUnit,
    units::DeleteOrganizationalUnit,
    units::DescribeOrganizationalUnit,
    units::ListOrganizationalUnitsForParent,
    tree::ListChildren,
    tags::TagResource,
    tags::UntagResource,
    tags::ListTagsForResource,
    policies::CreatePolicy,
    policies::UpdatePolicy,
    policies::DeletePolicy,
    policies::DescribePolicy,
    policies::ListPolicies,
    policy_targets::AttachPolicy,
    policy_targets::DetachPolicy,
    policy_targets::ListPoliciesForTarget,
    policy_targets::ListTargetsForPolicy,
    delegation::RegisterDelegatedAdministrator,
    delegation::DeregisterDelegatedAdministrator,
    delegation::ListDelegatedAdministrators,
    delegation::ListDelegatedServicesForAccount,
];

impl World {
    /// The organization, for a caller of the management account or a delegated administrator.
    pub(crate) fn read_organization(
        &self,
        caller: &Caller,
    ) -> Result<&OrganizationState, AwsError> {
        let organization = self.organization_of(caller)?;
        let delegated = organization.delegated.contains_key(&caller.account);
        if caller.account == self.state.management_account || delegated {
            return Ok(organization);
        }
        Err(no_permission())
    }

    /// The organization, for a caller of the management account.
    pub(crate) fn change_organization(
        &mut self,
        caller: &Caller,
    ) -> Result<&mut OrganizationState, AwsError> {
        self.organization_of(caller)?;
        if caller.account != self.state.management_account {
            return Err(no_permission());
        }
        self.state.organization.as_mut().ok_or_else(not_in_use)
    }

    /// The organization, for a caller of any member.
    pub(crate) fn organization_of(&self, caller: &Caller) -> Result<&OrganizationState, AwsError> {
        let member = self.account(caller.account).is_some_and(|account| account.parent.is_some());
        self.state.organization.as_ref().filter(|_| member).ok_or_else(not_in_use)
    }

    /// `arn:aws:organizations::MANAGEMENT:KIND/ORGANIZATION/ID`.
    pub(crate) fn organizations_arn(&self, kind: &str, id: &str) -> String {
        let organization = self.state.organization.as_ref().map_or("", |found| &found.id);
        let account = self.state.management_account;
        format!("arn:{}:organizations::{account}:{kind}/{organization}/{id}", self.state.partition)
    }
}

fn no_permission() -> AwsError {
    let message = "You don't have permissions to access this resource.";
    AwsError::organizations("AccessDeniedException", message)
}

fn not_in_use() -> AwsError {
    let message = "Your account is not a member of an organization.";
    AwsError::organizations("AWSOrganizationsNotInUseException", message)
}

fn account_not_found() -> AwsError {
    let message = "You specified an account that doesn't exist.";
    AwsError::organizations("AccountNotFoundException", message)
}

fn parent_not_found() -> AwsError {
    let message = "You specified parent that doesn't exist.";
    AwsError::organizations("ParentNotFoundException", message)
}

fn target_not_found() -> AwsError {
    let message = "You specified a target that doesn't exist.";
    AwsError::organizations("TargetNotFoundException", message)
}

fn invalid_input(message: impl Into<String>) -> AwsError {
    AwsError::organizations("InvalidInputException", message)
}

fn account_id(text: &str) -> Result<AccountId, AwsError> {
    text.parse().map_err(|_| {
        invalid_input("You provided a value that does not match the required pattern.")
    })
}
