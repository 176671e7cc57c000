//! Mistakes that a programmer could make here, planted on purpose: the simulation must catch each.
//!
//! Each is one condition at the place where it would be made. What turns it on is the feature
//! `planted-bugs`, which no release build can have; without it no bug is ever planted, and the compiler
//! leaves nothing of it behind. Faults and invariants are those of the simulation, by their numbers.

#[cfg(all(feature = "planted-bugs", not(debug_assertions)))]
compile_error!("bugs are planted for tests only: no build for release may have them");

/// The crate that a planted bug sits in: only what runs that crate can catch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What should be true, what differs, what to do.
    Core,
    /// When and how to do it.
    Engine,
    /// The ports over the AWS SDK.
    Aws,
    /// The journal and the lease on disk.
    Store,
}

macro_rules! planted_bugs {
    ($($(#[doc = $doc:literal])+ $bug:ident = $name:literal in $place:ident,)+) => {
        /// A mistake that can be planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum PlantedBug {
            $($(#[doc = $doc])+ $bug,)+
        }

        impl PlantedBug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$bug),+];

            /// Its name, in kebab case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$bug => $name,)+
                }
            }

            /// The crate that it sits in.
            #[must_use]
            pub const fn place(self) -> Place {
                match self {
                    $(Self::$bug => Place::$place,)+
                }
            }
        }
    };
}

planted_bugs! {
    /// Every role of the name counts as ours. Invariant 1, fault 36: someone else's role is written to.
    SkipOwnershipCheck = "skip-ownership-check" in Core,
    /// A hand-made role, and one whose tag was removed, is taken over unasked. Invariant 1, fault 37:
    /// `TagRole` reaches a role that should be held.
    AdoptUnasked = "adopt-unasked" in Core,
    /// A key that nobody recorded is left. Invariant 3: of a process that was killed a key stays.
    KeepOrphanKeys = "keep-orphan-keys" in Core,
    /// A key takes over before anything proves that it is in use. Invariant 11.
    TakeOverUnproved = "take-over-unproved" in Core,
    /// A key is recorded though no sink took its secret. Invariant 11.
    RecordUnkeptKey = "record-unkept-key" in Engine,
    /// A key takes over that the sink does not hand out. Invariant 11.
    SwitchWithoutPromotion = "switch-without-promotion" in Engine,
    /// The steps of a plan come in the opposite order. Invariant 5: a policy is put, or someone let in,
    /// while the trust or another policy is still too wide.
    AllowBeforeNarrowing = "allow-before-narrowing" in Core,
    /// A role is created without its declared boundary, and the check does not mind. Invariant 5,
    /// fault 35: `CreateRole` without a boundary, which comes a visit later.
    LeaveOutBoundary = "leave-out-boundary" in Core,
    /// A role is tagged at the end of its creation, in a call of its own. Invariant 6, fault 43: killed
    /// or left before it, a role stays behind that nobody takes for ours.
    TagAfterCreation = "tag-after-creation" in Core,
    /// A role at another path is corrected as if it stood where it should. Invariants 1 and 10,
    /// fault 38: writes to a role in conflict, and a drift without end in the place of a hold.
    IgnorePathConflict = "ignore-path-conflict" in Core,
    /// A managed policy that nobody declared makes no difference. Invariants 3 and 10, fault 42: it
    /// stays attached, and the account is in sync.
    OverlookExtraManaged = "overlook-extra-managed" in Core,
    /// An inline policy that nobody declared makes no difference. Invariants 3 and 10, fault 42: it
    /// stays, and the account is in sync.
    OverlookExtraInline = "overlook-extra-inline" in Core,
    /// Trust policies are compared by whom they let in, not on what proof. Invariants 3 and 10: a trust
    /// without the external id, or with another, stays, and the account is in sync.
    OverlookExternalId = "overlook-external-id" in Core,
    /// A plan may remove however much. Invariant 10: an account that should be held for its many
    /// foreign policies is corrected.
    IgnoreRemovalLimit = "ignore-removal-limit" in Core,
    /// Parts that are only observed are corrected too. Invariant 2: writes while nothing, or not that
    /// part, is to be corrected.
    CorrectWhatIsOnlyObserved = "correct-what-is-only-observed" in Core,

    /// The violations that the check finds are thrown away. Invariant 10: a plan with one (too many
    /// removals, a quota) is applied where the account should be held.
    IgnoreVeto = "ignore-veto" in Engine,
    /// The intent is journalled after the writes. Invariant 6: a write before its intent; killed in
    /// between, nobody knows of it.
    WriteBeforeJournal = "write-before-journal" in Engine,
    /// An intent that the journal refuses stops no write. Invariant 6, fault 44: writes while the
    /// journal fails.
    WriteWithoutJournal = "write-without-journal" in Engine,
    /// Whatever the look after a write shows, the change counts as done. Invariants 7 and 10, faults 13
    /// and 14: converged, though a lost write was never executed.
    ConvergedWithoutALook = "converged-without-a-look" in Engine,
    /// A write whose outcome is unknown is made again, as if it was not executed. Invariant 7, faults
    /// 13 and 14: the call after it is the same write and not a read.
    RetryUnknownOutcome = "retry-unknown-outcome" in Engine,
    /// After a write whose outcome is unknown the plan goes on, as if it was executed. Invariant 7,
    /// faults 13 and 14: the call after it is the next write and not a read.
    GoOnAfterUnknownOutcome = "go-on-after-unknown-outcome" in Engine,
    /// A quota is retried like a throttle. Invariant 9, fault 3: the same call again after
    /// `LimitExceeded`.
    RetryLimitExceeded = "retry-limit-exceeded" in Engine,
    /// Waits are as long as they can be, each time. Invariant 9, fault 25: waits between attempts double
    /// exactly, passes begin exactly an interval apart, and accounts that failed together come back
    /// together.
    ForgetJitter = "forget-jitter" in Engine,
    /// Attempts follow each other at once, and a throttled bucket is not slowed. Invariant 9, faults 1
    /// and 2: hundreds of calls into a bucket that throttles them all.
    ForgetBackoff = "forget-backoff" in Engine,
    /// A call is made again for as long as it fails. Invariants 8 and 9, faults 15 and 25: more attempts
    /// than allowed, and visits that end only with the outage.
    AttemptWithoutEnd = "attempt-without-end" in Engine,
    /// A listing that breaks off counts as whole. Invariant 10, fault 2: a pass that missed accounts is
    /// not marked as incomplete.
    PartialListingAsWhole = "partial-listing-as-whole" in Engine,
    /// An account that a listing does not name has left, without being asked for. Invariant 10, fault 8:
    /// a stale list makes the program forget a member.
    ForgetUnlisted = "forget-unlisted" in Engine,
    /// Accounts are visited whatever their state. Invariant 10, fault 29: a suspended account is called,
    /// and unreachable where it should be skipped.
    VisitSuspended = "visit-suspended" in Engine,
    /// An account that cannot be read is recorded as in sync. Invariant 10, faults 28 and 33.
    UnreachableAsInSync = "unreachable-as-in-sync" in Engine,
    /// A role whose reading fails counts as absent. Invariants 1 and 10, faults 15 and 16: `CreateRole`
    /// for a role that is there.
    UnreadableAsAbsent = "unreadable-as-absent" in Engine,
    /// A role that does not show after its creation is created once more. Fault 11 with 9: a second
    /// `CreateRole` after one that was accepted.
    CreateAgain = "create-again" in Engine,
    /// What a look does not show yet after accepted writes is written again. Invariant 4, faults 9 and
    /// 10: the same write twice within the visit.
    AnswerStaleLook = "answer-stale-look" in Engine,
    /// Reads are believed right after a write. Invariants 4 and 10, fault 10: a stale look makes a change
    /// a failure, and after a restart the same write is made twice.
    ForgetGrace = "forget-grace" in Engine,
    /// `EntityAlreadyExists` counts as created, and the plan goes on. Invariant 1, fault 12: policies are
    /// put on a role that nobody has looked at.
    OverwriteAfterRace = "overwrite-after-race" in Engine,
    /// An account that failed once is left alone for good. Invariants 3 and 9: after the faults have
    /// ended it is visited no more.
    NeverVisitFailedAgain = "never-visit-failed-again" in Engine,
    /// What fails in one account halts all. Invariant 8: the others are not visited while one is denied.
    OneFailureHaltsAll = "one-failure-halts-all" in Engine,
    /// A pass ends with its listing. Invariant 10: it reports accounts as not visited, or as they were.
    PassWaitsForNobody = "pass-waits-for-nobody" in Engine,

    /// A listing ends with its first page. Invariants 3 and 10, faults 4 and 5: accounts of later pages
    /// are never visited, and the listing counts as whole.
    IgnoreNextToken = "ignore-next-token" in Aws,
    /// A list of IAM ends with its first page. Invariants 3 and 10, fault 5: policies of later pages are
    /// not seen, so that foreign ones stay, and those that are there are put again.
    IgnoreIsTruncated = "ignore-is-truncated" in Aws,
    /// A page token that comes twice is followed. Invariant 9, fault 7: a listing without end.
    IgnoreTokenCycle = "ignore-token-cycle" in Aws,
    /// A page without accounts ends the listing, whatever its token. Invariant 10, fault 4: accounts
    /// after it are missing from a listing that counts as whole.
    StopAtEmptyPage = "stop-at-empty-page" in Aws,
    /// A page token that is refused ends the listing. Invariant 10, fault 6: half a listing counts as
    /// whole.
    HalfListingAsWhole = "half-listing-as-whole" in Aws,
    /// `DescribeAccount` that fails says that the account has left. Invariant 10, faults 8 and 2: a
    /// throttle or a 5xx makes the program forget a member.
    UnansweredAsGone = "unanswered-as-gone" in Aws,
    /// `Status` is read where `State` says more. Invariant 10, fault 31: where `Status` is missing no
    /// listing can be understood, and where they differ the account ends as what it is not.
    StatusForState = "status-for-state" in Aws,
    /// Access denied to `GetRole` counts as no such role. Invariants 1 and 10, faults 28 and 33:
    /// `CreateRole` in an account that should be unreachable.
    DeniedAsAbsent = "denied-as-absent" in Aws,
    /// A session is used after its end, and after AWS has refused it. Invariants 3 and 10, fault 20:
    /// accounts become unreachable after an hour and stay so.
    ReuseExpiredSession = "reuse-expired-session" in Aws,
    /// All accounts share one place for a session, and nobody looks whose lies there. Invariant 8: calls
    /// for one account are signed with the session of another.
    SwapSessions = "swap-sessions" in Aws,
    /// A session of twelve hours is asked for. Invariant 3, fault 22: `AssumeRole` is refused where roles
    /// are chained, or where the role allows one hour.
    LongSession = "long-session" in Aws,
    /// An answer of IAM that was cut short is read as far as it goes. Invariants 4 and 10, fault 16:
    /// policies count as missing, and are put although they are there.
    AcceptTruncatedAnswer = "accept-truncated-answer" in Aws,

    /// An intent is acknowledged and not kept. Invariant 6: a change without an intent in the journal,
    /// and nothing to resume after a kill.
    DropIntent = "drop-intent" in Store,
    /// The memory names no open intent. Invariants 4 and 6, faults 9 and 43: after a
    /// restart accounts wait for their turn, and a stale look is answered by the same write again.
    ForgetOpenIntents = "forget-open-intents" in Store,
    /// The lease is given to whoever asks. Fault 45: two daemons visit the same accounts at once.
    TakeHeldLease = "take-held-lease" in Store,
    /// A lease that another has taken still allows to append. Fault 45: a daemon that slept through its
    /// lease goes on writing beside the other.
    IgnoreFencing = "ignore-fencing" in Store,
}

impl PlantedBug {
    /// The bug of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|bug| bug.name() == name)
    }
}

/// Whether this bug is planted.
#[cfg(not(feature = "planted-bugs"))]
#[must_use]
#[inline]
pub const fn is_planted(_: PlantedBug) -> bool {
    false
}

#[cfg(feature = "planted-bugs")]
pub use switch::{is_planted, plant};

#[cfg(feature = "planted-bugs")]
mod switch {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::PlantedBug;

    const NONE: usize = usize::MAX;

    static PLANTED: AtomicUsize = AtomicUsize::new(NONE);

    /// Plants this bug in the whole process, in the place of the one before; none takes it out.
    pub fn plant(bug: Option<PlantedBug>) {
        PLANTED.store(bug.map_or(NONE, |bug| bug as usize), Ordering::SeqCst);
    }

    /// Whether this bug is planted.
    #[must_use]
    pub fn is_planted(bug: PlantedBug) -> bool {
        PLANTED.load(Ordering::Relaxed) == bug as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn bugs_should_be_found_by_names_of_their_own() {
        let names: BTreeSet<_> = PlantedBug::ALL.iter().map(|bug| bug.name()).collect();
        assert_eq!(names.len(), PlantedBug::ALL.len());
        for bug in PlantedBug::ALL {
            let words = bug.name().split('-').collect::<String>();
            assert_eq!(words, format!("{bug:?}").to_lowercase(), "{bug:?} in kebab case");
            assert_eq!(PlantedBug::from_name(bug.name()), Some(*bug));
        }
        assert_eq!(PlantedBug::from_name("no-such-bug"), None);
    }

    #[cfg(not(feature = "planted-bugs"))]
    #[test]
    fn no_bug_should_be_planted_without_the_feature() {
        const { assert!(!is_planted(PlantedBug::ALL[0])) };
        assert!(!PlantedBug::ALL.iter().any(|bug| is_planted(*bug)));
    }

    #[cfg(feature = "planted-bugs")]
    #[test]
    fn one_bug_should_be_planted_at_a_time() {
        let planted = || PlantedBug::ALL.iter().copied().filter(|bug| is_planted(*bug));
        assert_eq!(planted().count(), 0);
        // Of no other test's concern, whatever runs beside this one.
        for bug in [PlantedBug::DropIntent, PlantedBug::IgnoreFencing] {
            plant(Some(bug));
            assert_eq!(planted().collect::<Vec<_>>(), [bug]);
        }
        plant(None);
        assert_eq!(planted().count(), 0);
    }
}
