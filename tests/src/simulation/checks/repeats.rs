//! Part of invariants 4 and 6: what was just written is not written again because a look does not show
//! it yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use digitalex_core::AccountId;
use digitalex_sim::Account;
use digitalex_sim::faults::CallInfo;
use jiff::{SignedDuration, Timestamp};

use super::{ProcessId, ServedCall};
use crate::simulation::wanted::Wanted;

/// The writes that AWS has accepted, and told so.
#[derive(Default)]
pub(super) struct Repeats(BTreeMap<(AccountId, &'static str), (ProcessId, Timestamp)>);

/// So long a look may show what was before.
const GRACE: SignedDuration = SignedDuration::from_secs(29);

impl Repeats {
    pub(super) fn sent(&self, process: ProcessId, call: &CallInfo) -> Option<String> {
        if !["CreateRole", "CreateUser", "CreateAccessKey"].contains(&call.operation) {
            return None;
        }
        let (by, at) = self.0.get(&(call.account, call.operation))?;
        let soon = call.at.duration_since(*at) < GRACE;
        (*by == process && soon)
            .then(|| format!("{} in {} a second time", call.operation, call.account))
    }

    pub(super) fn served(&mut self, served: &ServedCall<'_>, wanted: &Wanted) -> Option<String> {
        let ServedCall { process, call, before, .. } = served;
        // Of these a role has several, and the call does not tell which.
        let has_many = call.operation.starts_with("Attach")
            || call.operation.starts_with("Detach")
            || call.operation == "RemoveUserFromGroup";
        if !served.was_written() || has_many {
            return None;
        }
        let (was, is) = (before.as_ref(), served.after());
        let found = |account: &'_ Arc<Account>| {
            let found = wanted.found(account)?;
            Some((found.role.cloned(), found.user.cloned()))
        };
        let changed = was.map(|it| found(it)) != is.map(found);
        let key = (call.account, call.operation);
        let last = self.0.get(&key).copied();
        if served.answered {
            self.0.insert(key, (*process, call.at));
        }
        let (by, at) = last?;
        let again = by == *process && call.at.duration_since(at) < GRACE;
        (!changed && again)
            .then(|| format!("{} in {} changes nothing", call.operation, call.account))
    }

    /// Somebody else has changed something: what is written again is no repetition.
    pub(super) fn changed_by_others(&mut self, account: AccountId) {
        self.0.retain(|(of, _), _| *of != account);
    }
}
