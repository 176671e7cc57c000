//! What IAM takes in most accounts, where that is less than assumed.
//!
//! One throttled account tells nothing of another. Where most are throttled, though, the assumption is
//! wrong, and without this each of thousands of accounts would have to be throttled to find out.

use std::collections::HashSet;

use digitalex_core::AccountId;

/// So many accounts are looked at together, in the order in which they begin: those that throttle are
/// done last and found out first, so that any other choice would see too few or too many of them.
const COHORT: usize = 16;
/// Where most of a cohort were throttled, so much of the speed is left.
const CUT: f64 = 0.3;
const SHARE_MIN: f64 = 1.0 / 64.0;
/// What a cohort adds that was not throttled.
const STEP: f64 = 0.01;

/// The speed for accounts of which nothing is known, as a share of the rate.
#[derive(Debug, Clone)]
pub(super) struct Typical {
    share: f64,
    began: usize,
    waited_for: HashSet<AccountId>,
    throttled: usize,
    done: usize,
}

impl Typical {
    /// The speed that was learned before.
    pub(super) fn starting(share: f64) -> Self {
        let share = share.clamp(SHARE_MIN, 1.0);
        Self { share, began: 0, waited_for: HashSet::new(), throttled: 0, done: 0 }
    }

    pub(super) const fn share(&self) -> f64 {
        self.share
    }

    /// An account begins of which nothing is known.
    pub(super) fn begins(&mut self, account: AccountId) {
        if self.began < COHORT {
            self.began += 1;
            self.waited_for.insert(account);
        }
    }

    /// An account was throttled.
    pub(super) fn throttled(&mut self, account: AccountId) {
        self.throttled += usize::from(self.waited_for.remove(&account));
        if self.throttled > COHORT / 2 {
            *self = Self::starting(self.share * CUT);
        }
    }

    /// An account is done.
    pub(super) fn done(&mut self, account: AccountId) {
        self.done += usize::from(self.waited_for.remove(&account));
        if self.done >= COHORT / 2 {
            *self = Self::starting(self.share + STEP);
        }
    }
}

impl Default for Typical {
    fn default() -> Self {
        Self::starting(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many accounts, of which those are throttled that `throttles` says.
    fn after(accounts: u64, throttles: fn(u64) -> bool) -> f64 {
        let mut typical = Typical::default();
        let account = |number| AccountId::from_number(number).unwrap();
        // Each page's accounts begin together, and the throttled are found out first.
        for page in 0..accounts / 20 {
            let page = page * 20..(page + 1) * 20;
            page.clone().for_each(|number| typical.begins(account(number)));
            let throttled = page.clone().filter(|number| throttles(*number));
            throttled.for_each(|number| typical.throttled(account(number)));
            let others = page.filter(|number| !throttles(*number));
            others.for_each(|number| typical.done(account(number)));
        }
        typical.share()
    }

    #[test]
    fn speed_of_unknown_accounts_should_fall_only_where_most_are_throttled() {
        assert!(after(2_000, |number| number % 10 == 0) >= 1.0);
        assert!(after(2_000, |number| number % 3 == 0) >= 1.0);
        assert!(after(60, |number| number % 10 != 0) <= 0.3);
        assert!(after(20_000, |number| number < 100) >= 1.0, "it comes back");
    }
}
