//! What each account should be, by the configuration in force, for those who look at one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use digitalex_core::{AccountId, DesiredIdentity};
use digitalex_engine::{Account, Assignment, Scope, Selection};
use jiff::Timestamp;

/// What each account should be. All accounts of one group share an assignment, so that an account
/// costs a few bytes.
pub(crate) struct Assignments(Mutex<Inner>);

struct Inner {
    scope: Scope,
    by_account: HashMap<AccountId, Arc<Assignment>>,
}

impl Assignments {
    pub(crate) fn new(scope: Scope) -> Self {
        Self(Mutex::new(Inner { scope, by_account: HashMap::new() }))
    }

    /// Another configuration: the pass that follows lists every account again.
    pub(crate) fn set_scope(&self, scope: Scope) {
        *self.inner() = Inner { scope, by_account: HashMap::new() };
    }

    /// A listing named the account.
    pub(crate) fn listed(&self, account: &Account) {
        let mut inner = self.inner();
        match inner.scope.select(account) {
            Ok(Selection::Selected(assignment)) => {
                inner.by_account.insert(account.id, assignment);
            }
            Ok(Selection::Skipped(_)) | Err(_) => {
                inner.by_account.remove(&account.id);
            }
        }
    }

    pub(crate) fn left(&self, account: AccountId) {
        self.inner().by_account.remove(&account);
    }

    /// The role or user that the account should have; none where it takes no part.
    pub(crate) fn desired(&self, account: AccountId, now: Timestamp) -> Option<DesiredIdentity> {
        let assignment = Arc::clone(self.inner().by_account.get(&account)?);
        assignment.template.desired(account, now.as_second()).ok()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
