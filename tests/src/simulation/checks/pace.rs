//! Invariant 9: calls stay within each bucket's rate, retries included, and are spread; attempts are
//! bounded.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use digitalex_engine::{Rate, Rates};
use digitalex_sim::faults::{CallInfo, Service};
use jiff::{SignedDuration, Timestamp};

use super::ProcessId;

/// The calls of each process, by bucket.
#[derive(Default)]
pub(super) struct Pace {
    rates: Rates,
    buckets: BTreeMap<(ProcessId, Key), Bucket>,
    failed: BTreeMap<(ProcessId, &'static str, AccountId), Failed>,
    /// The waits before the first new attempt, in milliseconds.
    waits: BTreeMap<i64, usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Organizations(&'static str),
    Sts,
    CostReports,
    IamRead(AccountId),
    IamWrite(AccountId),
}

struct Bucket {
    tokens: f64,
    at: Timestamp,
}

/// Attempts in a row that failed in a way that is retried.
struct Failed {
    attempts: u32,
    at: Timestamp,
}

/// The engine tries six times; a list is begun anew once.
const ATTEMPTS_MAX: u32 = 12;
/// A change is looked at up to eight times within a minute.
const LOOKS_MAX: u32 = 8;
/// Whoever waited for longer did not retry, but came back.
const RETRIED_WITHIN: SignedDuration = SignedDuration::from_secs(25);
/// Fewer waits than this say nothing of their spread.
const WAITS_MIN: usize = 24;

impl Pace {
    pub(super) fn sent(&mut self, process: ProcessId, call: &CallInfo) -> Option<String> {
        let (key, rate) = self.bucket_of(call);
        let full = f64::from(rate.burst().get());
        let bucket =
            self.buckets.entry((process, key)).or_insert(Bucket { tokens: full, at: call.at });
        let passed = call.at.duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * rate.per_second()).min(full) - 1.0;
        bucket.at = call.at;
        let tokens = bucket.tokens;
        let failed = self.failed.get_mut(&(process, call.operation, call.account));
        if let Some(failed) = failed {
            let wait = call.at.duration_since(failed.at);
            if wait >= RETRIED_WITHIN {
                failed.attempts = 0;
            } else if failed.attempts == 1 && call.service == Service::Iam {
                // The buckets of the others are so slow that they decide when a retry is made.
                let milliseconds = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                *self.waits.entry(milliseconds).or_default() += 1;
            } else if failed.attempts > attempts_max(call) {
                let (operation, account) = (call.operation, call.account);
                return Some(format!("{operation} of {account} is tried without end"));
            }
        }
        // What a token is due to rounding of the millisecond, and no more.
        (tokens < -1.0).then(|| format!("{key:?} is called faster than {rate:?}"))
    }

    /// The answer has come, or that there is none.
    pub(super) fn answered(
        &mut self,
        process: ProcessId,
        call: &CallInfo,
        is_transient: bool,
        at: Timestamp,
    ) {
        let key = (process, call.operation, call.account);
        if is_transient && !call.is_write() {
            let failed = self.failed.entry(key).or_insert(Failed { attempts: 0, at });
            failed.attempts += 1;
            failed.at = at;
        } else {
            self.failed.remove(&key);
        }
    }

    /// Waits that are all the same are not drawn.
    pub(super) fn over(&self) -> Option<String> {
        let all: usize = self.waits.values().sum();
        let most = self.waits.values().max().copied().unwrap_or_default();
        (all >= WAITS_MIN && most * 2 > all)
            .then(|| format!("{most} of {all} retries waited for the same time"))
    }

    fn bucket_of(&self, call: &CallInfo) -> (Key, Rate) {
        match call.service {
            Service::Organizations => {
                (Key::Organizations(call.operation), self.rates.of_organizations(call.operation))
            }
            Service::Sts => (Key::Sts, self.rates.sts),
            Service::CostReports => (Key::CostReports, Rate::new(1.0, 5)),
            Service::Iam if call.is_write() => (Key::IamWrite(call.account), self.rates.iam_write),
            Service::Iam => (Key::IamRead(call.account), self.rates.iam_read),
        }
    }
}

fn attempts_max(call: &CallInfo) -> u32 {
    match call.service {
        Service::Organizations | Service::CostReports => ATTEMPTS_MAX,
        Service::Iam | Service::Sts => ATTEMPTS_MAX * LOOKS_MAX,
    }
}
