//! Looking at accounts.

use std::ops::Bound;

use digitalex_core::AccountId;
use jiff::Timestamp;

use super::{account_id, account_not_found, parent_not_found};
use crate::AwsError;
use crate::world::operation::{operation, shapes};
use crate::world::page::{PageInput, TokenInput, first_token};
use crate::world::{Account, AccountState, Distortion, JoinedMethod, OrganizationState, World};

shapes! {
    input ListAccounts { #[serde(flatten)] page: TokenInput }
    input ListAccountsForParent { parent_id: String, #[serde(flatten)] page: TokenInput }
    input DescribeAccount { account_id: String }
    input ListParents { child_id: String, #[serde(flatten)] page: TokenInput }
    output AccountsOutput { accounts: Vec<AccountShape>, next_token: Option<String> }
    output AccountOutput { account: AccountShape }
    output AccountShape {
        id: AccountId,
        arn: String,
        email: String,
        name: String,
        status: Option<&'static str>,
        state: Option<AccountState>,
        paths: Vec<String>,
        joined_method: JoinedMethod,
        #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
        joined_timestamp: Timestamp,
    }
    output ParentsOutput { parents: Vec<ParentShape>, next_token: Option<String> }
    output ParentShape { id: String, r#type: &'static str }
}

operation! {
    Organizations ListAccounts -> AccountsOutput,
    more {
        fn page_input(&mut self) -> Option<PageInput<'_>> {
            Some(PageInput::Token(&mut self.page))
        }
        fn distort(output: &mut AccountsOutput, token: Option<String>, how: &Distortion) {
            match how {
                Distortion::EmptyPage => {
                    output.accounts.clear();
                    output.next_token = token.or_else(|| Some(first_token()));
                }
                Distortion::RepeatedToken => output.next_token = token,
                Distortion::LeftOut(drawn) if !output.accounts.is_empty() => {
                    let place = usize::try_from(*drawn).unwrap_or_default() % output.accounts.len();
                    output.accounts.remove(place);
                }
                how => output.accounts.iter_mut().for_each(|account| account.distort(how)),
            }
        }
    },
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let members = world.accounts_after(&self.page)?.filter(|account| account.parent.is_some());
        let (page, next_token) = self.page.page(members, |account| account.id.to_string())?;
        let accounts =
            page.into_iter().map(|account| world.account_shape(organization, account)).collect();
        Ok(AccountsOutput { accounts, next_token })
    }
}

operation! {
    Organizations ListAccountsForParent -> AccountsOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        check_parent(organization, &self.parent_id)?;
        let children = world
            .accounts_after(&self.page)?
            .filter(|account| account.parent.as_ref() == Some(&self.parent_id));
        let (page, next_token) = self.page.page(children, |account| account.id.to_string())?;
        let accounts =
            page.into_iter().map(|account| world.account_shape(organization, account)).collect();
        Ok(AccountsOutput { accounts, next_token })
    }
}

operation! {
    Organizations DescribeAccount -> AccountOutput,
    more {
        fn target(&self) -> Option<AccountId> {
            self.account_id.parse().ok()
        }
        fn distort(output: &mut AccountOutput, _: Option<String>, how: &Distortion) {
            output.account.distort(how);
        }
    },
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let account = world.member(account_id(&self.account_id)?)?;
        Ok(AccountOutput { account: world.account_shape(organization, account) })
    }
}

operation! {
    Organizations ListParents -> ParentsOutput,
    run(self, world, caller) {
        let organization = world.read_organization(caller)?;
        let child = || {
            let message = "You specified an organizational unit (OU) or account that doesn't exist.";
            AwsError::organizations("ChildNotFoundException", message)
        };
        let parent = match organization.units.get(&self.child_id) {
            Some(unit) => unit.parent.clone(),
            None => {
                let id = self.child_id.parse().map_err(|_| child())?;
                world.account(id).and_then(|account| account.parent.clone()).ok_or_else(child)?
            }
        };
        let kind = if parent == organization.root.id { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
        let parents = std::iter::once(ParentShape { id: parent, r#type: kind });
        let (parents, next_token) = self.page.page(parents, |parent| parent.id.clone())?;
        Ok(ParentsOutput { parents, next_token })
    }
}

impl AccountShape {
    fn distort(&mut self, how: &Distortion) {
        match how {
            Distortion::NoState => self.state = None,
            Distortion::NoStatus => self.status = None,
            _ => {}
        }
    }
}

pub(super) fn check_parent(organization: &OrganizationState, id: &str) -> Result<(), AwsError> {
    if id == organization.root.id || organization.units.contains_key(id) {
        Ok(())
    } else {
        Err(parent_not_found())
    }
}

impl World {
    /// The account, if it is in the organization.
    pub(super) fn member(&self, id: AccountId) -> Result<&Account, AwsError> {
        let member = self.account(id).filter(|account| account.parent.is_some());
        member.ok_or_else(account_not_found)
    }

    /// All accounts that come after those of the last page.
    fn accounts_after(
        &self,
        page: &TokenInput,
    ) -> Result<impl Iterator<Item = &Account>, AwsError> {
        let after: Option<AccountId> = page.after()?.and_then(|key| key.parse().ok());
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let accounts = self.state.accounts.range::<AccountId, _>(range);
        Ok(accounts.map(|(_, account)| account.as_ref()))
    }

    fn account_shape(&self, organization: &OrganizationState, account: &Account) -> AccountShape {
        let parents = account.parent.as_deref().map(|parent| organization.path_to(parent));
        let path = parents.unwrap_or_default().join("/");
        AccountShape {
            id: account.id,
            arn: self.organizations_arn("account", &account.id.to_string()),
            email: account.email.clone(),
            name: account.name.clone(),
            status: Some(account.state.status()),
            state: Some(account.state),
            paths: vec![format!("{}/{path}/{}/", organization.id, account.id)],
            joined_method: account.joined_method,
            joined_timestamp: account.joined,
        }
    }
}
