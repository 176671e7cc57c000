//! The Regions through whose STS endpoints roles are assumed: the quota is per Region (AWS: "IAM and
//! STS quotas"), and a Region that is out leaves the others.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_sts::Client;
use digitalex_engine::{Bucket, Call, CallError, CallErrorKind, Clock, StsRegion};

/// A Region whose endpoint fails is left alone for so long, then tried again.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// One client for each Region.
pub(crate) struct StsRegions {
    first: Client,
    others: Vec<Client>,
    standings: Mutex<Vec<Standing>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Default)]
struct Standing {
    /// Calls that wait for their turn or are under way.
    calls: usize,
    left_alone_until: Duration,
}

impl StsRegions {
    pub(crate) fn new(first: Client, others: Vec<Client>, clock: Arc<dyn Clock>) -> Self {
        let standings = Mutex::new(vec![Standing::default(); 1 + others.len()]);
        Self { first, others, standings, clock }
    }

    /// Where the next attempt is made: where the fewest calls are, so that a Region that throttles, or
    /// is slow, gets less; one that fails gets none while there is another.
    pub(crate) fn route(&self, operation: &'static str) -> Call {
        let now = self.clock.monotonic();
        let mut standings = self.standings();
        let rank = |standing: &Standing| {
            let left_alone = standing.left_alone_until.saturating_sub(now);
            (left_alone, standing.calls)
        };
        let best = standings.iter_mut().enumerate().min_by_key(|(_, standing)| rank(standing));
        let region = best.map_or(0, |(region, standing)| {
            standing.calls += 1;
            region
        });
        Call { operation, bucket: Bucket::Sts(StsRegion(region)) }
    }

    /// Makes an attempt where `route` said.
    pub(crate) async fn attempt<T, F, A>(&self, call: Call, attempt: F) -> Result<T, CallError>
    where
        F: FnOnce(Client) -> A,
        A: Future<Output = Result<T, CallError>>,
    {
        let region = match call.bucket {
            Bucket::Sts(StsRegion(region)) => region,
            Bucket::Organizations
            | Bucket::IamRead(_)
            | Bucket::IamWrite(_)
            | Bucket::SecretsManager
            | Bucket::CostReports => 0,
        };
        let other = region.checked_sub(1).and_then(|other| self.others.get(other));
        let result = attempt(other.unwrap_or(&self.first).clone()).await;
        if let Some(standing) = self.standings().get_mut(region) {
            standing.calls = standing.calls.saturating_sub(1);
            if result.as_ref().is_err_and(|error| is_out(&error.kind)) {
                standing.left_alone_until = self.clock.monotonic() + LEFT_ALONE;
            }
        }
        result
    }

    fn standings(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_out(kind: &CallErrorKind) -> bool {
    matches!(kind, CallErrorKind::EndpointUnreachable | CallErrorKind::Transient)
}
