//! Accounts that are created, moved, closed and removed.

use std::collections::BTreeMap;
use std::sync::Arc;

use digitalex_core::AccountId;
use jiff::Timestamp;

use super::accounts::check_parent;
use super::organization::FULL_AWS_ACCESS;
use super::{account_id, account_not_found, invalid_input};
use crate::AwsError;
use crate::world::operation::{Empty, Tag, operation, shapes};
use crate::world::page::TokenInput;
use crate::world::{Account, AccountState, Iam, Identity, JoinedMethod, Role, World};

/// What `CreateAccount` calls the role by which the management account gets in.
pub(crate) const ORGANIZATION_ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

shapes! {
    input CreateAccount {
        email: String,
        account_name: String,
        role_name: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    input DescribeCreateAccountStatus { create_account_request_id: String }
    input ListCreateAccountStatus { #[serde(flatten)] page: TokenInput }
    input MoveAccount {
        account_id: String,
        source_parent_id: String,
        destination_parent_id: String,
    }
    input CloseAccount { account_id: String }
    input RemoveAccountFromOrganization { account_id: String }
    output StatusOutput { create_account_status: StatusShape }
    output StatusesOutput { create_account_statuses: Vec<StatusShape>, next_token: Option<String> }
    output StatusShape {
        id: String,
        account_name: String,
        state: &'static str,
        #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
        requested_timestamp: Timestamp,
        #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
        completed_timestamp: Timestamp,
        account_id: AccountId,
    }
}

operation! {
    Organizations CreateAccount -> StatusOutput,
    run(self, world, caller) {
        let root = world.change_organization(caller)?.root.id.clone();
        let email_length = self.email.chars().count();
        if !(6..=64).contains(&email_length) || !self.email.contains('@') {
            return Err(invalid_input("You specified an invalid value for Email."));
        }
        if !(1..=50).contains(&self.account_name.chars().count()) {
            return Err(invalid_input("You specified an invalid value for AccountName."));
        }
        let id = world.state.account_id();
        let now = world.stamp();
        let role = self.role_name.as_deref().unwrap_or(ORGANIZATION_ACCESS_ROLE);
        let iam = world.iam_with_access_role(role);
        let tags = self.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        world.add_member(Account {
            id,
            name: self.account_name,
            email: self.email,
            state: AccountState::Active,
            joined_method: JoinedMethod::Created,
            joined: now,
            parent: Some(root),
            tags: tags.collect(),
            iam,
        });
        let request = world.state.organizations_id("car-", 32);
        let organization = world.change_organization(caller)?;
        organization.account_requests.insert(request.clone(), (id, now));
        Ok(StatusOutput { create_account_status: world.status_shape(&request, id, now) })
    }
}

operation! {
    Organizations DescribeCreateAccountStatus -> StatusOutput,
    run(self, world, caller) {
        let requests = &world.read_organization(caller)?.account_requests;
        let id = self.create_account_request_id;
        let Some(&(account, requested)) = requests.get(&id) else {
            let message = "We can't find an create account request with the specified ID.";
            return Err(AwsError::organizations("CreateAccountStatusNotFoundException", message));
        };
        Ok(StatusOutput { create_account_status: world.status_shape(&id, account, requested) })
    }
}

operation! {
    Organizations ListCreateAccountStatus -> StatusesOutput,
    run(self, world, caller) {
        let requests = world.read_organization(caller)?.account_requests.iter();
        let (page, next_token) = self.page.page(requests, |(id, _)| (*id).clone())?;
        let shape = |(id, &(account, time)): (&String, &_)| world.status_shape(id, account, time);
        Ok(StatusesOutput { create_account_statuses: page.into_iter().map(shape).collect(), next_token })
    }
}

operation! {
    Organizations MoveAccount -> Empty,
    run(self, world, caller) {
        let organization = world.change_organization(caller)?;
        if check_parent(organization, &self.destination_parent_id).is_err() {
            let message = "You specified a destination container that doesn't exist.";
            return Err(AwsError::organizations("DestinationParentNotFoundException", message));
        }
        let id = account_id(&self.account_id)?;
        if world.member(id)?.parent.as_ref() != Some(&self.source_parent_id) {
            let message = "You specified a source root or OU that doesn't exist.";
            return Err(AwsError::organizations("SourceParentNotFoundException", message));
        }
        if let Some(account) = world.state.account_mut(id) {
            account.parent = Some(self.destination_parent_id);
        }
        Ok(Empty {})
    }
}

operation! {
    Organizations CloseAccount -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        let id = account_id(&self.account_id)?;
        world.refuse_management(id)?;
        if world.member(id)?.state != AccountState::Active {
            let message = "You can't close an account that is not active.";
            return Err(AwsError::organizations("AccountAlreadyClosedException", message));
        }
        if let Some(account) = world.state.account_mut(id) {
            account.state = AccountState::PendingClosure;
        }
        Ok(Empty {})
    }
}

operation! {
    Organizations RemoveAccountFromOrganization -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        let id = account_id(&self.account_id)?;
        world.refuse_management(id)?;
        world.member(id)?;
        let organization = world.change_organization(caller)?;
        organization.delegated.remove(&id);
        for policy in organization.policies.values_mut() {
            policy.targets.remove(&self.account_id);
        }
        let account = world.state.account_mut(id).ok_or_else(account_not_found)?;
        account.parent = None;
        account.tags.clear();
        Ok(Empty {})
    }
}

impl World {
    /// Adds an account to the organization, with `FullAWSAccess` where policies are enabled. Its
    /// parent must stand.
    pub(crate) fn add_member(&mut self, account: Account) {
        if let Some(organization) = &mut self.state.organization
            && organization.root.service_control_policies
            && let Some(policy) = organization.policies.get_mut(FULL_AWS_ACCESS)
        {
            policy.targets.insert(account.id.to_string());
        }
        self.state.accounts.insert(account.id, Arc::new(account));
    }

    /// The IAM of an account that was created in the organization: it holds the role that trusts the
    /// management account and may do everything.
    pub(crate) fn iam_with_access_role(&mut self, name: &str) -> Iam {
        let partition = self.state.partition;
        let management = self.state.management_account;
        let id = self.state.unique_id("AROA");
        let mut identity = Identity::new(name, id, "/", self.stamp());
        identity.attached.insert(format!("arn:{partition}:iam::aws:policy/AdministratorAccess"));
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{management}:root"}},"Action":"sts:AssumeRole"}}]}}"#
        );
        let role = Role { identity, trust, description: None, max_session_duration_s: 3_600 };
        let mut iam = Iam { roles: BTreeMap::new(), ..Iam::default() };
        iam.insert_role(role);
        iam
    }

    fn refuse_management(&self, id: AccountId) -> Result<(), AwsError> {
        if id == self.state.management_account {
            let message = "You can't remove or close the management account of an organization.";
            return Err(AwsError::organizations("ConstraintViolationException", message));
        }
        Ok(())
    }

    fn status_shape(&self, id: &str, account: AccountId, requested: Timestamp) -> StatusShape {
        StatusShape {
            id: id.to_owned(),
            account_name: self.account(account).map(|a| a.name.clone()).unwrap_or_default(),
            state: "SUCCEEDED",
            requested_timestamp: requested,
            completed_timestamp: requested,
            account_id: account,
        }
    }
}
