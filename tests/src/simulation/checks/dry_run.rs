//! Invariant 2: whoever only looks makes no call that could change anything.

use super::ServedCall;
use crate::simulation::scenario::Mode;

pub(super) struct DryRun {
    mode: Mode,
}

impl DryRun {
    pub(super) fn new(mode: Mode) -> Self {
        Self { mode }
    }

    pub(super) fn served(&self, served: &ServedCall<'_>) -> Option<String> {
        let ServedCall { call, .. } = served;
        let writes = call.is_write() && !self.mode.writes();
        writes.then(|| format!("{} in {} though {:?}", call.operation, call.account, self.mode))
    }
}
