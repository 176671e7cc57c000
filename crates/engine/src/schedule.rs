//! Which account is due when. It knows no clock: the caller says what time it is.

use std::collections::{BTreeSet, HashMap};

use digitalex_core::AccountId;
use jiff::Timestamp;

/// Which account is due when. An account is due once, at the earliest time that it was scheduled
/// for, and is not handed out again until it is done.
#[derive(Debug, Default)]
pub struct Schedule {
    entries: HashMap<AccountId, Entry>,
    /// Those that can be handed out, in the order in which they will be.
    queue: BTreeSet<(Timestamp, AccountId)>,
}

#[derive(Debug, Default)]
struct Entry {
    due: Option<Timestamp>,
    in_flight: bool,
}

impl Schedule {
    /// Makes `account` due at `at`, or earlier where it is already.
    pub fn schedule(&mut self, account: AccountId, at: Timestamp) {
        let entry = self.entries.entry(account).or_default();
        if entry.due.is_some_and(|due| due <= at) {
            return;
        }
        let before = entry.due.replace(at);
        if !entry.in_flight {
            if let Some(before) = before {
                self.queue.remove(&(before, account));
            }
            self.queue.insert((at, account));
        }
    }

    /// Hands out the account that has been due for longest, of those due together the one with the
    /// smallest id; none where none is due. It is in flight until it is [`Schedule::done`].
    pub fn take_due(&mut self, now: Timestamp) -> Option<AccountId> {
        let (due, account) = self.queue.first().copied().filter(|(due, _)| *due <= now)?;
        self.queue.remove(&(due, account));
        let entry = self.entries.entry(account).or_default();
        (entry.due, entry.in_flight) = (None, true);
        Some(account)
    }

    /// The account is no longer in flight; what was scheduled meanwhile stands.
    pub fn done(&mut self, account: AccountId) {
        let Some(entry) = self.entries.get_mut(&account) else { return };
        entry.in_flight = false;
        match entry.due {
            Some(due) => {
                self.queue.insert((due, account));
            }
            None => {
                self.entries.remove(&account);
            }
        }
    }

    /// Drops what is scheduled for the account. One that is in flight stays so until it is done.
    pub fn remove(&mut self, account: AccountId) {
        let Some(entry) = self.entries.get_mut(&account) else { return };
        let due = entry.due.take();
        if entry.in_flight {
            return;
        }
        self.entries.remove(&account);
        if let Some(due) = due {
            self.queue.remove(&(due, account));
        }
    }

    /// When the account is due, where it is scheduled.
    #[must_use]
    pub fn due(&self, account: AccountId) -> Option<Timestamp> {
        self.entries.get(&account).and_then(|entry| entry.due)
    }

    /// When the next account can be handed out; none where none is scheduled.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.queue.first().map(|(due, _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn account(number: u64) -> AccountId {
        AccountId::from_number(number).expect("twelve digits")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn scheduled(entries: &[(u64, i64)]) -> Schedule {
        let mut schedule = Schedule::default();
        for (number, second) in entries {
            schedule.schedule(account(*number), at(*second));
        }
        schedule
    }

    #[test]
    fn schedule_should_never_run_one_account_twice_at_once() {
        let mut schedule = scheduled(&[(1, 10)]);
        assert_eq!(schedule.take_due(at(10)), Some(account(1)));
        schedule.schedule(account(1), at(5));
        assert_eq!((schedule.take_due(at(99)), schedule.next_due()), (None, None));
        schedule.done(account(1));
        assert_eq!(
            schedule.take_due(at(99)),
            Some(account(1)),
            "what was scheduled meanwhile stands"
        );
    }

    #[test]
    fn schedule_should_keep_the_earliest_of_two_times() {
        for times in [[10, 20], [20, 10]] {
            let mut schedule = scheduled(&times.map(|time| (1, time)));
            assert_eq!(schedule.due(account(1)), Some(at(10)));
            assert_eq!(schedule.take_due(at(9)), None);
            assert_eq!(schedule.take_due(at(10)), Some(account(1)));
            schedule.done(account(1));
            assert_eq!(schedule.take_due(at(99)), None, "it is due once");
        }
    }

    #[test]
    fn schedule_should_hand_out_by_time_and_then_by_id() {
        let mut schedule = scheduled(&[(3, 10), (2, 20), (1, 20), (4, 5), (5, 30)]);
        let order: Vec<_> = std::iter::from_fn(|| schedule.take_due(at(29))).collect();
        assert_eq!(order, [4, 3, 1, 2].map(account));
        assert_eq!(schedule.next_due(), Some(at(30)));
    }

    #[test]
    fn schedule_should_forget_an_account_that_is_removed() {
        let mut schedule = scheduled(&[(1, 10), (2, 10)]);
        schedule.remove(account(1));
        assert_eq!(schedule.take_due(at(10)), Some(account(2)));
        schedule.schedule(account(2), at(10));
        schedule.remove(account(2));
        schedule.schedule(account(2), at(30));
        assert_eq!(schedule.take_due(at(99)), None, "it is still in flight");
        schedule.done(account(2));
        assert_eq!(
            (schedule.next_due(), schedule.take_due(at(30))),
            (Some(at(30)), Some(account(2)))
        );
        schedule.done(account(2));
        assert!(schedule.entries.is_empty() && schedule.queue.is_empty(), "nothing is left behind");
    }

    #[derive(Debug, Clone)]
    enum Op {
        Schedule(u64, i64),
        Take(i64),
        Done(u64),
        Remove(u64),
    }

    /// The same, with a walk over everything in the place of the queue.
    #[derive(Default)]
    struct Naive {
        due: BTreeMap<u64, i64>,
        in_flight: BTreeSet<u64>,
    }

    impl Naive {
        fn free(&self) -> impl Iterator<Item = (i64, u64)> {
            let free = self.due.iter().filter(|(number, _)| !self.in_flight.contains(number));
            free.map(|(number, due)| (*due, *number))
        }

        fn take_due(&mut self, now: i64) -> Option<u64> {
            let (_, number) = self.free().min().filter(|(due, _)| *due <= now)?;
            self.due.remove(&number);
            self.in_flight.insert(number);
            Some(number)
        }
    }

    fn any_op() -> impl Strategy<Value = Op> {
        let (number, second) = (0..6_u64, 0..20_i64);
        prop_oneof![
            3 => (number.clone(), second.clone()).prop_map(|(number, second)| Op::Schedule(number, second)),
            3 => second.prop_map(Op::Take),
            2 => number.clone().prop_map(Op::Done),
            1 => number.prop_map(Op::Remove),
        ]
    }

    proptest! {
        #[test]
        fn schedule_should_agree_with_a_walk_over_everything(ops in prop::collection::vec(any_op(), 0..200)) {
            let (mut schedule, mut naive) = (Schedule::default(), Naive::default());
            for op in ops {
                match op {
                    Op::Schedule(number, second) => {
                        schedule.schedule(account(number), at(second));
                        let due = naive.due.entry(number).or_insert(second);
                        *due = second.min(*due);
                    }
                    Op::Take(now) => {
                        let taken = naive.take_due(now).map(account);
                        prop_assert_eq!(schedule.take_due(at(now)), taken);
                    }
                    Op::Done(number) => {
                        schedule.done(account(number));
                        naive.in_flight.remove(&number);
                    }
                    Op::Remove(number) => {
                        schedule.remove(account(number));
                        naive.due.remove(&number);
                    }
                }
                let next = naive.free().min().map(|(due, _)| at(due));
                prop_assert_eq!(schedule.next_due(), next);
                for number in 0..6 {
                    prop_assert_eq!(schedule.due(account(number)), naive.due.get(&number).copied().map(at));
                }
            }
        }
    }
}
