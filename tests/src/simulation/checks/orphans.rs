//! Invariant 6, for as long as things go on: no role is created that stands already or was not asked
//! for, and nothing of ours is left where it does not belong.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use digitalex_sim::World;

use super::ServedCall;
use crate::simulation::wanted::{ROLE, Wanted};

/// What else stood in each account that looks like ours.
pub(super) struct Orphans {
    others: BTreeMap<AccountId, usize>,
}

impl Orphans {
    pub(super) fn new(world: &World) -> Self {
        let accounts = world.state().accounts.keys();
        Self { others: accounts.map(|id| (*id, others(world, *id))).collect() }
    }

    pub(super) fn served(&self, served: &ServedCall<'_>, wanted: &Wanted) -> Option<String> {
        if !served.was_written() || !["CreateRole", "CreateUser"].contains(&served.call.operation) {
            return None;
        }
        let account = served.call.account;
        let stands = served.before.is_some_and(|account| wanted.found(account).is_some());
        stands.then(|| format!("the role or user of {account} was created over one that stood"))
    }

    pub(super) fn changed(&mut self, account: AccountId, world: &World) {
        let found = others(world, account);
        self.others.entry(account).or_insert(found);
    }

    pub(super) fn over(&self, world: &World) -> Option<String> {
        let left = self.others.iter().find(|(id, before)| others(world, **id) > **before);
        left.map(|(id, _)| format!("account {id} is left with a role of ours beside the one"))
    }
}

fn others(world: &World, account: AccountId) -> usize {
    let Some(account) = world.state().accounts.get(&account) else { return 0 };
    let ours = |name: &&String| name.starts_with("digitalex-") && *name != ROLE;
    account.iam.roles.keys().filter(ours).count()
}
