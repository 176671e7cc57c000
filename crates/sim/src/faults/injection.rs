//! What goes wrong with one call.

use jiff::SignedDuration;

use super::plan::{key, mix, occasion};
use super::{CallInfo, Fault, FaultPlan, Service, clock_skew};
use crate::AwsError;
use crate::world::{Distortion, World};

/// What goes wrong with one call.
pub(crate) enum Injection {
    /// AWS refuses it, and does not execute it.
    Refused(AwsError),
    /// It does not come to AWS, or what AWS answers does not come back.
    Wire(WireFault),
    /// It is served, but not as it should be.
    Distorted(Distortion),
}

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireFault {
    /// No connection could be made.
    Unreachable,
    /// The connection broke before AWS had the request.
    ResetBefore,
    /// The connection broke after AWS had executed the request.
    ResetAfter,
    /// The request was executed, and the answer is a 500 `ServiceFailure`.
    ServerErrorAfter,
    /// A 502 in HTML; the request was not executed.
    BadGateway,
    /// The request was executed, and its answer is cut short.
    Truncated,
    /// The request was executed, and its answer drips in for longer than anybody waits.
    Slow,
}

impl WireFault {
    /// Whether AWS executes the request.
    #[must_use]
    pub const fn executes(self) -> bool {
        match self {
            Self::ResetAfter | Self::ServerErrorAfter | Self::Truncated | Self::Slow => true,
            Self::Unreachable | Self::ResetBefore | Self::BadGateway => false,
        }
    }
}

/// A throttle burst, a locked entity.
const BURST_S: i64 = 20;
/// Other tools that use up the rate of a call.
const THROTTLED_S: i64 = 900;
/// A name server, an endpoint.
const OUTAGE_S: i64 = 90;
const LONG_OUTAGE_S: i64 = 2_400;
/// A quota that somebody raises in the end.
const QUOTA_S: i64 = 900;
/// Of so many reads one may show a unique id: a principal that shows as one again and again is gone.
const UNIQUE_ID_EVERY: u64 = 4;
/// How long a new account is not ready.
const NOT_READY: SignedDuration = SignedDuration::from_secs(150);

/// What goes wrong with this call, and by which fault.
pub(super) fn draw(plan: &FaultPlan, call: &CallInfo, world: &World) -> Option<(Fault, Injection)> {
    if !plan.is_on(call.at) || !plan.meets(call.account) {
        return None;
    }
    outage(plan, call)
        .or_else(|| refusal(plan, call, world))
        .or_else(|| on_the_way(plan, call))
        .or_else(|| distortion(plan, call, world))
}

/// What every call of a kind meets for a while.
fn outage(plan: &FaultPlan, call: &CallInfo) -> Option<(Fault, Injection)> {
    let wire = |fault, how| Some((fault, Injection::Wire(how)));
    let lasts = |fault, seconds| plan.lasts_in(fault, 0, call, seconds);
    if lasts(Fault::DnsFailure, OUTAGE_S) {
        return wire(Fault::DnsFailure, WireFault::Unreachable);
    }
    if call.service != Service::Sts && lasts(Fault::RegionOutage, LONG_OUTAGE_S) {
        return wire(Fault::RegionOutage, WireFault::BadGateway);
    }
    if call.service == Service::Sts && lasts(Fault::StsRegionDown, OUTAGE_S) {
        return wire(Fault::StsRegionDown, WireFault::Unreachable);
    }
    // Most calls of a storm fail, some of them after they were executed.
    let storm = Fault::ServerErrorStorm;
    if lasts(storm, BURST_S) {
        return match plan.share(storm, mix(&[1, occasion(call)])) {
            share if share < 0.6 => wire(storm, WireFault::BadGateway),
            share if share < 0.8 => wire(storm, WireFault::ServerErrorAfter),
            _ => None,
        };
    }
    clock_skew::refusal(plan, call).map(|error| (Fault::ClockSkew, Injection::Refused(error)))
}

/// What AWS refuses, and does not execute.
fn refusal(plan: &FaultPlan, call: &CallInfo, world: &World) -> Option<(Fault, Injection)> {
    let account = key(call.account);
    let lasts = |fault, seconds| plan.lasts_in(fault, account, call, seconds);
    let shows = |fault| plan.shows_in(fault, call);
    let creates = ["CreateRole", "PutRolePolicy", "AttachRolePolicy"].contains(&call.operation);
    let sends_trust = ["CreateRole", "UpdateAssumeRolePolicy"].contains(&call.operation);
    let fault = match call.service {
        Service::Organizations if lasts(Fault::OrganizationsThrottle, throttled_s(call)) => {
            Fault::OrganizationsThrottle
        }
        Service::Organizations if call.goes_on && shows(Fault::TokenExpired) => Fault::TokenExpired,
        Service::Iam | Service::Sts if lasts(Fault::IamThrottle, BURST_S) => Fault::IamThrottle,
        Service::Iam if call.in_session && shows(Fault::CredentialsExpired) => {
            Fault::CredentialsExpired
        }
        Service::Iam if creates && lasts(Fault::QuotaReached, QUOTA_S) => Fault::QuotaReached,
        Service::Iam if sends_trust && lasts(Fault::MalformedPolicy, OUTAGE_S) => {
            Fault::MalformedPolicy
        }
        Service::Iam if call.is_write() && shows(Fault::ConcurrentModification) => {
            Fault::ConcurrentModification
        }
        Service::Iam if call.is_write() && lasts(Fault::TemporarilyUnmodifiable, BURST_S) => {
            Fault::TemporarilyUnmodifiable
        }
        Service::Iam if removes(call) && shows(Fault::DeleteConflict) => Fault::DeleteConflict,
        Service::Sts if call.operation == "AssumeRole" && is_new(call, world) => {
            Fault::AccountNotReady
        }
        Service::Sts if !call.in_session && shows(Fault::ProviderFails) => Fault::ProviderFails,
        _ => return None,
    };
    Some((fault, Injection::Refused(error(fault, call))))
}

/// How long Organizations throttles: a list in bursts, a single account for longer than anybody asks.
fn throttled_s(call: &CallInfo) -> i64 {
    if call.operation == "DescribeAccount" { THROTTLED_S } else { BURST_S }
}

fn removes(call: &CallInfo) -> bool {
    ["DeleteRolePolicy", "DetachRolePolicy", "DeleteRolePermissionsBoundary"]
        .contains(&call.operation)
}

fn is_new(call: &CallInfo, world: &World) -> bool {
    let joined = world.state().accounts.get(&call.account).map(|account| account.joined);
    joined.is_some_and(|joined| call.at.duration_since(joined) < NOT_READY)
}

fn error(fault: Fault, call: &CallInfo) -> AwsError {
    match fault {
        Fault::QuotaReached => AwsError::limit_exceeded("Cannot exceed quota for this account"),
        Fault::TokenExpired => AwsError::organizations(
            "InvalidInputException",
            "You specified an invalid value for NextToken.",
        ),
        Fault::CredentialsExpired => {
            let message = "The security token included in the request is expired";
            AwsError::new("ExpiredToken", 403, message)
        }
        Fault::ProviderFails => {
            let message = "The security token included in the request is invalid.";
            AwsError::new("InvalidClientTokenId", 403, message)
        }
        Fault::MalformedPolicy => {
            let message = "Invalid principal in policy: \"AWS\":\"arn:aws:iam::911403356698:root\"";
            AwsError::malformed_policy(message)
        }
        Fault::ConcurrentModification => AwsError::new(
            "ConcurrentModification",
            409,
            "The request was rejected because multiple requests to change this object were submitted simultaneously.",
        ),
        Fault::TemporarilyUnmodifiable => AwsError::new(
            "EntityTemporarilyUnmodifiable",
            409,
            "The entity is temporarily unmodifiable.",
        ),
        Fault::DeleteConflict => {
            AwsError::delete_conflict("Cannot delete entity, it is in use elsewhere.")
        }
        Fault::AccountNotReady => {
            let message = "The AWS Access Key Id needs a subscription for the service";
            AwsError::new("OptInRequired", 403, message)
        }
        _ => AwsError::throttled(call.service),
    }
}

fn on_the_way(plan: &FaultPlan, call: &CallInfo) -> Option<(Fault, Injection)> {
    let shows = |fault| plan.shows_in(fault, call);
    let (fault, how) = if shows(Fault::LostResponse) {
        let before = plan.share(Fault::LostResponse, mix(&[2, occasion(call)])) < 0.4;
        let how = if before { WireFault::ResetBefore } else { WireFault::ResetAfter };
        (Fault::LostResponse, how)
    } else if shows(Fault::ExecutedServerError) {
        (Fault::ExecutedServerError, WireFault::ServerErrorAfter)
    } else if shows(Fault::TruncatedAnswer) {
        (Fault::TruncatedAnswer, WireFault::Truncated)
    } else if shows(Fault::SlowAnswer) {
        (Fault::SlowAnswer, WireFault::Slow)
    } else {
        return None;
    };
    Some((fault, Injection::Wire(how)))
}

fn distortion(plan: &FaultPlan, call: &CallInfo, world: &World) -> Option<(Fault, Injection)> {
    let shows = |fault| plan.shows_in(fault, call);
    let distorted = |fault, how| Some((fault, Injection::Distorted(how)));
    if call.service == Service::Iam {
        if let Some((fault, before)) = stale(plan, call, world) {
            return distorted(fault, Distortion::Stale(before));
        }
        let again = !call.before.is_multiple_of(UNIQUE_ID_EVERY);
        if call.operation == "GetRole" && !again && shows(Fault::PrincipalGone) {
            return distorted(Fault::PrincipalGone, Distortion::UniqueIds);
        }
    }
    if call.operation == "ListAccounts" {
        if shows(Fault::EmptyPage) {
            return distorted(Fault::EmptyPage, Distortion::EmptyPage);
        }
        if call.goes_on && shows(Fault::TokenRepeated) {
            return distorted(Fault::TokenRepeated, Distortion::RepeatedToken);
        }
        if shows(Fault::StaleList) {
            let drawn = mix(&[plan.seed, 3, occasion(call)]);
            return distorted(Fault::StaleList, Distortion::LeftOut(drawn));
        }
    }
    if call.operation.starts_with("List") && shows(Fault::ShortPage) {
        return distorted(Fault::ShortPage, Distortion::ShortPage);
    }
    let of_accounts = ["ListAccounts", "DescribeAccount"].contains(&call.operation);
    if of_accounts && shows(Fault::StatusGone) {
        let state = mix(&[plan.seed, 4]).is_multiple_of(2);
        let how = if state { Distortion::NoState } else { Distortion::NoStatus };
        return distorted(Fault::StatusGone, how);
    }
    None
}

/// How long a read may show what was before a write: less than anybody waits for one to show.
const LAG_MAX_S: f64 = 20.0;

/// The account as it was a while ago, where it was another then. A write that does not find the role
/// that was just created is stale too; any other write finds what is there.
fn stale(
    plan: &FaultPlan,
    call: &CallInfo,
    world: &World,
) -> Option<(Fault, std::sync::Arc<crate::Account>)> {
    let lags = |fault| plan.shows_in(fault, call);
    if !(lags(Fault::StaleAfterCreate) || lags(Fault::StaleAfterPut) || lags(Fault::PutAfterCreate))
    {
        return None;
    }
    let lag = plan.share(Fault::StaleAfterPut, mix(&[5, occasion(call)])) * LAG_MAX_S;
    let then = call.at.saturating_sub(SignedDuration::from_secs_f64(lag)).ok()?;
    let before = world.account_at(call.account, then)?;
    let stands = |account: &crate::Account| account.iam.role(call.role()).is_some();
    let stands_now = world.state().accounts.get(&call.account).is_some_and(|it| stands(it));
    let fault = match (call.is_write(), stands_now && !stands(&before)) {
        (true, true) if call.operation != "CreateRole" => Fault::PutAfterCreate,
        (true, _) => return None,
        (false, true) => Fault::StaleAfterCreate,
        (false, false) => Fault::StaleAfterPut,
    };
    lags(fault).then_some((fault, before))
}
