//! Part of invariant 10: a listing that cannot be whole is told not to be.

use std::collections::BTreeSet;

use digitalex_engine::KeepEvent;
use digitalex_sim::faults::{CallInfo, Fault};

use super::{ProcessId, ServedCall};

/// Whose running listing cannot be whole.
#[derive(Default)]
pub(super) struct Listings {
    /// A page token came twice.
    cycled: BTreeSet<ProcessId>,
    /// The last page was not the last: it failed, or had no accounts but a token.
    unended: BTreeSet<ProcessId>,
}

impl Listings {
    pub(super) fn sent(&mut self, process: ProcessId, call: &CallInfo) {
        if call.operation != "ListAccounts" {
            return;
        }
        self.unended.remove(&process);
        if !call.goes_on {
            self.cycled.remove(&process);
        }
    }

    pub(super) fn served(&mut self, served: &ServedCall<'_>, fault: Option<Fault>) {
        if served.call.operation != "ListAccounts" {
            return;
        }
        let came = served.answered && served.outcome == Ok(true);
        if !came || fault == Some(Fault::EmptyPage) {
            self.unended.insert(served.process);
        }
        if came && fault == Some(Fault::TokenRepeated) {
            self.cycled.insert(served.process);
        }
    }

    pub(super) fn told(&mut self, process: ProcessId, event: &KeepEvent) -> Option<String> {
        let KeepEvent::ListingEnded { error, .. } = event else { return None };
        let (cycled, unended) = (self.cycled.remove(&process), self.unended.remove(&process));
        match error {
            None if cycled => Some("a listing whose token came twice is told to be whole"),
            None if unended => Some("a listing without its last page is told to be whole"),
            _ => None,
        }
        .map(str::to_owned)
    }
}
