//! `GET /api/v1/status`: what the daemon does, and what all accounts add up to.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use digitalex_core::{AccountId, Aspect, CorrectedPart, Effect, Verdict};
use digitalex_engine::{Caller, PassTrigger};
use digitalex_store::{FleetSummary, ListingLine, PageRequest, PassLine, StoreError, Word};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::daemon::{Live, Problem, Role, RunningPass};
use crate::http::Shared;
use crate::http::answer::{Answer, ErrorBody, Json};
use crate::http::query::Query;

/// What the daemon does, and what all accounts add up to.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Status {
    /// The organization's id.
    organization: String,
    #[schema(value_type = String)]
    management_account: AccountId,
    version: &'static str,
    /// The run, as the history names it.
    run: String,
    mode: Mode,
    /// The parts that are corrected; none in mode `observe`.
    #[schema(value_type = Vec<String>)]
    correct: Vec<CorrectedPart>,
    role: Role,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    ready: bool,
    problems: Vec<Problem>,
    accounts: Accounts,
    drift: Drift,
    /// The pass that runs.
    pass: Option<Running>,
    /// The last pass that ended.
    last_pass: Option<PassLine>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_pass_at: Option<Timestamp>,
    /// The last listing that ended.
    listing: Option<ListingLine>,
    /// How fast AWS is called at most.
    pace: Vec<Pace>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Observe,
    Correct,
}

/// All listed accounts.
#[derive(Debug, Serialize, ToSchema)]
struct Accounts {
    total: u64,
    /// Every verdict is named; adds up to the total.
    #[schema(value_type = BTreeMap<String, u64>)]
    by_verdict: BTreeMap<Verdict, u64>,
    /// Those that allow or trust more than they should.
    widened: u64,
}

/// Drift that is there.
#[derive(Debug, Serialize, ToSchema)]
struct Drift {
    open: u64,
    /// By aspect and effect; those that are there.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, u64>>)]
    by_aspect: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
}

/// The pass that runs.
#[derive(Debug, Serialize, ToSchema)]
struct Running {
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    #[schema(value_type = String)]
    trigger: PassTrigger,
    listed: usize,
    listing_complete: bool,
    done: usize,
    #[schema(value_type = BTreeMap<String, u64>)]
    by_verdict: BTreeMap<Verdict, usize>,
    /// At the pace so far; none while nobody can say.
    remaining_seconds: Option<f64>,
}

/// How fast one of AWS's token buckets is used at most.
#[derive(Debug, Serialize, ToSchema)]
struct Pace {
    bucket: String,
    /// Calls per second.
    per_second: f64,
}

#[utoipa::path(get, path = "/api/v1/status", tag = "state", responses(
    (status = 200, body = Status), (status = "default", body = ErrorBody),
))]
/// What the daemon does, and what all accounts add up to
pub(in crate::http) async fn get(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Answer<Status> {
    Query::read(query.as_deref(), &[])?;
    Ok(Json(read(&shared).await?))
}

/// The status as it is now.
pub(in crate::http) async fn read(shared: &Shared) -> Result<Status, StoreError> {
    let summary = shared.store.summary().await?;
    // The one that runs comes first, where there is one.
    let passes = shared.store.passes(&PageRequest { cursor: None, limit: 2 }).await?;
    let last_pass = passes.items.into_iter().find(|pass| pass.ended_at.is_some());
    let now = shared.clock.now();
    let organization = shared.store.organization().to_owned();
    let (about, live) = (shared.about.clone(), shared.live());
    let problems = live.problems();
    let correct: Vec<_> = live.correction().parts().collect();
    Ok(Status {
        organization,
        management_account: about.management_account,
        version: about.version,
        run: about.run,
        mode: if correct.is_empty() { Mode::Observe } else { Mode::Correct },
        correct,
        role: live.role(),
        started_at: about.started_at,
        ready: problems.is_empty(),
        problems,
        drift: drift(&summary),
        listing: listing(&live, &summary),
        accounts: accounts(summary),
        pass: live.pass().map(|pass| running(pass, now)),
        last_pass,
        next_pass_at: live.next_pass_at(),
        pace: pace(&shared.caller),
    })
}

/// Every account by its verdict: one that was never visited is one whose turn has not come.
pub(in crate::http) fn by_verdict(summary: &FleetSummary) -> BTreeMap<Verdict, u64> {
    let mut counts: BTreeMap<_, _> = Verdict::ALL.into_iter().map(|verdict| (verdict, 0)).collect();
    counts.extend(&summary.by_verdict);
    *counts.entry(Verdict::NotVisited).or_default() += summary.not_yet_visited;
    counts
}

fn accounts(summary: FleetSummary) -> Accounts {
    Accounts { total: summary.accounts, by_verdict: by_verdict(&summary), widened: summary.widened }
}

fn drift(summary: &FleetSummary) -> Drift {
    let words = |effects: &BTreeMap<Effect, u64>| {
        Effect::WORDS
            .iter()
            .map(|(effect, word)| (*word, effects.get(effect).copied().unwrap_or_default()))
            .collect()
    };
    let by_aspect =
        summary.drift.iter().map(|(aspect, effects)| (Aspect::word(*aspect), words(effects)));
    Drift {
        open: summary.drift.values().flat_map(BTreeMap::values).sum(),
        by_aspect: by_aspect.collect(),
    }
}

/// What this daemon saw itself, or else what the store remembers.
fn listing(live: &Live, summary: &FleetSummary) -> Option<ListingLine> {
    let seen = live.listing();
    let seen = seen.map(|seen| ListingLine { at: seen.at, complete: seen.error.is_none() });
    seen.or(summary.listing)
}

fn running(pass: &RunningPass, now: Timestamp) -> Running {
    let by_verdict = pass.by_verdict();
    Running {
        started_at: pass.started_at,
        trigger: pass.trigger,
        listed: pass.listed(),
        listing_complete: pass.listing_complete,
        done: by_verdict.values().sum(),
        by_verdict,
        remaining_seconds: pass.remaining_seconds(now),
    }
}

fn pace(caller: &Caller) -> Vec<Pace> {
    let paces = caller.pace().into_iter();
    paces.map(|(bucket, per_second)| Pace { bucket, per_second }).collect()
}
