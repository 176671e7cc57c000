//! Which service control policy denied a write, and what would help. AWS says that one did, and mostly which;
//! never why.

mod cause;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use digitalex_core::{
    CallBoundary, DeniedCall, DesiredBoundary, DesiredIdentity, PolicyDenial, Step,
};
use futures::future::{Either, select};
use tokio::sync::Mutex;

use crate::{
    Account, AdminRole, CallError, CallErrorKind, Clock, Denial, ServiceControlPolicies,
    ServiceControlPolicy,
};

/// How long what was read is good for: whoever changes a policy sees it told soon.
const FRESH: Duration = Duration::from_secs(300);
/// So many calls are made in that time: a run that is denied everywhere is not made slow by asking why.
const CALLS_MAX: usize = 40;
/// How long a visit waits to be told why.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// A policy that denied a write.
#[derive(Debug)]
pub(crate) struct DenyingPolicy {
    pub(crate) policy: ServiceControlPolicy,
    pub(crate) denial: PolicyDenial,
    /// What was denied: a call may need more actions than the one that it is named for.
    pub(crate) action: String,
}

/// A write that was denied.
pub(crate) struct DeniedWrite<'a> {
    pub(crate) account: &'a Account,
    pub(crate) admin_roles: &'a [AdminRole],
    pub(crate) desired: &'a DesiredIdentity,
    pub(crate) step: &'a Step,
    pub(crate) error: &'a CallError,
}

/// Looks for the policies that denied writes. What one account's search reads of the OUs above it, those
/// of the others need not.
pub(crate) struct DenialSearch {
    policies: Arc<dyn ServiceControlPolicies>,
    clock: Arc<dyn Clock>,
    /// One search at a time, so that none asks what another is asking.
    read: Mutex<Read>,
}

/// What was read so far.
#[derive(Default)]
struct Read {
    /// Since when, on the clock that only goes forward.
    since: Duration,
    /// Calls made since.
    calls: usize,
    /// Nothing more is asked: the caller may not, or Organizations does not answer.
    given_up: bool,
    /// Policy ids by the id of what they are attached to.
    attached: BTreeMap<String, Vec<String>>,
    /// By policy id; none where it cannot be understood.
    policies: BTreeMap<String, Option<ServiceControlPolicy>>,
}

/// What AWS says of a denial ("Troubleshoot access denied error messages", IAM User Guide).
struct Told<'a> {
    action: &'a str,
    resource: &'a str,
    /// The name of the role that called.
    role: Option<&'a str>,
    /// The policy's id, where AWS names it.
    policy: Option<&'a str>,
}

impl DenialSearch {
    pub(crate) fn new(policies: Arc<dyn ServiceControlPolicies>, clock: Arc<dyn Clock>) -> Self {
        Self { policies, clock, read: Mutex::default() }
    }

    /// The policy behind a write that was denied; none where no service control policy denied it
    /// explicitly, or where which one cannot be told.
    pub(crate) async fn find(&self, write: &DeniedWrite<'_>) -> Option<DenyingPolicy> {
        if write.error.kind != CallErrorKind::Denied(Denial::ServiceControlPolicy) {
            return None;
        }
        let told = Told::parse(&write.error.message)?;
        let principal = told.role.map(|role| principal(write, role));
        let call = DeniedCall {
            action: told.action,
            resource: told.resource,
            account: write.account.id,
            principal: principal.as_deref(),
            boundary: boundary(write),
        };
        let searched = Box::pin(self.search(write.account, &told, &call));
        match select(searched, self.clock.sleep(WAIT_MAX)).await {
            Either::Left((found, _)) => found,
            Either::Right(_) => {
                tracing::debug!(account = %write.account.id, "which policy denied it took too long to tell");
                None
            }
        }
    }

    async fn search(
        &self,
        account: &Account,
        told: &Told<'_>,
        call: &DeniedCall<'_>,
    ) -> Option<DenyingPolicy> {
        let mut read = self.read.lock().await;
        let now = self.clock.monotonic();
        if now.saturating_sub(read.since) > FRESH {
            *read = Read { since: now, ..Read::default() };
        }
        let found = match told.policy {
            Some(id) => self.named(&mut read, id, call).await,
            None => self.unnamed(&mut read, account, call).await,
        };
        found.unwrap_or_else(|error| {
            read.given_up = true;
            tracing::warn!(%error, "which service control policies deny writes cannot be told");
            None
        })
    }

    /// The policy that AWS names: whatever its conditions say, it is the one.
    async fn named(
        &self,
        read: &mut Read,
        id: &str,
        call: &DeniedCall<'_>,
    ) -> Result<Option<DenyingPolicy>, CallError> {
        let Some(policy) = self.policy(read, id).await? else { return Ok(None) };
        let demands = policy.document.denial(call).and_then(|denial| denial.demands);
        let denial = PolicyDenial { demands, certain: true };
        Ok(Some(DenyingPolicy { policy, denial, action: call.action.to_owned() }))
    }

    /// From the root down, so that most accounts need no call of their own; certainty ends it.
    async fn unnamed(
        &self,
        read: &mut Read,
        account: &Account,
        call: &DeniedCall<'_>,
    ) -> Result<Option<DenyingPolicy>, CallError> {
        let above = match &account.ou_path {
            Some(path) => path.0.clone(),
            None if !read.may_ask() => return Ok(None),
            None => self.policies.ou_path(account.id).await?.0,
        };
        let mut likeliest = None::<DenyingPolicy>;
        for target in above.into_iter().chain([account.id.to_string()]) {
            for id in self.attached_to(read, &target).await? {
                let Some(policy) = self.policy(read, &id).await? else { continue };
                let Some(denial) = policy.document.denial(call) else { continue };
                if likeliest.as_ref().is_none_or(|it| it.denial.weight() < denial.weight()) {
                    let action = call.action.to_owned();
                    likeliest = Some(DenyingPolicy { policy, denial, action });
                }
            }
            if likeliest.as_ref().is_some_and(|found| found.denial.certain) {
                break;
            }
        }
        Ok(likeliest)
    }

    async fn attached_to(&self, read: &mut Read, target: &str) -> Result<Vec<String>, CallError> {
        if !read.attached.contains_key(target) {
            if !read.may_ask() {
                return Ok(Vec::new());
            }
            let attached = self.policies.attached_to(target).await?;
            read.attached.insert(target.to_owned(), attached);
        }
        Ok(read.attached.get(target).cloned().unwrap_or_default())
    }

    async fn policy(
        &self,
        read: &mut Read,
        id: &str,
    ) -> Result<Option<ServiceControlPolicy>, CallError> {
        if !read.policies.contains_key(id) {
            if !read.may_ask() {
                return Ok(None);
            }
            let policy = match self.policies.policy(id).await {
                Err(error) if error.kind == CallErrorKind::InconsistentAnswer => None,
                policy => Some(policy?),
            };
            read.policies.insert(id.to_owned(), policy);
        }
        Ok(read.policies.get(id).cloned().flatten())
    }
}

impl Read {
    /// Whether one more call is made; it counts.
    fn may_ask(&mut self) -> bool {
        let may = !self.given_up && self.calls < CALLS_MAX;
        self.calls += usize::from(may);
        may
    }
}

impl<'a> Told<'a> {
    /// None where nothing was denied explicitly: there is no policy to find then.
    fn parse(message: &'a str) -> Option<Self> {
        let word = |after: &str| {
            let (_, rest) = message.split_once(after)?;
            rest.split_whitespace().next()
        };
        if !message.contains("explicit deny") {
            return None;
        }
        Some(Self {
            action: word("not authorized to perform: ")?,
            resource: word(" on resource: ")?,
            role: word(":assumed-role/").and_then(|rest| rest.split('/').next()),
            policy: word("/service_control_policy/")
                .map(|id| id.trim_end_matches(|end: char| !end.is_ascii_alphanumeric())),
        })
    }
}

/// The ARN of the role that called. A session's ARN lacks the path, which the configuration has.
fn principal(write: &DeniedWrite<'_>, role: &str) -> String {
    let DeniedWrite { account, admin_roles, desired, .. } = write;
    let hops = admin_roles.iter().filter_map(|way| way.hops.last());
    let named = hops.map(String::as_str).find(|hop| hop.rsplit('/').next() == Some(role));
    match named.unwrap_or(role) {
        arn if arn.starts_with("arn:") => arn.replace("<ACCOUNT_ID>", &account.id.to_string()),
        name => format!("arn:{}:iam::{}:role/{name}", desired.partition, account.id),
    }
}

/// `iam:PermissionsBoundary` of the write. Of a policy that is put or attached it is the boundary in place, which
/// the writes before may have changed.
fn boundary<'a>(write: &'a DeniedWrite<'_>) -> CallBoundary<'a> {
    match write.step {
        Step::CreateRole { .. } | Step::CreateUser { .. } => match &write.desired.boundary {
            DesiredBoundary::Required(arn) => CallBoundary::Is(Some(arn.as_str())),
            DesiredBoundary::Forbidden | DesiredBoundary::Undeclared => CallBoundary::Is(None),
        },
        Step::PutPermissionsBoundary { arn, .. } => CallBoundary::Is(Some(arn.as_str())),
        Step::DeletePermissionsBoundary { .. }
        | Step::PutPolicy { .. }
        | Step::DeletePolicy { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. } => CallBoundary::Unknown,
        _ => CallBoundary::NoKey,
    }
}
