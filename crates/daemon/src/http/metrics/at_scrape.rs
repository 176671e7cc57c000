//! What is read when it is asked for: from the store, so that it agrees with the API and outlives a
//! restart, and from what the daemon does now.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use digitalex_core::Verdict;
use digitalex_engine::{CallCounts, Caller};
use digitalex_store::{FleetSummary, PageRequest, PassLine, StoreError, VerifiedAges, Word};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Labels, PREFIX, drift_labels};
use crate::daemon::{Live, Role};
use crate::http::Shared;
use crate::http::api::status::by_verdict;

/// From five minutes to a week.
const AGE_SECONDS: [u64; 9] = [300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800];

type Float = Gauge<f64, AtomicU64>;

/// What the store says.
struct Stored {
    summary: FleetSummary,
    ages: VerifiedAges,
    passes: Vec<PassLine>,
}

/// All of it, as of now.
pub(super) async fn registry(shared: &Shared) -> Registry {
    let mut registry = Registry::default();
    process(&mut registry, shared);
    let own = registry.sub_registry_with_prefix(PREFIX);
    build(own, shared.about.version);
    calls(own, &shared.caller.counts(), &shared.caller.throttled());
    pace(own, &shared.caller);
    let is_active = {
        let live = shared.live();
        now(own, &live);
        live.role() == Role::Active
    };
    // A standby would say the same of the same store, and everything would count twice.
    if is_active {
        match stored(shared).await {
            Ok(stored) => {
                accounts(own, &stored.summary);
                passes(own, &stored.passes);
                own.register_collector(Box::new(Ages(stored.ages)));
            }
            Err(error) => tracing::warn!(%error, "what the store knows is not in the metrics"),
        }
    }
    registry
}

async fn stored(shared: &Shared) -> Result<Stored, StoreError> {
    let bounds = AGE_SECONDS.map(Duration::from_secs);
    Ok(Stored {
        summary: shared.store.summary().await?,
        ages: shared.store.verified_ages(shared.clock.now(), &bounds).await?,
        // The one that runs comes first, where there is one.
        passes: shared.store.passes(&PageRequest { cursor: None, limit: 2 }).await?.items,
    })
}

fn process(registry: &mut Registry, shared: &Shared) {
    let started = float(shared.about.started_at.as_duration().as_secs_f64());
    registry.register("process_start_time_seconds", "When the process started", started);
    if let Some(bytes) = resident_bytes() {
        let help = "Memory that the process holds";
        registry.register("process_resident_memory_bytes", help, whole(bytes));
    }
}

fn build(own: &mut Registry, version: &str) {
    let info = Family::<Labels, Gauge>::default();
    info.get_or_create(&vec![("version", version.to_owned())]).set(1);
    own.register("build_info", "Which version runs", info);
}

fn now(own: &mut Registry, live: &Live) {
    let flag = |value: bool| whole(u64::from(value));
    let help = "Whether nothing is written to AWS, because nothing could be journalled";
    own.register("writes_suspended", help, flag(live.are_writes_suspended()));
    let held = live.role() == Role::Active;
    own.register("lease_held", "Whether this daemon is the active one", flag(held));
    if let Some(listing) = live.listing() {
        let help = "Whether the last listing of the organization named all accounts";
        own.register("listing_complete", help, flag(listing.error.is_none()));
    }
}

fn pace(own: &mut Registry, caller: &Caller) {
    let pace = Family::<Labels, Float>::default();
    for (bucket, per_second) in caller.pace() {
        pace.get_or_create(&vec![("bucket", bucket)]).set(per_second);
    }
    own.register("pace_calls_per_second", "How fast AWS is called at most", pace);
}

/// Every call counts once: as throttled, or as made.
fn calls(own: &mut Registry, counts: &CallCounts, throttled: &CallCounts) {
    let calls = Family::<Labels, Counter>::default();
    for (api, count) in &counts.0 {
        let slowed = throttled.0.get(api).copied().unwrap_or_default();
        for (outcome, count) in [("made", count.saturating_sub(slowed)), ("throttled", slowed)] {
            let labels = vec![("api", (*api).to_owned()), ("outcome", outcome.to_owned())];
            calls.get_or_create(&labels).inc_by(count);
        }
    }
    own.register("api_calls", "Calls of AWS APIs, retries included", calls);
}

fn accounts(own: &mut Registry, summary: &FleetSummary) {
    let accounts = Family::<Labels, Gauge>::default();
    for (verdict, count) in by_verdict(summary) {
        let labels = vec![("verdict", verdict.as_str().to_owned())];
        accounts.get_or_create(&labels).set(signed(count));
    }
    own.register("accounts", "Listed accounts", accounts);
    let help = "Accounts that allow or trust more than they should";
    own.register("accounts_widened", help, whole(summary.widened));
    let open = Family::<Labels, Gauge>::default();
    for (aspect, _) in digitalex_core::Aspect::WORDS {
        for (effect, _) in digitalex_core::Effect::WORDS {
            let count = summary.drift.get(aspect).and_then(|effects| effects.get(effect));
            let labels = drift_labels(*aspect, *effect);
            open.get_or_create(&labels).set(signed(count.copied().unwrap_or_default()));
        }
    }
    own.register("drift_open", "Differences that are there", open);
}

/// The last pass that ended, and how late the latest one began.
fn passes(own: &mut Registry, passes: &[PassLine]) {
    if let Some(latest) = passes.first() {
        let lag = latest.started_at.duration_since(latest.due_at).as_secs_f64().max(0.0);
        own.register("pass_lag_seconds", "How late the latest pass began", float(lag));
    }
    let ended = passes.iter().find_map(|pass| Some((pass, pass.ended_at?)));
    if let Some((pass, ended_at)) = ended {
        let ended_at = float(ended_at.as_duration().as_secs_f64());
        own.register("last_pass_end_timestamp_seconds", "When the last pass ended", ended_at);
        let undone = pass.by_verdict.get(&Verdict::NotVisited).is_some_and(|count| *count > 0);
        let complete = !pass.interrupted && pass.listing_incomplete.is_none() && !undone;
        let help = "Whether the last pass left no account undone";
        own.register("last_pass_complete", help, whole(u64::from(complete)));
    }
}

struct Ages(VerifiedAges);

impl Collector for Ages {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "How long ago each account was last read and found as wanted; never is +Inf";
        let mut metric =
            encoder.encode_descriptor("verified_age_seconds", help, None, MetricType::Histogram)?;
        // The store counts all up to a bound, the encoder takes those between two bounds.
        let mut below = 0;
        let mut buckets = Vec::new();
        let ends = AGE_SECONDS
            .iter()
            .zip(&self.0.within)
            .map(|(bound, count)| (Duration::from_secs(*bound).as_secs_f64(), *count));
        for (bound, within) in ends.chain([(f64::INFINITY, self.0.accounts)]) {
            buckets.push((bound, within.saturating_sub(below)));
            below = within;
        }
        metric.encode_histogram::<NoLabelSet>(self.0.sum_s, self.0.accounts, &buckets, None)
    }
}

impl fmt::Debug for Ages {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

fn whole(value: u64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(signed(value));
    gauge
}

fn float(value: f64) -> Float {
    let gauge = Float::default();
    gauge.set(value);
    gauge
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// `VmRSS` of `proc_pid_status(5)`; none where the machine is no Linux.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
