//! Invariant 7: an outcome that is not known is never told as success, and is followed by a read.

use std::collections::BTreeSet;

use digitalex_core::{AccountId, Verdict};
use digitalex_engine::{JournalEntry, KeepEvent};
use digitalex_sim::faults::{CallInfo, Service};

use super::{ProcessId, ServedCall};

/// Whose last write has an outcome that is not known.
#[derive(Default)]
pub(super) struct Ambiguity(BTreeSet<(ProcessId, AccountId)>);

impl Ambiguity {
    pub(super) fn sent(&mut self, process: ProcessId, call: &CallInfo) -> Option<String> {
        if call.service != Service::Iam {
            return None;
        }
        let key = (process, call.account);
        if call.is_write() && self.0.contains(&key) {
            let (operation, account) = (call.operation, call.account);
            return Some(format!(
                "{operation} in {account} right after a write of unknown outcome"
            ));
        }
        None
    }

    pub(super) fn served(&mut self, served: &ServedCall<'_>) {
        let ServedCall { process, call, answered, .. } = served;
        let key = (*process, call.account);
        if call.is_write() && !answered {
            self.0.insert(key);
        } else if ["GetRole", "GetUser"].contains(&call.operation) && *answered {
            self.0.remove(&key);
        }
    }

    pub(super) fn journalled(&self, process: ProcessId, entry: &JournalEntry) -> Option<String> {
        let JournalEntry::Outcome { account, verdict, .. } = entry else { return None };
        let is_unknown = self.0.contains(&(process, *account));
        let tells = matches!(verdict, Verdict::Converged | Verdict::InSync);
        (is_unknown && tells).then(|| format!("{verdict:?} of {account} is journalled unseen"))
    }

    pub(super) fn told(&self, process: ProcessId, event: &KeepEvent) -> Option<String> {
        let KeepEvent::Visited(visit) = event else { return None };
        let (account, verdict) = (visit.record.id, visit.record.verdict);
        let is_unknown = self.0.contains(&(process, account));
        let tells = matches!(verdict, Verdict::Converged | Verdict::InSync);
        (is_unknown && tells).then(|| format!("{verdict:?} of {account} is reported unseen"))
    }

    pub(super) fn ended(&mut self, process: ProcessId) {
        self.0.retain(|(of, _)| *of != process);
    }
}
