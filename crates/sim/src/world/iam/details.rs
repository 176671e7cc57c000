//! The account's alias and summary.

use std::collections::BTreeMap;

use super::rules;
use crate::AwsError;
use crate::world::operation::{Empty, operation, shapes};
use crate::world::page::{MarkerInput, MarkerOutput};

shapes! {
    input ListAccountAliases { #[serde(flatten)] page: MarkerInput }
    input CreateAccountAlias { account_alias: String }
    input DeleteAccountAlias { account_alias: String }
    input GetAccountSummary {}
    output AliasesOutput { account_aliases: Vec<String>, #[serde(flatten)] page: MarkerOutput }
    output SummaryOutput { summary_map: BTreeMap<&'static str, usize> }
}

operation! {
    Iam ListAccountAliases -> AliasesOutput,
    run(self, world, caller) {
        let alias = world.iam(caller.account).and_then(|iam| iam.alias.clone());
        let (account_aliases, page) = self.page.page(alias.into_iter(), String::clone)?;
        Ok(AliasesOutput { account_aliases, page })
    }
}

operation! {
    Iam CreateAccountAlias -> Empty,
    run(self, world, caller) {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(3..=63).contains(&self.account_alias.len()) || !self.account_alias.chars().all(legal) {
            let rule = "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
            return Err(rules::constraint("accountAlias", &self.account_alias, rule));
        }
        let mut accounts = world.state.accounts.values();
        if accounts.any(|account| account.iam.alias.as_ref() == Some(&self.account_alias)) {
            let message = format!("The account alias {} already exists.", self.account_alias);
            return Err(AwsError::already_exists(message));
        }
        world.iam_mut(caller)?.alias = Some(self.account_alias);
        Ok(Empty {})
    }
}

operation! {
    Iam DeleteAccountAlias -> Empty,
    run(self, world, caller) {
        let alias = &mut world.iam_mut(caller)?.alias;
        if alias.as_ref() != Some(&self.account_alias) {
            let message = format!("The account alias {} cannot be found.", self.account_alias);
            return Err(AwsError::no_such_entity(message));
        }
        *alias = None;
        Ok(Empty {})
    }
}

operation! {
    Iam GetAccountSummary -> SummaryOutput,
    run(self, world, caller) {
        let iam = world.iam_mut(caller)?;
        let summary_map = BTreeMap::from([
            ("Roles", iam.roles.len()),
            ("RolesQuota", rules::ROLES_MAX),
            ("Users", iam.users.len()),
            ("UsersQuota", rules::USERS_MAX),
            ("Policies", iam.policies.len()),
            ("PoliciesQuota", rules::POLICIES_MAX),
            ("AttachedPoliciesPerRoleQuota", rules::ATTACHED_MAX),
            ("AccessKeysPerUserQuota", rules::ACCESS_KEYS_MAX),
        ]);
        Ok(SummaryOutput { summary_map })
    }
}
