//! Sessions in the accounts: one for each account, assumed once however many ask, renewed ahead of
//! its end, and dropped when nobody needs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use digitalex_core::AccountId;
use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_engine::{CallError, Caller, Target};
use tokio::sync::Mutex;

use crate::assume::{RoleAssumer, SESSION};
use crate::base_credentials::BaseCredentials;
use crate::credentials::{CredentialSource, same};

/// A session is renewed so long before it ends.
const REFRESH_AHEAD: Duration = Duration::from_secs(300);
/// Fewer new slots than this are not worth a sweep, and more are too many without one.
const SWEEP_AT_MIN: usize = 64;
const SWEEP_EVERY_MAX: usize = 1_000;
/// Sessions held for accounts that nobody works on, at most, for the next pass: about 20 MB.
const IDLE_MAX: usize = 10_000;

/// The sessions of one run for one purpose.
pub(crate) struct Sessions {
    own_account: AccountId,
    base: Arc<BaseCredentials>,
    assumer: RoleAssumer,
    held: StdMutex<Held>,
}

/// One account's session, as a source of credentials.
pub(crate) struct TargetSession {
    sessions: Arc<Sessions>,
    slot: Slot,
    target: Target,
}

struct Held {
    slots: HashMap<AccountId, Slot>,
    /// With so many slots, those that serve nobody are dropped.
    sweep_at: usize,
}

/// Whoever finds it empty assumes the role; the others wait.
type Slot = Arc<Mutex<Option<Session>>>;

struct Session {
    target: Target,
    credentials: Credentials,
    /// On the run's monotonic clock, so that a wrong time of day does no harm.
    renew_at: Duration,
}

impl Sessions {
    /// No sessions yet. The caller's own account is reached with its own credentials.
    pub(crate) fn new(own_account: AccountId, assumer: RoleAssumer) -> Self {
        let held = StdMutex::new(Held { slots: HashMap::new(), sweep_at: SWEEP_AT_MIN });
        Self { own_account, base: Arc::clone(&assumer.base), assumer, held }
    }

    /// What makes the calls.
    pub(crate) fn caller(&self) -> &Caller {
        &self.assumer.caller
    }

    /// The session of a target; the role is assumed when credentials are first asked for.
    pub(crate) fn of(self: &Arc<Self>, target: &Target) -> TargetSession {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.slots.len() >= held.sweep_at {
            held.sweep(self.caller().clock().monotonic());
        }
        let whose = match is_planted(PlantedBug::SwapSessions) {
            true => self.own_account,
            false => target.account,
        };
        let slot = Arc::clone(held.slots.entry(whose).or_default());
        TargetSession { sessions: Arc::clone(self), slot, target: target.clone() }
    }
}

impl Held {
    fn sweep(&mut self, now: Duration) {
        let in_use = |slot: &Slot| Arc::strong_count(slot) > 1;
        let alive = |slot: &Slot| {
            slot.try_lock()
                .is_ok_and(|session| session.as_ref().is_some_and(|session| now < session.renew_at))
        };
        self.slots.retain(|_, slot| in_use(slot) || alive(slot));
        let mut idle = 0;
        self.slots.retain(|_, slot| {
            idle += usize::from(!in_use(slot));
            in_use(slot) || idle <= IDLE_MAX
        });
        let room = self.slots.len().clamp(SWEEP_AT_MIN, SWEEP_EVERY_MAX);
        self.sweep_at = self.slots.len() + room;
    }
}

impl TargetSession {
    /// Whether the account is the caller's, which is reached with the caller's own credentials.
    pub(crate) fn is_own(&self) -> bool {
        self.target.account == self.sessions.own_account
    }
}

#[async_trait]
impl CredentialSource for TargetSession {
    /// The account's session. No session policy can confine the caller's own credentials.
    async fn get(&self) -> Result<Credentials, CallError> {
        let Self { sessions, slot, target } = self;
        if self.is_own() {
            return sessions.base.get().await;
        }
        let mut session = slot.lock().await;
        let now = sessions.caller().clock().monotonic();
        if let Some(held) = session.as_ref()
            && (held.target == *target || is_planted(PlantedBug::SwapSessions))
            && (now < held.renew_at || is_planted(PlantedBug::ReuseExpiredSession))
        {
            return Ok(held.credentials.clone());
        }
        let credentials = sessions.assumer.assume(target).await?;
        let renew_at = now + SESSION - REFRESH_AHEAD;
        let target = target.clone();
        *session = Some(Session { target, credentials: credentials.clone(), renew_at });
        Ok(credentials)
    }

    async fn forget(&self, stale: &Credentials) {
        if self.is_own() {
            return self.sessions.base.forget(stale).await;
        }
        let mut session = self.slot.lock().await;
        if session.as_ref().is_some_and(|held| same(&held.credentials, stale))
            && !is_planted(PlantedBug::ReuseExpiredSession)
        {
            *session = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use digitalex_core::{Identity, IdentityKind, IdentityName, IdentityPath};

    use super::*;

    fn slot(account: AccountId, renew_at: Duration) -> Slot {
        let target = Target {
            account,
            admin_roles: [].into(),
            identity: Identity {
                kind: IdentityKind::Role,
                name: IdentityName::new("digitalex-a").unwrap(),
            },
            path: IdentityPath::default(),
            inline_policies: [].into(),
        };
        let credentials = Credentials::new("ASIA", "s", None, None, "test");
        Arc::new(Mutex::new(Some(Session { target, credentials, renew_at })))
    }

    fn held(accounts: usize, renew_at: Duration) -> Held {
        let accounts = (0..accounts as u64).map(|number| AccountId::from_number(number).unwrap());
        let slots = accounts.map(|account| (account, slot(account, renew_at))).collect();
        Held { slots, sweep_at: SWEEP_AT_MIN }
    }

    #[test]
    fn sweep_should_drop_what_has_ended_and_keep_what_is_in_use() {
        let mut held = held(100, Duration::from_secs(10));
        let in_use = held.slots.values().next().map(Arc::clone);
        held.sweep(Duration::from_secs(9));
        assert_eq!(held.slots.len(), 100);
        held.sweep(Duration::from_secs(10));
        assert_eq!(held.slots.len(), 1);
        drop(in_use);
        held.sweep(Duration::from_secs(10));
        assert!(held.slots.is_empty());
    }

    #[test]
    fn sweep_should_bound_the_sessions_that_serve_nobody() {
        let mut held = held(IDLE_MAX + 500, Duration::from_secs(10));
        held.sweep(Duration::ZERO);
        assert_eq!(held.slots.len(), IDLE_MAX);
    }
}
