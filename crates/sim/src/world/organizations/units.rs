//! Organizational units.

use std::collections::BTreeMap;

use super::accounts::check_parent;
use super::invalid_input;
use super::organization::FULL_AWS_ACCESS;
use crate::AwsError;
use crate::world::operation::{Empty, Tag, operation, shapes};
use crate::world::page::TokenInput;
use crate::world::{OrganizationState, OrganizationalUnit, World};

shapes! {
    input CreateOrganizationalUnit { parent_id: String, name: String, tags: Option<Vec<Tag>> }
    input UpdateOrganizationalUnit { organizational_unit_id: String, name: Option<String> }
    input DeleteOrganizationalUnit { organizational_unit_id: String }
    input DescribeOrganizationalUnit { organizational_unit_id: String }
    input ListOrganizationalUnitsForParent { parent_id: String, #[serde(flatten)] page: TokenInput }
    output UnitOutput { organizational_unit: UnitShape }
    output UnitsOutput { organizational_units: Vec<UnitShape>, next_token: Option<String> }
    output UnitShape { id: String, arn: String, name: String, path: String }
}

operation! {
    Organizations CreateOrganizationalUnit -> UnitOutput,
    run(self, world, caller) {
        let organization = world.change_organization(caller)?;
        check_parent(organization, &self.parent_id)?;
        check_name(organization, &self.parent_id, &self.name)?;
        // Organizations "Quotas": OUs nest five levels deep below the root.
        if organization.path_to(&self.parent_id).len() > 5 {
            let message = "You attempted to create an OU tree that is too many levels deep.";
            return Err(AwsError::organizations("ConstraintViolationException", message));
        }
        let prefix = organization.root.id.replacen("r-", "ou-", 1);
        let id = world.state.organizations_id(&format!("{prefix}-"), 8);
        let tags = self.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        let tags: BTreeMap<_, _> = tags.collect();
        let unit = OrganizationalUnit { id: id.clone(), name: self.name, parent: self.parent_id, tags };
        let organization = world.change_organization(caller)?;
        organization.units.insert(id.clone(), unit);
        if organization.root.service_control_policies
            && let Some(policy) = organization.policies.get_mut(FULL_AWS_ACCESS)
        {
            policy.targets.insert(id.clone());
        }
        world.unit_output(world.read_organization(caller)?, &id)
    }
}

operation! {
    Organizations UpdateOrganizationalUnit -> UnitOutput,
    run(self, world, caller) {
        let organization = world.change_organization(caller)?;
        let id = self.organizational_unit_id;
        let parent = organization.units.get(&id).ok_or_else(unit_not_found)?.parent.clone();
        if let Some(name) = self.name {
            check_name(organization, &parent, &name)?;
            organization.units.entry(id.clone()).and_modify(|unit| unit.name = name);
        }
        world.unit_output(world.read_organization(caller)?, &id)
    }
}

operation! {
    Organizations DeleteOrganizationalUnit -> Empty,
    run(self, world, caller) {
        let id = self.organizational_unit_id;
        let parent = Some(&id);
        let has_accounts = world.state.accounts.values().any(|a| a.parent.as_ref() == parent);
        let organization = world.change_organization(caller)?;
        if !organization.units.contains_key(&id) {
            return Err(unit_not_found());
        }
        if has_accounts || organization.units.values().any(|unit| unit.parent == id) {
            let message = "The specified OU is not empty.";
            return Err(AwsError::organizations("OrganizationalUnitNotEmptyException", message));
        }
        organization.units.remove(&id);
        for policy in organization.policies.values_mut() {
            policy.targets.remove(&id);
        }
        Ok(Empty {})
    }
}

operation! {
    Organizations DescribeOrganizationalUnit -> UnitOutput,
    run(self, world, caller) {
        world.unit_output(world.read_organization(caller)?, &self.organizational_unit_id)
    }
}

operation! {
    Organizations ListOrganizationalUnitsForParent -> UnitsOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        check_parent(organization, &self.parent_id)?;
        let children = organization.units.values().filter(|unit| unit.parent == self.parent_id);
        let (page, next_token) = self.page.page(children, |unit| unit.id.clone())?;
        let organizational_units =
            page.into_iter().map(|unit| world.unit_shape(organization, unit)).collect();
        Ok(UnitsOutput { organizational_units, next_token })
    }
}

fn check_name(organization: &OrganizationState, parent: &str, name: &str) -> Result<(), AwsError> {
    if !(1..=128).contains(&name.chars().count()) {
        return Err(invalid_input("You specified an invalid value for Name."));
    }
    if organization.units.values().any(|unit| unit.parent == parent && unit.name == name) {
        let message = "An OU with the same name already exists.";
        return Err(AwsError::organizations("DuplicateOrganizationalUnitException", message));
    }
    Ok(())
}

fn unit_not_found() -> AwsError {
    let message = "You specified an organizational unit that doesn't exist.";
    AwsError::organizations("OrganizationalUnitNotFoundException", message)
}

impl World {
    fn unit_output(
        &self,
        organization: &OrganizationState,
        id: &str,
    ) -> Result<UnitOutput, AwsError> {
        let unit = organization.units.get(id).ok_or_else(unit_not_found)?;
        Ok(UnitOutput { organizational_unit: self.unit_shape(organization, unit) })
    }

    fn unit_shape(&self, organization: &OrganizationState, unit: &OrganizationalUnit) -> UnitShape {
        UnitShape {
            id: unit.id.clone(),
            arn: self.organizations_arn("ou", &unit.id),
            name: unit.name.clone(),
            path: format!("{}/{}/", organization.id, organization.path_to(&unit.id).join("/")),
        }
    }
}
