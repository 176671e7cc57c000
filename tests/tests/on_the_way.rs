//! What goes wrong on the wire, as the real SDK sees it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use digitalex_aws::AwsConnection;
use digitalex_core::{Identity, IdentityKind, IdentityName, IdentityPath, Verdict};
use digitalex_engine::{
    AdminRole, CallError, CallErrorKind, Caller, Clock, Organization, Rates, RetryLimits, Target,
    TokioClock,
};
use digitalex_sim::faults::{CallInfo, Fate, Fault, FaultPlan, Medium, Moment, Scripted, Watch};
use digitalex_sim::generate::Fleet;
use digitalex_sim::{Sandbox, SandboxOptions, World};
use digitalex_tests::in_process::{Asked, InProcessAws};
use digitalex_tests::rigs::{SdkRig, SimulatedPorts};
use digitalex_tests::rollout::{Rig, Rollout};
use rand::SeedableRng;
use rand::rngs::SmallRng;

/// As many as show a fault in each of its ways.
const SEEDS: std::ops::Range<u64> = 0..8;
/// How long the head of an answer is waited for, and the whole of it.
const DEADLINES: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(30)];
/// One operation of each protocol, and one whose answer is a list.
const OPERATIONS: [&str; 5] = [
    "DescribeOrganization",
    "GetCallerIdentity",
    "AssumeRole",
    "GetRole",
    "ListAttachedRolePolicies",
];

struct Nobody;

impl Watch for Nobody {
    fn at(&self, _: &CallInfo, _: Moment<'_>) -> Fate {
        Fate::Lives
    }
}

fn behind(organization: &SimulatedPorts, plan: FaultPlan, latency_max: Duration) -> Sandbox {
    organization.sandbox().behind(Arc::new(Medium::new(plan, 0, latency_max, Arc::new(Nobody))))
}

fn in_sync(accounts: usize) -> SimulatedPorts {
    SimulatedPorts::limited(accounts, Fleet::InSync, SandboxOptions::default())
}

fn in_process(sandbox: &Sandbox, caller: &Caller) -> InProcessAws {
    InProcessAws::new(sandbox.router(), Arc::clone(caller.clock())).recorded()
}

/// A caller that makes no call twice.
fn one_attempt() -> Caller {
    let retry = RetryLimits { attempts_max: 1, ..RetryLimits::default() };
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::start());
    Caller::new(clock, &Rates::default(), retry, SmallRng::seed_from_u64(7))
}

/// Reads the role of one account over the SDK, each call once.
async fn read_role(organization: &SimulatedPorts, plan: FaultPlan) -> Result<(), CallError> {
    let caller = one_attempt();
    let sandbox = behind(organization, plan, Duration::ZERO);
    let aws = in_process(&sandbox, &caller);
    let rig = SdkRig::in_process(Arc::new(aws), caller).await?;
    let name = IdentityName::new("digitalex-finops").expect("legal");
    let role = Identity { kind: IdentityKind::Role, name };
    let target = Target {
        account: organization.members()[0],
        admin_roles: [AdminRole { hops: vec!["OrganizationAccountAccessRole".to_owned()] }].into(),
        identity: role.clone(),
        path: IdentityPath::default(),
        inline_policies: [].into(),
    };
    let read = rig.read_access().open(&target).await?.observe(&role).await?;
    let read = read.expect("a role");
    assert!(!read.managed.is_empty() && !read.inline.is_empty(), "{read:?}");
    Ok(())
}

/// What one failed call comes to, and after how long.
async fn failure(
    organization: &SimulatedPorts,
    seed: u64,
    fault: Fault,
    operation: &'static str,
) -> (CallErrorKind, Duration) {
    let script = vec![Scripted { fault, operation, before: 0 }];
    let plan = FaultPlan { seed, script, ..FaultPlan::default() };
    let clock = TokioClock::start();
    let result = read_role(organization, plan).await;
    let error = result.expect_err(&format!("{fault:?} of {operation}, seed {seed}"));
    assert_eq!(error.operation, operation, "{error}");
    (error.kind, clock.monotonic())
}

#[tokio::test(start_paused = true)]
async fn answer_that_does_not_come_whole_should_be_an_unknown_outcome() {
    let organization = in_sync(3);
    let faults = [
        Fault::LostResponse,
        Fault::ExecutedServerError,
        Fault::TruncatedAnswer,
        Fault::SlowAnswer,
    ];
    for fault in faults {
        let mut times = BTreeSet::new();
        for seed in SEEDS {
            for operation in OPERATIONS {
                let (kind, time) = failure(&organization, seed, fault, operation).await;
                assert_eq!(kind, CallErrorKind::Transient, "{fault:?} of {operation}, seed {seed}");
                times.insert(time);
            }
        }
        let expected = match fault {
            Fault::SlowAnswer => DEADLINES.into(),
            _ => BTreeSet::from([Duration::ZERO]),
        };
        assert_eq!(times, expected, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn page_that_does_not_come_whole_should_never_end_the_listing_as_complete() {
    let organization = in_sync(60);
    for seed in SEEDS {
        let cut = Scripted { fault: Fault::TruncatedAnswer, operation: "ListAccounts", before: 1 };
        let plan = FaultPlan { seed, script: vec![cut], ..FaultPlan::default() };
        let caller = one_attempt();
        let aws = in_process(&behind(&organization, plan, Duration::ZERO), &caller);
        let rig = SdkRig::in_process(Arc::new(aws), caller).await.expect("an organization");
        let outcome = Rollout::of_all(&rig).audit().await;
        assert_eq!(outcome.records.len(), 20, "seed {seed}");
        let incomplete = outcome.status.listing_incomplete.expect("an incomplete listing");
        assert!(incomplete.contains("ListAccounts"), "{incomplete}");
    }
}

#[tokio::test(start_paused = true)]
async fn name_that_does_not_resolve_should_be_an_unreachable_endpoint() {
    let organization = in_sync(2);
    for seed in 0..4 {
        let rates = [(Fault::DnsFailure, 1.0)].into();
        let plan = FaultPlan { seed, rates, ..FaultPlan::default() };
        let error = read_role(&organization, plan).await.expect_err("no name resolves");
        assert_eq!(error.kind, CallErrorKind::EndpointUnreachable, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn html_in_place_of_an_answer_should_be_an_unknown_outcome() {
    let organization = in_sync(2);
    for seed in SEEDS {
        let rates = [(Fault::RegionOutage, 1.0)].into();
        let plan = FaultPlan { seed, rates, ..FaultPlan::default() };
        let error = read_role(&organization, plan).await.expect_err("us-east-1 is out");
        assert_eq!(error.kind, CallErrorKind::Transient, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn sdk_should_learn_awss_time_from_the_answer_that_refuses_a_wrong_clock() {
    for seed in SEEDS {
        let (organization, caller) = (in_sync(2), one_attempt());
        let rates = [(Fault::ClockSkew, 1.0)].into();
        let plan = FaultPlan { seed, rates, ..FaultPlan::default() };
        let sandbox = behind(&organization, plan, Duration::ZERO);
        let aws = Arc::new(in_process(&sandbox, &caller));
        let connection = AwsConnection::in_process(aws, &[], caller);
        // Organizations and STS have a client each, and each client learns for itself.
        for _ in 0..2 {
            let error = connection.organization().describe().await.expect_err("a wrong clock");
            assert_eq!(error.kind, CallErrorKind::ClockSkew, "{error}");
        }
        connection.organization().describe().await.expect("signed at AWS's time");
    }
}

#[tokio::test(start_paused = true)]
async fn token_that_repeats_for_ever_should_end_the_listing_as_incomplete() {
    let organization = in_sync(60);
    let rates = [(Fault::TokenRepeated, 1.0)].into();
    let sandbox =
        behind(&organization, FaultPlan { rates, ..FaultPlan::default() }, Duration::ZERO);
    let caller = organization.caller().clone();
    let aws = in_process(&sandbox, &caller);
    let rig = SdkRig::in_process(Arc::new(aws), caller).await.expect("an organization");
    let outcome = Rollout::of_all(&rig).audit().await;
    let incomplete = outcome.status.listing_incomplete.expect("an incomplete listing");
    assert!(incomplete.contains("twice"), "{incomplete}");
}

/// Applies while everything goes wrong on the wire that can, then when nothing does; and what was asked.
async fn applied_over_a_bad_wire(seed: u64) -> Vec<Asked> {
    let latency = Duration::from_millis(200);
    let organization = SimulatedPorts::limited(30, Fleet::Untouched, SandboxOptions::default());
    let caller = organization.caller().clone();
    let faults = [
        Fault::LostResponse,
        Fault::ExecutedServerError,
        Fault::TruncatedAnswer,
        Fault::SlowAnswer,
    ];
    let often = faults.map(|fault| (fault, 0.04));
    let rates = often.into_iter().chain([(Fault::StatusGone, 1.0)]).collect();
    let plan = FaultPlan { seed, rates, ..FaultPlan::default() };
    let bad = in_process(&behind(&organization, plan, latency), &caller);
    let rig = SdkRig::in_process(Arc::new(bad.clone()), caller.clone()).await;
    let rig = rig.expect("an organization");
    let outcome = Rollout::of_all(&rig).apply().await;
    assert!(outcome.status.count(Verdict::Converged) > 0, "{:?}", outcome.status);

    let good = in_process(&behind(&organization, FaultPlan::default(), latency), &caller);
    let rig = SdkRig::in_process(Arc::new(good.clone()), caller).await.expect("an organization");
    let healed = Rollout::of_all(&rig).apply().await;
    let (converged, in_sync) =
        (healed.status.count(Verdict::Converged), healed.status.count(Verdict::InSync));
    assert_eq!(converged + in_sync, healed.status.total() - 1, "{:?}", healed.status);
    [bad.asked(), good.asked()].concat()
}

#[tokio::test(start_paused = true)]
async fn apply_over_a_bad_wire_should_converge_once_it_is_well_and_be_the_same_for_the_same_seed() {
    for seed in 0..3 {
        let first = applied_over_a_bad_wire(seed).await;
        let second = applied_over_a_bad_wire(seed).await;
        assert_eq!(first, second, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_in_one_account_should_be_told_there_with_what_helps() {
    let cases = [
        (Fault::IamThrottle, "throttled", "run again later"),
        (Fault::QuotaReached, "quota_reached", "ask AWS to raise it"),
        (Fault::CredentialsExpired, "session_expired", "clock is right"),
        (Fault::AccountNotReady, "account_not_ready", "run again in some minutes"),
    ];
    for (fault, code, helps) in cases {
        let options = SandboxOptions::default();
        let organization = SimulatedPorts::limited(6, Fleet::Untouched, options);
        let member = organization.members()[0];
        if fault == Fault::AccountNotReady {
            let now = organization.caller().clock().now();
            organization.sandbox().with_world(|world: &mut World| {
                let account = world.state_mut().accounts.get_mut(&member).expect("a member");
                Arc::make_mut(account).joined = now;
            });
        }
        let rates = [(fault, 1.0)].into();
        let plan = FaultPlan { rates, only: vec![member], ..FaultPlan::default() };
        let caller = organization.caller().clone();
        let aws = in_process(&behind(&organization, plan, Duration::ZERO), &caller);
        let rig = SdkRig::in_process(Arc::new(aws), caller).await.expect("an organization");
        let outcome = Rollout::of_all(&rig).apply().await;
        let cause = outcome.records[&member].cause.as_ref().expect("a cause");
        assert_eq!(cause.code, code, "{fault:?}: {cause:?}");
        assert!(cause.remedy.as_ref().expect("a remedy").contains(helps), "{cause:?}");
        assert_eq!(outcome.status.count(Verdict::Converged), 4, "{fault:?}");
    }
}
