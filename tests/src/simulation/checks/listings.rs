//! Part of invariant 10: a listing that cannot be whole is told not to be.

use std::collections::BTreeSet;

use digitalex_engine::KeepEvent;
use digitalex_sim::faults::{CallInfo, Fault};

use super::{ProcessId, ServedCall};

/// Whose running listing cannot be whole.
#[derive(Default)]
pub(super) struct Listings(BTreeSet<ProcessId>);

impl Listings {
    pub(super) fn sent(&mut self, process: ProcessId, call: &CallInfo) {
        if call.operation == "ListAccounts" && !call.goes_on {
            self.0.remove(&process);
        }
    }

    pub(super) fn served(&mut self, served: &ServedCall<'_>, fault: Option<Fault>) {
        if served.answered && fault == Some(Fault::TokenRepeated) && served.outcome == Ok(true) {
            self.0.insert(served.process);
        }
    }

    pub(super) fn told(&mut self, process: ProcessId, event: &KeepEvent) -> Option<String> {
        let KeepEvent::ListingEnded { error, .. } = event else { return None };
        (self.0.remove(&process) && error.is_none())
            .then(|| "a listing whose token came twice is told to be whole".to_owned())
    }
}
