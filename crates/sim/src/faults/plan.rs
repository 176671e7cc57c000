//! When a fault shows.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use jiff::Timestamp;

use super::{CallInfo, Fault};
use crate::world::scramble;

/// Which faults show, how often, and until when.
///
/// A draw hangs on the seed, the fault and its occasion alone, so that switching one fault off changes
/// the draws of no other.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    /// Where the draws come from.
    pub seed: u64,
    /// The chance of each fault on each occasion, 0 to 1.
    pub rates: BTreeMap<Fault, f64>,
    /// From then on nothing goes wrong any more.
    pub until: Option<Timestamp>,
    /// What goes wrong at one certain call.
    pub script: Vec<Scripted>,
    /// Only calls about these accounts meet faults; all where it is empty.
    pub only: Vec<AccountId>,
}

/// A fault of one certain call.
#[derive(Debug, Clone)]
pub struct Scripted {
    /// The fault.
    pub fault: Fault,
    /// The operation, as AWS spells it.
    pub operation: &'static str,
    /// How often the client must have made the call of the account before.
    pub before: u64,
}

impl FaultPlan {
    /// Whether anything goes wrong at this time.
    #[must_use]
    pub fn is_on(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }

    /// Whether the fault shows on this occasion.
    #[must_use]
    pub fn shows(&self, fault: Fault, occasion: u64) -> bool {
        self.rates.get(&fault).is_some_and(|rate| self.share(fault, occasion) < *rate)
    }

    /// Whether the fault shows for this call.
    #[must_use]
    pub fn shows_in(&self, fault: Fault, call: &CallInfo) -> bool {
        self.meets(call.account)
            && (self.shows(fault, occasion(call)) || self.is_scripted(fault, call))
    }

    /// Whether the fault, which lasts for `seconds` for all calls with this `key`, shows for this one.
    pub(super) fn lasts_in(&self, fault: Fault, key: u64, call: &CallInfo, seconds: i64) -> bool {
        self.lasts(fault, key, call.at, seconds) || self.is_scripted(fault, call)
    }

    /// Whether the fault shows for `key` for as long as this time is in the same span of
    /// `seconds`.
    #[must_use]
    pub fn lasts(&self, fault: Fault, key: u64, at: Timestamp, seconds: i64) -> bool {
        let span = at.as_second().div_euclid(seconds).cast_unsigned();
        self.shows(fault, mix(&[key, span]))
    }

    /// Whether calls about this account may meet faults.
    #[must_use]
    pub fn meets(&self, account: AccountId) -> bool {
        self.only.is_empty() || self.only.contains(&account)
    }

    fn is_scripted(&self, fault: Fault, call: &CallInfo) -> bool {
        let names = |it: &Scripted| {
            it.fault == fault && it.operation == call.operation && it.before == call.before
        };
        self.script.iter().any(names)
    }

    /// A number from 0 up to 1 for this fault on this occasion.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "53 bits are kept")]
    pub fn share(&self, fault: Fault, occasion: u64) -> f64 {
        let drawn = mix(&[self.seed, u64::from(fault.number()), occasion]);
        (drawn >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The occasion that this call is.
pub(super) fn occasion(call: &CallInfo) -> u64 {
    let operation = call.operation.bytes().fold(0, |sum, byte| scramble(sum ^ u64::from(byte)));
    mix(&[operation, key(call.account), call.client, call.before])
}

/// The account as a key for draws.
pub(super) fn key(account: AccountId) -> u64 {
    String::from(account).parse().unwrap_or_default()
}

/// One number from several.
pub(super) fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |mixed, part| scramble(mixed ^ scramble(*part)))
}
