//! Part of invariant 1: where more is to be removed than one plan may remove, nothing is.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use jiff::{SignedDuration, Timestamp};

use super::ServedCall;
use crate::simulation::wanted::Wanted;

pub(super) struct Removals {
    max: usize,
    /// When somebody else changed something in each account.
    changed_at: BTreeMap<AccountId, Timestamp>,
}

/// A plan that was made so soon after a change may not have been shown all of it.
const SHOWN_WITHIN: SignedDuration = SignedDuration::from_secs(60);

impl Removals {
    pub(super) fn new(max: usize) -> Self {
        Self { max, changed_at: BTreeMap::new() }
    }

    pub(super) fn changed_by_others(&mut self, account: AccountId, at: Timestamp) {
        self.changed_at.insert(account, at);
    }

    pub(super) fn served(&self, served: &ServedCall<'_>, wanted: &mut Wanted) -> Option<String> {
        let ServedCall { call, before, .. } = served;
        let removals =
            ["DetachRolePolicy", "DeleteRolePolicy", "DetachUserPolicy", "DeleteUserPolicy"];
        let removes = removals.contains(&call.operation);
        if !removes || !served.was_written() {
            return None;
        }
        let changed_at = self.changed_at.get(&call.account);
        if changed_at.is_some_and(|then| call.at.duration_since(*then) < SHOWN_WITHIN) {
            return None;
        }
        let identity = wanted.identity(call.account)?;
        let extras = identity.extras(&wanted.found(before.as_ref()?)?);
        (extras > self.max)
            .then(|| format!("{} in {}, with {extras} to go", call.operation, call.account))
    }
}
