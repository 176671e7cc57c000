//! Part of invariant 10: a listing that cannot be whole is told not to be, and one that came whole is read
//! whole.

use std::collections::BTreeSet;

use digitalex_engine::KeepEvent;
use digitalex_sim::faults::{CallInfo, Fault, Service};

use super::{ProcessId, ServedCall};

/// How the running listing of each process fares.
#[derive(Default)]
pub(super) struct Listings {
    /// All calls to Organizations were answered since it began.
    all_came: BTreeSet<ProcessId>,
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
            self.all_came.insert(process);
        }
    }

    pub(super) fn served(&mut self, served: &ServedCall<'_>, fault: Option<Fault>) {
        let came = served.answered && served.outcome == Ok(true);
        if !came && served.call.service != Service::Iam {
            self.all_came.remove(&served.process);
        }
        if served.call.operation != "ListAccounts" {
            return;
        }
        if !came || fault == Some(Fault::EmptyPage) {
            self.unended.insert(served.process);
        }
        // An empty page can have the token that it was asked for with.
        if [Some(Fault::TokenRepeated), Some(Fault::EmptyPage)].contains(&fault) {
            self.all_came.remove(&served.process);
        }
        if came && fault == Some(Fault::TokenRepeated) {
            self.cycled.insert(served.process);
        }
    }

    pub(super) fn told(&mut self, process: ProcessId, event: &KeepEvent) -> Option<String> {
        let KeepEvent::ListingEnded { error, .. } = event else { return None };
        let (cycled, unended) = (self.cycled.remove(&process), self.unended.remove(&process));
        let all_came = self.all_came.remove(&process);
        match error {
            None if cycled => Some("a listing whose token came twice is told to be whole"),
            None if unended => Some("a listing without its last page is told to be whole"),
            // What halts a run, or stops it, ends its listing too.
            Some(error) if all_came && error.contains("ListAccounts") => {
                Some("a listing all of whose pages came is told to be broken off")
            }
            _ => None,
        }
        .map(str::to_owned)
    }
}
