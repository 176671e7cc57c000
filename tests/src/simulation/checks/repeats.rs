//! Part of invariants 4 and 6: what was just written is not written again because a look does not show
//! it yet.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use digitalex_sim::faults::CallInfo;
use jiff::{SignedDuration, Timestamp};

use super::{ProcessId, ServedCall};
use crate::simulation::wanted::ROLE;

/// The writes that AWS has accepted, and told so.
#[derive(Default)]
pub(super) struct Repeats(BTreeMap<(AccountId, &'static str), (ProcessId, Timestamp)>);

/// So long a look may show what was before.
const GRACE: SignedDuration = SignedDuration::from_secs(29);

impl Repeats {
    pub(super) fn sent(&self, process: ProcessId, call: &CallInfo) -> Option<String> {
        let (by, at) = self.0.get(&(call.account, "CreateRole"))?;
        let soon = call.at.duration_since(*at) < GRACE;
        (call.operation == "CreateRole" && *by == process && soon)
            .then(|| format!("the role of {} is created a second time", call.account))
    }

    pub(super) fn served(&mut self, served: &ServedCall<'_>) -> Option<String> {
        let ServedCall { process, call, before, .. } = served;
        // Of these a role has several, and the call does not tell which.
        let has_many = ["AttachRolePolicy", "DetachRolePolicy"].contains(&call.operation);
        if !served.was_written() || has_many {
            return None;
        }
        let role = |account: &digitalex_sim::Account| account.iam.role(ROLE).cloned();
        let changed = before.map(|it| role(it)) != served.after().map(|it| role(it));
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
