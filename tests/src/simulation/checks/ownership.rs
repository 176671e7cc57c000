//! Invariant 1: no write reaches a role that was not just read as ours, nor one that nobody declared.

use std::collections::BTreeMap;

use digitalex_core::{AccountId, IdentityKind};
use digitalex_sim::faults::CallInfo;
use digitalex_sim::{Account, Role};

use super::{ProcessId, ServedCall};
use crate::simulation::wanted::{ROLE, Wanted};

/// What each process was last shown of each role.
pub(super) struct Ownership {
    adopts: bool,
    shown: BTreeMap<(ProcessId, AccountId), Shown>,
}

/// What a process was last shown of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Absent,
    Present {
        /// Whether a write is allowed to it: ours, or to be adopted, and at our path.
        may_write: bool,
        /// Whether its trust is what it should be.
        trust_is_right: bool,
        /// Whether it has the boundary that it should have, if it should have one.
        boundary_is_right: bool,
    },
}

impl Ownership {
    pub(super) fn new(adopts: bool) -> Self {
        Self { adopts, shown: BTreeMap::new() }
    }

    /// What the process was last shown of the role.
    pub(super) fn shown(&self, process: ProcessId, account: AccountId) -> Option<Shown> {
        self.shown.get(&(process, account)).copied()
    }

    pub(super) fn served(&self, served: &ServedCall<'_>, wanted: &mut Wanted) -> Option<String> {
        let ServedCall { process, call, .. } = served;
        // One that AWS refuses should not have been tried either, but one with credentials that are valid
        // no more is about nothing.
        if !call.is_write() || call.caller.is_none() {
            return None;
        }
        let (operation, account) = (call.operation, call.account);
        if !is_about(call, wanted.kind()) {
            return Some(format!("{operation} reached {} in {account}", call.resource));
        }
        if wanted.identity(account).is_none() {
            return Some(format!("{operation} in {account}, which takes no part"));
        }
        match (operation, self.shown(*process, account)) {
            ("CreateRole" | "CreateUser", Some(Shown::Absent)) => None,
            ("CreateRole" | "CreateUser", shown) => {
                Some(format!("{operation} in {account} after {shown:?}"))
            }
            (_, Some(Shown::Present { may_write: true, .. })) => None,
            (_, shown) => Some(format!("{operation} in {account} after {shown:?}")),
        }
    }

    /// What the answer tells the process.
    pub(super) fn learn(&mut self, served: &ServedCall<'_>, wanted: &mut Wanted) {
        let ServedCall { process, call, .. } = served;
        let key = (*process, call.account);
        if !is_about(call, wanted.kind()) {
            return;
        }
        // Of a refusal that is cut short the code may have come.
        let is_absent = matches!(served.outcome, Err(error) if error.code == "NoSuchEntity");
        if !served.answered && !is_absent {
            return;
        }
        match (call.operation, &served.outcome) {
            ("GetRole" | "GetUser", Ok(true)) => {
                let account = served.shown.or(served.after()).map(AsRef::as_ref);
                let shown = account.map_or(Shown::Absent, |account| self.read(account, wanted));
                self.shown.insert(key, shown);
            }
            ("GetRole" | "GetUser", Err(error)) if error.code == "NoSuchEntity" => {
                self.shown.insert(key, Shown::Absent);
            }
            ("CreateRole" | "CreateUser", Ok(true)) => {
                let shown = Shown::Present {
                    may_write: true,
                    trust_is_right: true,
                    boundary_is_right: true,
                };
                self.shown.insert(key, shown);
            }
            (operation, Ok(true)) => {
                if let Some(Shown::Present { trust_is_right, boundary_is_right, .. }) =
                    self.shown.get_mut(&key)
                {
                    *trust_is_right |= operation == "UpdateAssumeRolePolicy";
                    *boundary_is_right |=
                        operation.starts_with("Put") && operation.ends_with("PermissionsBoundary");
                }
            }
            _ => {}
        }
    }

    fn read(&self, account: &Account, wanted: &mut Wanted) -> Shown {
        let (Some(found), Some(wanted)) = (wanted.found(account), wanted.identity(account.id))
        else {
            return Shown::Absent;
        };
        let ours = wanted.is_tagged(&found);
        // A principal may show as a unique id: then it is the tag alone that tells.
        let trusts = |role: &Role| role.trust.contains("arn:aws:iam::911403356698:root");
        let by_hand = self.adopts && found.role.is_some_and(trusts);
        Shown::Present {
            may_write: (ours || by_hand) && wanted.is_at_path(&found),
            trust_is_right: wanted.has_trust(&found),
            boundary_is_right: !wanted.lacks_boundary(found.identity.boundary.as_deref()),
        }
    }
}

/// Whether the call is about the role or the user of ours; a group is named by the call that takes a user
/// out of it.
fn is_about(call: &CallInfo, kind: IdentityKind) -> bool {
    let is_kind = call.resource.contains(&format!(":{kind}/"));
    is_kind && call.role() == ROLE
        || kind == IdentityKind::User && call.operation == "RemoveUserFromGroup"
}
