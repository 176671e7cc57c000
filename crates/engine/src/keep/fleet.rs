//! The accounts that the loop knows, and the little that it keeps of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use digitalex_core::{AccountId, AccountRecord, Cause, Effect, FleetStatus, Verdict};
use jiff::Timestamp;

use super::visiting::Pending;
use crate::{Account, AccountDetail, Assignment, Scope, Selection, cause};

/// The accounts that the loop knows, in the order of their ids, so that the same events make it do the
/// same things in the same order.
#[derive(Default)]
pub(super) struct Fleet(BTreeMap<AccountId, Tracked>);

/// One account. Neither documents nor differences are kept, but for a change that is not confirmed.
pub(super) struct Tracked {
    pub(super) account: Account,
    pub(super) standing: Standing,
    /// What the last record said; none before the first.
    pub(super) latest: Option<Latest>,
    /// Visits in a row that have not ended well, all for the same kind of reason.
    pub(super) failures: u32,
    /// Whether those were visits that could not read it.
    pub(super) unreachable: bool,
    /// Whether the last listing that could tell has named it. Where not, whether it still belongs to
    /// the organization is not known, and it is never written to.
    pub(super) confirmed: bool,
    /// The number of the listing that named it last.
    pub(super) named_in: u64,
    /// The number of the pass in which its last visit began.
    pub(super) visited_in: u64,
    /// The running pass waits for it.
    pub(super) awaited: bool,
    /// It drifted, or may have, and could not be written to then.
    pub(super) owed: bool,
    pub(super) in_flight: bool,
    /// Until then a look may show what was before a write: it is not written to.
    pub(super) quiet_until: Option<Timestamp>,
    /// It could not be read so often that passes leave it out until then.
    pub(super) rests_until: Option<Timestamp>,
    pub(super) pending: Option<Box<Pending>>,
}

/// Whether an account takes part.
pub(super) enum Standing {
    /// It does, as this.
    Selected(Arc<Assignment>),
    /// It does not: skipped, or held for a mistake in the configuration.
    Out(Verdict, Cause),
    /// Too little of it is known to say; the next listing tells.
    Unknown,
}

/// What the last record of an account said.
#[derive(Clone, Copy)]
pub(super) struct Latest {
    pub(super) verdict: Verdict,
    pub(super) effect: Option<Effect>,
    pub(super) adopted: bool,
}

impl Standing {
    /// What `scope` makes of the account, as far as it is known.
    pub(super) fn of(account: &Account, scope: &Scope) -> Self {
        let AccountDetail { ou_path, tags } = scope.detail();
        if ou_path && account.ou_path.is_none() || tags && account.tags.is_none() {
            return Self::Unknown;
        }
        match scope.select(account) {
            Ok(Selection::Selected(assignment)) => Self::Selected(assignment),
            Ok(Selection::Skipped(reason)) => Self::Out(Verdict::Skipped, cause::of_skip(&reason)),
            Err(error) => Self::Out(Verdict::Held, cause::configuration(error.to_string())),
        }
    }

    /// As what it takes part.
    pub(super) fn assignment(&self) -> Option<&Arc<Assignment>> {
        match self {
            Self::Selected(assignment) => Some(assignment),
            Self::Out(..) | Self::Unknown => None,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Selected(one), Self::Selected(two)) => Arc::ptr_eq(one, two),
            (Self::Out(verdict, cause), Self::Out(other, why)) => verdict == other && cause == why,
            (Self::Unknown, Self::Unknown) => true,
            _ => false,
        }
    }
}

impl Tracked {
    fn new(account: Account, standing: Standing) -> Self {
        Self {
            account,
            standing,
            latest: None,
            failures: 0,
            unreachable: false,
            confirmed: false,
            named_in: 0,
            visited_in: 0,
            awaited: false,
            owed: false,
            in_flight: false,
            quiet_until: None,
            rests_until: None,
            pending: None,
        }
    }
}

impl Fleet {
    /// The account, where it is known.
    pub(super) fn get_mut(&mut self, id: AccountId) -> Option<&mut Tracked> {
        self.0.get_mut(&id)
    }

    /// Takes up an account of the memory, which no listing has named yet.
    pub(super) fn remember(&mut self, account: Account, scope: &Scope) -> &mut Tracked {
        let standing = Standing::of(&account, scope);
        self.0.entry(account.id).insert_entry(Tracked::new(account, standing)).into_mut()
    }

    /// The organization names the account, in this listing. Says whether it is new, or takes part
    /// otherwise than before, or can be written to only now.
    pub(super) fn named(
        &mut self,
        account: Account,
        scope: &Scope,
        listing: u64,
    ) -> (&mut Tracked, bool) {
        let standing = Standing::of(&account, scope);
        let mut changed = false;
        let tracked = self.0.entry(account.id).or_insert_with(|| {
            changed = true;
            Tracked::new(account.clone(), Standing::Unknown)
        });
        changed |= tracked.latest.is_none() && !tracked.in_flight
            || !tracked.standing.is_same(&standing)
            || tracked.account.ou_path != account.ou_path
            || tracked.account.state != account.state
            || tracked.owed && !tracked.confirmed;
        (tracked.account, tracked.standing) = (account, standing);
        (tracked.confirmed, tracked.named_in) = (true, listing);
        (tracked, changed)
    }

    /// Those that this listing has not named.
    pub(super) fn unnamed(&self, listing: u64) -> Vec<AccountId> {
        let unnamed = self.0.iter().filter(|(_, tracked)| tracked.named_in != listing);
        unnamed.map(|(id, _)| *id).collect()
    }

    /// Those that drifted, or may have, when they could not be written to.
    pub(super) fn owed(&self) -> Vec<AccountId> {
        self.0.iter().filter(|(_, tracked)| tracked.owed).map(|(id, _)| *id).collect()
    }

    /// Forgets an account that is no longer in the organization.
    pub(super) fn remove(&mut self, id: AccountId) -> Option<Tracked> {
        self.0.remove(&id)
    }

    /// Decides anew for every account.
    pub(super) fn select_anew(&mut self, scope: &Scope) {
        for tracked in self.0.values_mut() {
            tracked.standing = Standing::of(&tracked.account, scope);
        }
    }

    /// No pass waits for any account.
    pub(super) fn await_none(&mut self) {
        self.0.values_mut().for_each(|tracked| tracked.awaited = false);
    }

    /// Every account once, by its latest record.
    pub(super) fn status(&self) -> FleetStatus {
        let mut status = FleetStatus::default();
        for tracked in self.0.values() {
            match tracked.latest {
                Some(Latest { verdict, effect, adopted }) => {
                    status.count_in(verdict, effect, adopted);
                }
                None => status.count_in(Verdict::NotVisited, None, false),
            }
        }
        status
    }
}

impl Latest {
    pub(super) fn of(record: &AccountRecord) -> Self {
        Self { verdict: record.verdict, effect: record.effect, adopted: record.adopted }
    }
}
