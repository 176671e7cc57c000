//! Delegated administrators.

use jiff::Timestamp;

use super::account_id;
use crate::AwsError;
use crate::world::operation::{Empty, operation, shapes};
use crate::world::page::TokenInput;
use crate::world::{AccountState, JoinedMethod};

shapes! {
    input RegisterDelegatedAdministrator { account_id: String, service_principal: String }
    input DeregisterDelegatedAdministrator { account_id: String, service_principal: String }
    input ListDelegatedAdministrators {
        service_principal: Option<String>,
        #[serde(flatten)]
        page: TokenInput,
    }
    input ListDelegatedServicesForAccount { account_id: String, #[serde(flatten)] page: TokenInput }
    output AdministratorsOutput {
        delegated_administrators: Vec<AdministratorShape>,
        next_token: Option<String>,
    }
    output AdministratorShape {
        id: String,
        arn: String,
        email: String,
        name: String,
        status: &'static str,
        state: AccountState,
        joined_method: JoinedMethod,
        #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
        joined_timestamp: Timestamp,
        #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
        delegation_enabled_date: Timestamp,
    }
    output ServicesOutput { delegated_services: Vec<ServiceShape>, next_token: Option<String> }
    output ServiceShape {
        service_principal: String,
        #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
        delegation_enabled_date: Timestamp,
    }
}

operation! {
    Organizations RegisterDelegatedAdministrator -> Empty,
    run(self, world, caller) {
        world.change_organization(caller)?;
        let id = account_id(&self.account_id)?;
        world.member(id)?;
        if id == world.state.management_account {
            let message = "You can't register the management account as a delegated administrator.";
            return Err(AwsError::organizations("ConstraintViolationException", message));
        }
        let now = world.stamp();
        let services = world.change_organization(caller)?.delegated.entry(id).or_default();
        if services.contains_key(&self.service_principal) {
            let message = "The specified account is already a delegated administrator for this AWS service.";
            return Err(AwsError::organizations("AccountAlreadyRegisteredException", message));
        }
        services.insert(self.service_principal, now);
        Ok(Empty {})
    }
}

operation! {
    Organizations DeregisterDelegatedAdministrator -> Empty,
    run(self, world, caller) {
        let id = account_id(&self.account_id)?;
        let delegated = &mut world.change_organization(caller)?.delegated;
        let services = delegated.get_mut(&id);
        if services.and_then(|services| services.remove(&self.service_principal)).is_none() {
            return Err(not_registered());
        }
        delegated.retain(|_, services| !services.is_empty());
        Ok(Empty {})
    }
}

operation! {
    Organizations ListDelegatedAdministrators -> AdministratorsOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let wanted = |name: &String| self.service_principal.as_ref().is_none_or(|it| it == name);
        let administrators = organization.delegated.iter().filter_map(|(id, services)| {
            let enabled = services.iter().filter(|(name, _)| wanted(name)).map(|(_, at)| *at).min()?;
            let account = world.account(*id)?;
            Some(AdministratorShape {
                id: id.to_string(),
                arn: world.organizations_arn("account", &id.to_string()),
                email: account.email.clone(),
                name: account.name.clone(),
                status: account.state.status(),
                state: account.state,
                joined_method: account.joined_method,
                joined_timestamp: account.joined,
                delegation_enabled_date: enabled,
            })
        });
        let (page, next_token) = self.page.page(administrators, |found| found.id.clone())?;
        Ok(AdministratorsOutput { delegated_administrators: page, next_token })
    }
}

operation! {
    Organizations ListDelegatedServicesForAccount -> ServicesOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let id = account_id(&self.account_id)?;
        let services = organization.delegated.get(&id).ok_or_else(not_registered)?;
        let services = services.iter().map(|(name, at)| ServiceShape {
            service_principal: name.clone(),
            delegation_enabled_date: *at,
        });
        let (page, next_token) = self.page.page(services, |found| found.service_principal.clone())?;
        Ok(ServicesOutput { delegated_services: page, next_token })
    }
}

fn not_registered() -> AwsError {
    let message = "The specified account is not a delegated administrator for this AWS service.";
    AwsError::organizations("AccountNotRegisteredException", message)
}
