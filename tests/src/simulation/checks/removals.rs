//! Part of invariant 1: where more is to be removed than one plan may remove, nothing is.

use super::ServedCall;
use crate::simulation::wanted::{ROLE, Wanted};

pub(super) struct Removals {
    max: usize,
}

impl Removals {
    pub(super) fn new(max: usize) -> Self {
        Self { max }
    }

    pub(super) fn served(&self, served: &ServedCall<'_>, wanted: &mut Wanted) -> Option<String> {
        let ServedCall { call, before, .. } = served;
        let removes = ["DetachRolePolicy", "DeleteRolePolicy"].contains(&call.operation);
        if !removes || !served.was_written() {
            return None;
        }
        let role = before.and_then(|account| account.iam.role(ROLE))?;
        let extras = wanted.role(call.account)?.extras(role);
        (extras > self.max)
            .then(|| format!("{} in {}, with {extras} to go", call.operation, call.account))
    }
}
