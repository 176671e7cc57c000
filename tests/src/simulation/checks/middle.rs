//! Invariant 5: at no instant does a role allow or trust more than it did or should; the declared
//! boundary is set at creation; a role keeps its id.

use super::ServedCall;
use super::ownership::{Ownership, Shown};
use crate::simulation::found::Found;
use crate::simulation::normal_text::normal_text;
use crate::simulation::wanted::Wanted;
use crate::simulation::wanted_identity::WantedIdentity;

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
        let identity = wanted.identity(account)?;
        let before = served.before.and_then(|account| wanted.found(account));
        let Some(after) = served.after().and_then(|account| wanted.found(account)) else {
            return Some(format!("nothing is left in {account} after {}", served.call.operation));
        };
        let wrong = match &before {
            None => created(&identity, &after),
            Some(before) => changed(&identity, before, &after),
        };
        let shown = ownership.shown(served.process, account);
        let wrong = wrong.or_else(|| too_early(served.call.operation, shown, &identity, &before?));
        wrong.map(|wrong| format!("{} in {account}: {wrong}", served.call.operation))
    }
}

fn created(wanted: &WantedIdentity, found: &Found<'_>) -> Option<&'static str> {
    if !wanted.has_trust(found) {
        Some("what is new trusts others than it should")
    } else if !wanted.has_boundary(found.identity.boundary.as_deref()) {
        Some("what is new has not the boundary that it should have")
    } else if !wanted.is_tagged(found) {
        Some("what is new does not say whose it is")
    } else {
        None
    }
}

fn changed(wanted: &WantedIdentity, before: &Found<'_>, after: &Found<'_>) -> Option<&'static str> {
    let (was, is) = (before.identity, after.identity);
    let trust = |found: &Found<'_>| found.role.map(|role| role.trust.clone());
    let inline = |name: &str, text: &str| {
        was.inline.get(name).is_some_and(|before| before == text)
            || wanted.inline.get(name) == Some(&normal_text(text))
    };
    if was.id != is.id {
        Some("it is another")
    } else if trust(before) != trust(after) && !wanted.has_trust(after) {
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
    wanted: &WantedIdentity,
    before: &Found<'_>,
) -> Option<&'static str> {
    let allows = ["PutRolePolicy", "AttachRolePolicy", "PutUserPolicy", "AttachUserPolicy"]
        .contains(&operation);
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
