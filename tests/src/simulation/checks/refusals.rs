//! Part of invariants 3 and 9: what AWS refuses for good is not tried again at once.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use digitalex_sim::faults::CallInfo;
use jiff::{SignedDuration, Timestamp};

use super::{ProcessId, ServedCall};

/// The last write of each account that was refused for good.
#[derive(Default)]
pub(super) struct Refusals(BTreeMap<(ProcessId, AccountId), (&'static str, Timestamp)>);

/// Whoever comes back sooner hammers.
const SOON: SignedDuration = SignedDuration::from_secs(15);

impl Refusals {
    pub(super) fn sent(&mut self, process: ProcessId, call: &CallInfo) -> Option<String> {
        let key = (process, call.account);
        let (operation, at) = self.0.get(&key)?;
        let again = *operation == call.operation && call.at.duration_since(*at) < SOON;
        again
            .then(|| format!("{operation} in {} right after it was refused for good", call.account))
    }

    pub(super) fn served(&mut self, served: &ServedCall<'_>) {
        let ServedCall { process, call, outcome, answered, .. } = served;
        if !call.is_write() {
            return;
        }
        let key = (*process, call.account);
        let for_good = ["LimitExceeded", "AccessDenied", "MalformedPolicyDocument"];
        match outcome {
            Err(error) if *answered && for_good.contains(&error.code) => {
                self.0.insert(key, (call.operation, call.at));
            }
            _ => {
                self.0.remove(&key);
            }
        }
    }

    pub(super) fn ended(&mut self, process: ProcessId) {
        self.0.retain(|(of, _), _| *of != process);
    }
}
