//! What stands between one client and AWS.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use digitalex_core::AccountId;
use jiff::Timestamp;

use super::clock_skew::aws_time;
use super::injection::draw;
use super::plan::{mix, occasion};
use super::{CallInfo, Fault, FaultPlan, Injection};
use crate::{Account, AwsError, World};

/// What stands between one client and AWS: faults, and somebody who watches.
pub struct Medium {
    plan: FaultPlan,
    client: u64,
    /// The longest time that a call takes where nothing goes wrong.
    latency_max: Duration,
    watch: Arc<dyn Watch>,
    calls: Mutex<BTreeMap<(&'static str, AccountId), u64>>,
}

/// Watches every call of a client, and may end the client at any moment of one.
pub trait Watch: Send + Sync {
    /// A call is at this moment.
    fn at(&self, call: &CallInfo, moment: Moment<'_>) -> Fate;
}

/// The moments of a call.
pub enum Moment<'a> {
    /// It is about to leave the client.
    Sent,
    /// AWS has served it, or refused it, or it never came there.
    Served {
        /// What went wrong with it.
        fault: Option<Fault>,
        /// Whether AWS executed it; the error where it was refused.
        outcome: Result<bool, &'a AwsError>,
        /// Whether the client learns what became of it.
        answered: bool,
        /// The account before it.
        before: Option<&'a Arc<Account>>,
        /// The account that the answer shows, where it is not that of now.
        shown: Option<&'a Arc<Account>>,
        /// All that there is, after it.
        world: &'a World,
    },
    /// The answer, or that none comes, is about to reach the client.
    Answered {
        /// Whether it says that something failed on the way, or in AWS.
        is_transient: bool,
    },
}

/// What becomes of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes on.
    Lives,
    /// It ends here: nothing comes back to it, and nothing comes from it any more.
    Dies,
}

impl Medium {
    /// The medium of the client with this number, where a call takes up to `latency_max`.
    #[must_use]
    pub fn new(plan: FaultPlan, client: u64, latency_max: Duration, watch: Arc<dyn Watch>) -> Self {
        Self { plan, client, latency_max, watch, calls: Mutex::default() }
    }

    /// Numbers the call.
    pub(crate) fn number(&self, call: &mut CallInfo) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let before = calls.entry((call.operation, call.account)).or_default();
        (call.client, call.before) = (self.client, *before);
        *before += 1;
    }

    pub(crate) fn injection(&self, call: &CallInfo, world: &World) -> Option<(Fault, Injection)> {
        draw(&self.plan, call, world)
    }

    /// How long the call takes.
    pub(crate) fn latency(&self, call: &CallInfo) -> Duration {
        let drawn = mix(&[self.plan.seed, 6, occasion(call)]);
        #[allow(clippy::cast_precision_loss, reason = "a share needs no more bits")]
        let share = (drawn >> 11) as f64 / (1_u64 << 53) as f64;
        self.latency_max.mul_f64(share)
    }

    /// A number by which a fault of this call shows in one of several ways.
    pub(crate) fn drawn(&self, call: &CallInfo) -> u64 {
        mix(&[self.plan.seed, 7, occasion(call)])
    }

    /// AWS's time.
    pub(crate) fn aws_time(&self, at: Timestamp) -> Timestamp {
        aws_time(&self.plan, at)
    }

    /// Tells whoever watches; does not come back to a client that ends here.
    pub(crate) async fn pass(&self, call: &CallInfo, moment: Moment<'_>) {
        if self.watch.at(call, moment) == Fate::Dies {
            std::future::pending::<()>().await;
        }
    }

    /// As [`Medium::pass`], for a moment at which nobody can wait.
    pub(crate) fn tell(&self, call: &CallInfo, moment: Moment<'_>) -> Fate {
        self.watch.at(call, moment)
    }
}
