//! The records of one pass, and what they add up to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{AccessKeyId, AccountId, AccountPlan, Arn, Effect, IdentityDiff, Verdict, Violation};

/// What one pass has to say of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountRecord {
    /// The account id.
    pub id: AccountId,
    /// The account's name in the organization, not unique.
    pub name: String,
    /// The id of the root or OU that it stands in, where that is known.
    pub unit: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The profile that the scope chose, where it chose the account.
    pub profile: Option<String>,
    /// The ARN of the role or user, where it is known.
    pub identity: Option<Arn>,
    /// The id of the recorded access key, where there is one.
    pub access_key: Option<AccessKeyId>,
    /// Whether a hand-made role was, or would be, taken over.
    pub adopted: bool,
    /// The gravest effect of the differences, where there are any.
    pub effect: Option<Effect>,
    /// What differs (before the writes, in an apply).
    pub differences: IdentityDiff,
    /// What was planned, where something differs.
    pub plan: Option<AccountPlan>,
    /// The rules that vetoed the plan.
    pub violations: Vec<Violation>,
    /// Why the account is not in sync or converged.
    pub cause: Option<Cause>,
}

/// Why an account could not be done, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// A stable word for machines, in `snake_case`.
    pub code: &'static str,
    /// What happened, naming the operation; safe to print.
    pub message: String,
    /// The next step for a person.
    pub remedy: Option<String>,
}

/// What the records of one pass add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FleetStatus {
    /// How many accounts have each verdict; adds up to all listed accounts.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// How many accounts allow or trust more than they should.
    pub widened: usize,
    /// How many hand-made roles were, or would be, taken over.
    pub adopted: usize,
    /// Why the list of accounts is not whole, where it is not.
    pub listing_incomplete: Option<String>,
}

impl FleetStatus {
    /// Adds one account.
    pub fn add(&mut self, record: &AccountRecord) {
        self.count_in(record.verdict, record.effect, record.adopted);
    }

    /// Adds one account of which only this is kept.
    pub fn count_in(&mut self, verdict: Verdict, effect: Option<Effect>, adopted: bool) {
        *self.verdicts.entry(verdict).or_default() += 1;
        self.widened += usize::from(effect == Some(Effect::Widens));
        self.adopted += usize::from(adopted);
    }

    /// How many accounts have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }

    /// All listed accounts.
    #[must_use]
    pub fn total(&self) -> usize {
        self.verdicts.values().sum()
    }
}
