//! The children of a root or OU.

use super::accounts::check_parent;
use super::invalid_input;
use crate::world::operation::{operation, shapes};
use crate::world::page::TokenInput;

shapes! {
    input ListChildren { parent_id: String, child_type: String, #[serde(flatten)] page: TokenInput }
    output ChildrenOutput { children: Vec<ChildShape>, next_token: Option<String> }
    output ChildShape { id: String, r#type: String }
}

operation! {
    Organizations ListChildren -> ChildrenOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        check_parent(organization, &self.parent_id)?;
        let ids: Vec<String> = match self.child_type.as_str() {
            "ACCOUNT" => world
                .state
                .accounts
                .values()
                .filter(|account| account.parent.as_ref() == Some(&self.parent_id))
                .map(|account| account.id.to_string())
                .collect(),
            "ORGANIZATIONAL_UNIT" => organization
                .units
                .values()
                .filter(|unit| unit.parent == self.parent_id)
                .map(|unit| unit.id.clone())
                .collect(),
            _ => return Err(invalid_input("You specified an invalid value for ChildType.")),
        };
        let (page, next_token) = self.page.page(ids.into_iter(), String::clone)?;
        let child = |id| ChildShape { id, r#type: self.child_type.clone() };
        Ok(ChildrenOutput { children: page.into_iter().map(child).collect(), next_token })
    }
}
