//! Answers that are not as they should be: stale, in odd pages, without a member.

use std::sync::Arc;

use digitalex_core::AccountId;
use jiff::{SignedDuration, Timestamp};

use super::{Account, World};

/// How an answer is not as it should be.
#[derive(Debug, Clone)]
pub(crate) enum Distortion {
    /// It shows the account as it was.
    Stale(Arc<Account>),
    /// The page holds one item.
    ShortPage,
    /// The page holds nothing, and has a token to go on from the same place.
    EmptyPage,
    /// The page has the token that it was asked for with.
    RepeatedToken,
    /// An account of the page, drawn with this number, is left out.
    LeftOut(u64),
    /// DigitalEx's account shows as a unique id.
    UniqueIds,
    /// `State` is not sent.
    NoState,
    /// `Status` is not sent.
    NoStatus,
}

/// How long it is remembered what an account was.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(120);

/// What accounts were a while ago.
#[derive(Debug, Clone, Default)]
pub(super) struct Past(Vec<(Timestamp, Arc<Account>)>);

impl World {
    /// Begins to remember what accounts were before each IAM write.
    pub fn remember_past(&mut self) {
        self.past.get_or_insert_default();
    }

    /// The account as it was then; none where it was not another than now.
    pub(crate) fn account_at(&self, id: AccountId, then: Timestamp) -> Option<Arc<Account>> {
        let Past(past) = self.past.as_ref()?;
        let present = self.state.accounts.get(&id)?;
        let (_, account) =
            past.iter().find(|(until, account)| account.id == id && *until > then)?;
        Some(Arc::clone(account)).filter(|account| !Arc::ptr_eq(account, present))
    }

    /// The account is about to be written to.
    pub(super) fn keep_past(&mut self, id: AccountId) {
        let (Some(Past(past)), Some(account)) = (&mut self.past, self.state.accounts.get(&id))
        else {
            return;
        };
        let since = self.now.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        past.retain(|(until, _)| *until > since);
        past.push((self.now, Arc::clone(account)));
    }

    /// Does something with the account as it was.
    pub(super) fn with_past<T>(
        &mut self,
        account: &Arc<Account>,
        action: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let present = self.state.accounts.insert(account.id, Arc::clone(account));
        let done = action(self);
        if let Some(present) = present {
            self.state.accounts.insert(account.id, present);
        }
        done
    }
}
