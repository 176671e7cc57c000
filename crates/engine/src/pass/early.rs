//! The warm start: accounts of the last listing are visited before the fresh listing has named them,
//! and recorded only when it has.

use std::collections::BTreeMap;
use std::sync::Arc;

use digitalex_core::AccountId;

use crate::{Account, Assignment, Visit};

/// The accounts that are visited early.
#[derive(Default)]
pub(super) struct Early(BTreeMap<AccountId, EarlyVisit>);

/// What becomes of an early visit.
#[derive(Debug)]
pub(super) enum Settled {
    /// Its record stands.
    Record(Box<Visit>),
    /// The account is not what it was: decide anew.
    Decide(Account),
    /// The account has left the organization.
    Gone,
}

struct EarlyVisit {
    assignment: Arc<Assignment>,
    visited: Option<Box<Visit>>,
    standing: Standing,
}

/// What the fresh listing says.
enum Standing {
    Unlisted,
    /// It takes part as before, under this name where the listing said one.
    Listed(Option<String>),
    /// It takes part as something else, or not at all.
    Changed(Account),
    Gone,
}

impl Early {
    /// An account that takes part as `assignment` if nothing has changed since the last listing.
    pub(super) fn add(&mut self, account: AccountId, assignment: Arc<Assignment>) {
        let visit = EarlyVisit { assignment, visited: None, standing: Standing::Unlisted };
        self.0.insert(account, visit);
    }

    /// What it was taken to take part as, where it is visited early.
    pub(super) fn assignment(&self, account: AccountId) -> Option<&Arc<Assignment>> {
        self.0.get(&account).map(|visit| &visit.assignment)
    }

    /// The fresh listing names it; `same` says whether it takes part as before.
    pub(super) fn listed(&mut self, account: Account, same: bool) -> Option<Settled> {
        let id = account.id;
        let visit = self.0.get_mut(&id)?;
        visit.standing =
            if same { Standing::Listed(Some(account.name)) } else { Standing::Changed(account) };
        self.settle(id)
    }

    /// It is no longer in the organization.
    pub(super) fn gone(&mut self, account: AccountId) -> Option<Settled> {
        self.0.get_mut(&account)?.standing = Standing::Gone;
        self.settle(account)
    }

    /// Nobody can say whether it is still there: what was found stands.
    pub(super) fn unconfirmed(&mut self, account: AccountId) -> Option<Settled> {
        self.0.get_mut(&account)?.standing = Standing::Listed(None);
        self.settle(account)
    }

    /// It was visited. Gives the record back where it was not visited early.
    pub(super) fn visited(&mut self, visited: Box<Visit>) -> Option<Settled> {
        let id = visited.record.id;
        let Some(early) = self.0.get_mut(&id) else { return Some(Settled::Record(visited)) };
        early.visited = Some(visited);
        self.settle(id)
    }

    /// Whether a visit would be in vain: what becomes of the account without one.
    pub(super) fn before_visit(&mut self, account: AccountId) -> Option<Settled> {
        match self.0.get(&account)?.standing {
            Standing::Changed(_) | Standing::Gone => self.remove(account),
            Standing::Unlisted | Standing::Listed(_) => None,
        }
    }

    /// Those that the fresh listing has not named.
    pub(super) fn unlisted(&self) -> Vec<AccountId> {
        let unlisted = |visit: &EarlyVisit| matches!(visit.standing, Standing::Unlisted);
        self.0.iter().filter(|(_, visit)| unlisted(visit)).map(|(id, _)| *id).collect()
    }

    fn settle(&mut self, account: AccountId) -> Option<Settled> {
        let visit = self.0.get(&account)?;
        let known = !matches!(visit.standing, Standing::Unlisted);
        if known && visit.visited.is_some() { self.remove(account) } else { None }
    }

    fn remove(&mut self, account: AccountId) -> Option<Settled> {
        let EarlyVisit { visited, standing, .. } = self.0.remove(&account)?;
        match standing {
            Standing::Changed(account) => Some(Settled::Decide(account)),
            Standing::Gone => Some(Settled::Gone),
            Standing::Unlisted => visited.map(Settled::Record),
            Standing::Listed(name) => visited.map(|mut visited| {
                if let Some(name) = name {
                    visited.record.name = name;
                }
                Settled::Record(visited)
            }),
        }
    }
}
