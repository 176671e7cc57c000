//! Invariant 10: each account ends in one status, which is the truth; a partial listing is told.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::{AccountId, Verdict};
use digitalex_engine::KeepEvent;
use digitalex_sim::faults::CallInfo;
use digitalex_sim::{AccountState, World};
use jiff::{SignedDuration, Timestamp};

use super::ProcessId;
use crate::simulation::scenario::{Mode, Scenario};
use crate::simulation::wanted::Wanted;
use crate::simulation::wanted_identity::ASPECTS;

/// What was true of each account, and until when.
pub(super) struct TruthfulReport {
    standings: BTreeMap<AccountId, Standing>,
    /// What the running listing of each run has named.
    listed: BTreeMap<ProcessId, BTreeSet<AccountId>>,
    /// The accounts that each process knows: a run those of the last whole listing.
    known: BTreeMap<ProcessId, BTreeSet<AccountId>>,
    /// When each account is visited next, as was told last.
    next_visits: BTreeMap<AccountId, Timestamp>,
    /// When the running pass of each process began.
    pass_began: BTreeMap<ProcessId, Timestamp>,
    is_daemon: bool,
    of_users: bool,
    /// So soon it is noticed that an account is not active any more.
    noticed_within: SignedDuration,
    /// So soon it is noticed that an account has left: two listings may be needed, since one may fail.
    left_within: SignedDuration,
}

/// Whether the role is as wanted, and when it was last otherwise.
struct Standing {
    agreement: [bool; ASPECTS.len()],
    /// A look can show what an aspect was a moment ago beside what another one is now.
    last_agreed: [Option<Timestamp>; ASPECTS.len()],
    last_unmet: Option<Timestamp>,
    active: bool,
    last_active: Option<Timestamp>,
    last_inactive: Option<Timestamp>,
    member_since: Option<Timestamp>,
    left_at: Option<Timestamp>,
}

/// What was true so long ago may still be told: a visit takes its time, and reads may be stale.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(400);

impl Standing {
    fn is_met(&self) -> bool {
        !self.agreement.contains(&false)
    }
}

impl TruthfulReport {
    pub(super) fn new(scenario: &Scenario, world: &World, wanted: &mut Wanted) -> Self {
        let listed_every = SignedDuration::try_from(scenario.interval * 2).unwrap_or_default();
        let listed_twice =
            SignedDuration::try_from(scenario.listing_interval * 2).unwrap_or_default();
        let mut report = Self {
            left_within: listed_twice + SignedDuration::from_mins(20),
            standings: BTreeMap::new(),
            listed: BTreeMap::new(),
            known: BTreeMap::new(),
            next_visits: BTreeMap::new(),
            pass_began: BTreeMap::new(),
            of_users: scenario.keys,
            is_daemon: matches!(scenario.mode, Mode::Correct | Mode::Observe),
            noticed_within: listed_every + SignedDuration::from_mins(60),
        };
        for id in world.state().accounts.keys() {
            report.changed(*id, world, wanted, Timestamp::MIN);
        }
        report
    }

    pub(super) fn changed(
        &mut self,
        id: AccountId,
        world: &World,
        wanted: &mut Wanted,
        at: Timestamp,
    ) {
        let Some(account) = world.state().accounts.get(&id) else { return };
        let (agreement, active) =
            (wanted.agreement(account), account.state == AccountState::Active);
        let standing = self.standings.entry(id).or_insert(Standing {
            agreement,
            last_agreed: Default::default(),
            last_unmet: None,
            active,
            last_active: None,
            last_inactive: None,
            member_since: None,
            left_at: None,
        });
        if !standing.is_met() {
            standing.last_unmet = Some(at);
        }
        for (last, _) in standing.last_agreed.iter_mut().zip(standing.agreement).filter(|it| it.1) {
            *last = Some(at);
        }
        if standing.active {
            standing.last_active = Some(at);
        } else {
            standing.last_inactive = Some(at);
        }
        (standing.agreement, standing.active) = (agreement, active);
        (standing.member_since, standing.left_at) = match account.parent {
            Some(_) => (standing.member_since.or(Some(at)), None),
            None => (None, standing.left_at.or(Some(at))),
        };
    }

    /// Whether the account was an active member all the time.
    pub(super) fn stays(&self, id: AccountId) -> bool {
        self.standings.get(&id).is_some_and(|standing| {
            let always_active = standing.active && standing.last_inactive.is_none();
            always_active && standing.member_since == Some(Timestamp::MIN)
        })
    }

    /// When the account is visited next, as was told last.
    pub(super) fn next_visit(&self, id: AccountId) -> Option<Timestamp> {
        self.next_visits.get(&id).copied()
    }

    /// A process is about to enter an account, or to create a role in one.
    pub(super) fn sent(&self, call: &CallInfo) -> Option<String> {
        let standing = self.standings.get(&call.account)?;
        let left = standing.left_at.map(|then| call.at.duration_since(then));
        if ["CreateRole", "CreateUser"].contains(&call.operation)
            && left.is_some_and(|since| since > self.left_within)
        {
            return Some(format!(
                "{} in {}, which has left long ago",
                call.operation, call.account
            ));
        }
        let lately = standing.last_active.is_some_and(|then| {
            then > Timestamp::MIN && call.at.duration_since(then) < self.noticed_within
        });
        (call.operation == "AssumeRole" && !standing.active && !lately)
            .then(|| format!("{} is entered, which has not been active for long", call.account))
    }

    pub(super) fn told(
        &mut self,
        process: ProcessId,
        event: &KeepEvent,
        world: &World,
        wanted: &mut Wanted,
        at: Timestamp,
    ) -> Option<String> {
        match event {
            KeepEvent::PassStarted { .. } => {
                self.pass_began.insert(process, at);
                self.listed.remove(&process);
                None
            }
            KeepEvent::Listed(account) => {
                let names = if self.is_daemon { &mut self.known } else { &mut self.listed };
                names.entry(process).or_default().insert(account.id);
                None
            }
            KeepEvent::ListingEnded { error: None, .. } => {
                let listed = self.listed.remove(&process).unwrap_or_default();
                self.known.entry(process).or_default().extend(listed);
                None
            }
            KeepEvent::Left(id) => {
                self.known.entry(process).or_default().remove(id);
                let account = world.state().accounts.get(id);
                let is_member = account.is_some_and(|account| account.parent.is_some());
                is_member.then(|| format!("{id} is told to have left"))
            }
            KeepEvent::Visited(visit) => {
                if let Some(next) = visit.next_at {
                    self.next_visits.insert(visit.record.id, next);
                }
                let cause = visit.record.cause.as_ref().map(|cause| cause.code);
                if cause == Some("internal_error") {
                    return Some(format!("the program failed on {}", visit.record.id));
                }
                let (id, verdict) = (visit.record.id, visit.record.verdict);
                let account = world.state().accounts.get(&id)?;
                self.is_false(id, verdict, cause, at).then(|| {
                    let agreement = wanted.agreement(account);
                    let in_what = ASPECTS.iter().zip(agreement).filter(|it| !it.1).map(|it| *it.0);
                    let in_what = in_what.collect::<Vec<_>>();
                    format!("{id} is told to be {verdict:?}, and differs in {in_what:?}")
                })
            }
            KeepEvent::PassEnded(summary) => {
                let began = self.pass_began.get(&process).copied().unwrap_or(Timestamp::MIN);
                let counted = summary.status.total();
                let members = self.standings.iter().filter(|(id, standing)| {
                    let known = self.known.get(&process);
                    standing.member_since.is_some_and(|since| since < began)
                        && known.is_some_and(|known| known.contains(id))
                });
                let members = members.count();
                let incomplete = summary.status.listing_incomplete.is_some() || summary.interrupted;
                let unvisited = summary.status.count(Verdict::NotVisited);
                // A run that is halted says so in each record.
                if unvisited > 0 && !incomplete && self.is_daemon {
                    return Some(format!("a pass ends, with {unvisited} not visited"));
                }
                (counted < members && !incomplete).then(|| {
                    format!("a pass counts {counted} accounts, of which {members} were there")
                })
            }
            _ => None,
        }
    }

    fn is_false(
        &self,
        id: AccountId,
        verdict: Verdict,
        cause: Option<&str>,
        at: Timestamp,
    ) -> bool {
        let Some(standing) = self.standings.get(&id) else { return false };
        let recently = |then: Option<Timestamp>| {
            then.is_some_and(|then| then > Timestamp::MIN && at.duration_since(then) < TOLD_WITHIN)
        };
        match verdict {
            Verdict::InSync | Verdict::Converged => {
                let mut aspects = standing.agreement.iter().zip(standing.last_agreed);
                aspects.any(|(agrees, last)| !agrees && !recently(last))
            }
            // The old key of a user may be due for deletion, and the user as it should be.
            Verdict::Drifted => {
                !self.of_users && standing.is_met() && !recently(standing.last_unmet)
            }
            Verdict::Skipped if cause.is_some_and(is_inactive) => {
                standing.active && !recently(standing.last_inactive)
            }
            _ => false,
        }
    }
}

/// Whether an account is skipped with this cause because of its state.
fn is_inactive(cause: &str) -> bool {
    cause.starts_with("account_") || cause == "not_active"
}
