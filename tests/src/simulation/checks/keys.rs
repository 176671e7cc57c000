//! Invariant 11: no write of the product leaves a user without the recorded key that it had, records a key
//! whose secret no sink has, or hands out another than the recorded one.

use std::sync::Arc;

use digitalex_core::IdentityKind;
use digitalex_sim::Account;

use super::ServedCall;
use crate::memory_key_sink::MemoryKeySink;
use crate::simulation::found::{Found, has_secret, owner};

pub(super) struct Keys(Arc<MemoryKeySink>);

impl Keys {
    pub(super) fn new(sink: &Arc<MemoryKeySink>) -> Self {
        Self(Arc::clone(sink))
    }

    pub(super) fn served(&self, served: &ServedCall<'_>) -> Option<String> {
        if !served.was_written() {
            return None;
        }
        let (operation, account) = (served.call.operation, served.call.account);
        let user = |found: &'_ Arc<Account>| {
            let found = Found::in_account(found, IdentityKind::User)?;
            found.working_key(account, &self.0).map(str::to_owned)
        };
        let (worked, works) = (served.before.and_then(user), served.after().and_then(user));
        if worked.is_some() && works.is_none() {
            return Some(format!("{operation} in {account} leaves no working key"));
        }
        let after = Found::in_account(served.after()?, IdentityKind::User)?;
        (operation == "TagUser").then(|| self.record(&after, served)).flatten()
    }

    fn record(&self, user: &Found<'_>, served: &ServedCall<'_>) -> Option<String> {
        let (sink, account) = (&*self.0, served.call.account);
        for word in ["current", "next"] {
            let Some(id) = user.recorded(word) else { continue };
            // Somebody else may have deleted it, and one that the tag names already is not recorded now.
            let before = served.before.and_then(|it| Found::in_account(it, IdentityKind::User));
            let is_new = before.is_none_or(|before| before.recorded(word) != Some(id));
            let Some(key) = user.key(id).filter(|_| is_new) else { continue };
            if !has_secret(sink, account, id, key) {
                return Some(format!("the {word} key of {account} is recorded, and in no sink"));
            }
            let took_over = before.is_some_and(|before| before.recorded("next") == Some(id));
            let worked = before.is_some_and(|before| before.working_key(account, sink).is_some());
            if word == "current" && took_over && worked && !served.world.was_used(id) {
                return Some(format!("a key of {account} takes over that nobody uses"));
            }
            let handed_out = sink.handed_out(&owner(account));
            if word == "current" && handed_out.is_none_or(|handed_out| handed_out.as_str() != id) {
                return Some(format!("another key of {account} is handed out than recorded"));
            }
        }
        None
    }
}
