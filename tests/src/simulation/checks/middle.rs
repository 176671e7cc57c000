//! Invariant 5: at no instant does a role allow or trust more than it did or should; the declared
//! boundary is set at creation; a role keeps its id.

use digitalex_sim::Role;

use super::ServedCall;
use super::ownership::{Ownership, Shown};
use crate::simulation::wanted::{ROLE, Wanted, WantedRole, normal_text};

pub(super) struct SafeMiddle;

impl SafeMiddle {
    pub(super) fn served(
        &self,
        served: &ServedCall<'_>,
        wanted: &mut Wanted,
        ownership: &Ownership,
    ) -> Option<String> {
        if !served.was_written() {
            return None;
        }
        let account = served.call.account;
        let wanted = wanted.role(account)?;
        let before = served.before.and_then(|account| account.iam.role(ROLE));
        let Some(after) = served.after().and_then(|account| account.iam.role(ROLE)) else {
            return Some(format!("the role of {account} is gone after {}", served.call.operation));
        };
        let wrong = match before {
            None => created(&wanted, after),
            Some(before) => changed(&wanted, before, after),
        };
        let shown = ownership.shown(served.process, account);
        let wrong = wrong.or_else(|| too_early(served.call.operation, shown, &wanted, before?));
        wrong.map(|wrong| format!("{} in {account}: {wrong}", served.call.operation))
    }
}

fn created(wanted: &WantedRole, role: &Role) -> Option<&'static str> {
    if !wanted.has_trust(role) {
        Some("the new role trusts others than it should")
    } else if !wanted.has_boundary(role.identity.boundary.as_deref()) {
        Some("the new role has not the boundary that it should have")
    } else if !wanted.is_tagged(role) {
        Some("the new role does not say whose it is")
    } else {
        None
    }
}

fn changed(wanted: &WantedRole, before: &Role, after: &Role) -> Option<&'static str> {
    let (was, is) = (&before.identity, &after.identity);
    let inline = |name: &str, text: &str| {
        was.inline.get(name).is_some_and(|before| before == text)
            || wanted.inline.get(name) == Some(&normal_text(text))
    };
    if was.id != is.id {
        Some("the role is another")
    } else if before.trust != after.trust && !wanted.has_trust(after) {
        Some("the trust is neither what it was nor what it should be")
    } else if !is.inline.iter().all(|(name, text)| inline(name, text)) {
        Some("an inline policy is neither what it was nor what it should be")
    } else if !is
        .attached
        .iter()
        .all(|arn| was.attached.contains(arn) || wanted.managed.contains(arn))
    {
        Some("a policy is attached that nobody wants")
    } else if was.boundary != is.boundary && !wanted.has_boundary(is.boundary.as_deref()) {
        Some("the boundary is neither what it was nor what it should be")
    } else {
        None
    }
}

/// Whoever is let in to a role that allows more must be those who should be. What the process was shown
/// may be from before its own writes, and what is wrong may be so since it looked.
fn too_early(
    operation: &str,
    shown: Option<Shown>,
    wanted: &WantedRole,
    before: &Role,
) -> Option<&'static str> {
    let allows = ["PutRolePolicy", "AttachRolePolicy"].contains(&operation);
    let Some(Shown::Present { trust_is_right, boundary_is_right, .. }) = shown else { return None };
    let lacks_boundary = wanted.lacks_boundary(before.identity.boundary.as_deref());
    if operation == "AttachRolePolicy" && !trust_is_right && !wanted.has_trust(before) {
        Some("it allows more while the trust is still wrong")
    } else if allows && !boundary_is_right && lacks_boundary {
        Some("it allows more before the boundary stands")
    } else {
        None
    }
}
