//! Rules over a finished plan, written apart from the planner and able to veto it.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::access_key::check_keys;
use crate::planted::{PlantedBug, is_planted};
use crate::{
    AccountPlan, DIGITALEX_ACCOUNT, DesiredBoundary, DesiredIdentity, ExternalId, IdentityKind,
    Observation, Ownership, PolicyDocument, Step, TrustedPrincipal,
};

/// IAM quotas: characters of all inline policies of a role and of a user, white space not counted.
const ROLE_INLINE_CHARS_MAX: usize = 10_240;
const USER_INLINE_CHARS_MAX: usize = 2_048;
/// IAM quota: characters of a trust policy, after the increase that can be asked for.
const TRUST_CHARS_MAX: usize = 4_096;
/// IAM quotas: managed policies per role and per user, after the increase that can be asked for.
const ROLE_MANAGED_POLICIES_MAX: usize = 25;
const USER_MANAGED_POLICIES_MAX: usize = 20;
/// IAM quota: tags per role or user.
const TAGS_MAX: usize = 50;

/// How much one plan may take away before a person must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeLimits {
    /// Most inline policies deleted and managed policies detached from one role.
    pub removals_max: usize,
}

/// A rule that a plan breaks. A plan with one is never applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Violation {
    /// It writes to a role that was not just read as ours, nor adopted by permission.
    NotOurs,
    /// Its target is not the role that was asked for.
    OtherRole,
    /// Its trust policy lets someone in without the customer's external id.
    TrustWithoutExternalId,
    /// Its trust policy trusts someone else than DigitalEx.
    TrustsSomeoneElse,
    /// It creates the role without the declared permissions boundary.
    BoundaryOmitted,
    /// It would leave more behind than an IAM quota allows.
    QuotaExceeded {
        /// What is counted.
        quota: &'static str,
        /// How many there would be.
        count: usize,
        /// How many IAM allows.
        max: usize,
    },
    /// It would leave the user without a recorded key that works, or with a moment without one.
    NoWorkingKey,
    /// It takes more away than the configuration allows without a person's look.
    TooManyRemovals {
        /// How many policies it removes.
        count: usize,
        /// How many it may.
        max: usize,
    },
}

/// The rules that `plan` breaks; empty where it may be applied.
#[must_use]
pub fn check(
    plan: &AccountPlan,
    desired: &DesiredIdentity,
    observation: &Observation,
    external_id: &ExternalId,
    limits: ChangeLimits,
) -> Vec<Violation> {
    if plan.is_empty() {
        return Vec::new();
    }
    let mut violations = Vec::new();
    violations.extend(check_ownership(plan, observation));
    violations.extend(check_target(plan, desired, observation));
    violations.extend(
        plan.steps
            .iter()
            .filter_map(written_trust)
            .flat_map(|trust| check_trust(trust, external_id)),
    );
    violations.extend(plan.steps.iter().filter_map(|step| check_boundary(step, desired)));
    violations.extend(check_quotas(plan, desired.kind(), observation));
    violations.extend(check_removals(plan, limits));
    violations.extend(check_keys(&plan.steps, desired, observation));
    violations
}

fn check_ownership(plan: &AccountPlan, observation: &Observation) -> Option<Violation> {
    let creates = plan.steps.first().is_some_and(Step::creates);
    let allowed = match observation {
        Observation::Unreadable(_) => false,
        Observation::Absent => creates,
        Observation::Present(found) => {
            !creates
                && match Ownership::of(found) {
                    Ownership::Ours => true,
                    Ownership::HandMade => plan.adopts,
                    Ownership::Foreign => false,
                }
        }
    };
    (!allowed || plan.observation != observation.fingerprint()).then_some(Violation::NotOurs)
}

fn check_target(
    plan: &AccountPlan,
    desired: &DesiredIdentity,
    observation: &Observation,
) -> Option<Violation> {
    let name = plan.identity.resource.rsplit('/').next().unwrap_or_default();
    let same_kind = plan.identity.resource.starts_with(&format!("{}/", desired.kind()));
    let same_name = name.eq_ignore_ascii_case(desired.name.as_str());
    let same_account =
        plan.identity.account_id() == Some(desired.account) && plan.account == desired.account;
    let as_observed = observation.identity().is_none_or(|found| found.arn == plan.identity);
    (!(same_kind && same_name && same_account && as_observed)).then_some(Violation::OtherRole)
}

fn written_trust(step: &Step) -> Option<&PolicyDocument> {
    match step {
        Step::CreateRole { trust, .. } | Step::UpdateAssumeRolePolicy { trust } => Some(trust),
        _ => None,
    }
}

fn check_trust(trust: &PolicyDocument, external_id: &ExternalId) -> Vec<Violation> {
    let grants = trust.trust_grants();
    let expected = BTreeSet::from([external_id.expose().to_owned()]);
    let digitalex = TrustedPrincipal::Account(DIGITALEX_ACCOUNT);
    let mut violations = Vec::new();
    if grants.iter().any(|grant| grant.external_ids != expected) {
        violations.push(Violation::TrustWithoutExternalId);
    }
    if grants.iter().any(|grant| grant.principal != digitalex) {
        violations.push(Violation::TrustsSomeoneElse);
    }
    violations
}

fn check_boundary(step: &Step, desired: &DesiredIdentity) -> Option<Violation> {
    match (step, &desired.boundary) {
        (
            Step::CreateRole { boundary, .. } | Step::CreateUser { boundary, .. },
            DesiredBoundary::Required(arn),
        ) => (boundary.as_ref() != Some(arn) && !is_planted(PlantedBug::LeaveOutBoundary))
            .then_some(Violation::BoundaryOmitted),
        _ => None,
    }
}

/// What would be left behind, counted from the observation and the steps alone.
fn check_quotas(
    plan: &AccountPlan,
    kind: IdentityKind,
    observation: &Observation,
) -> Vec<Violation> {
    let (inline_max, managed_max) = match kind {
        IdentityKind::Role => (ROLE_INLINE_CHARS_MAX, ROLE_MANAGED_POLICIES_MAX),
        IdentityKind::User => (USER_INLINE_CHARS_MAX, USER_MANAGED_POLICIES_MAX),
    };
    let found = observation.identity();
    let mut inline = found.map(|found| found.inline.clone()).unwrap_or_default();
    let mut managed = found.map(|found| found.managed.clone()).unwrap_or_default();
    let mut tags = found.map(|found| found.tags.clone()).unwrap_or_default();
    let mut trust_chars = 0;
    for step in &plan.steps {
        match step {
            Step::CreateRole { tags: new, trust, .. } => {
                tags.extend(new.clone());
                trust_chars = trust.size_chars();
            }
            Step::UpdateAssumeRolePolicy { trust } => trust_chars = trust.size_chars(),
            Step::PutPolicy { name, document, .. } => {
                inline.insert(name.clone(), document.clone());
            }
            Step::DeletePolicy { name, .. } => {
                inline.remove(name);
            }
            Step::AttachPolicy { arn, .. } => {
                managed.insert(arn.clone());
            }
            Step::DetachPolicy { arn, .. } => {
                managed.remove(arn);
            }
            Step::CreateUser { tags: new, .. } | Step::Tag { tags: new, .. } => {
                tags.extend(new.clone());
            }
            Step::PutPermissionsBoundary { .. }
            | Step::DeletePermissionsBoundary { .. }
            | Step::UpdateRole { .. }
            | Step::CreateAccessKey { .. }
            | Step::SwitchAccessKey { .. }
            | Step::DeactivateAccessKey { .. }
            | Step::DeleteAccessKey { .. }
            | Step::DeleteLoginProfile
            | Step::RemoveUserFromGroup { .. } => {}
        }
    }
    let inline_chars = inline.values().map(PolicyDocument::size_chars).sum();
    [
        ("characters of inline policies", inline_chars, inline_max),
        ("characters of the trust policy", trust_chars, TRUST_CHARS_MAX),
        ("managed policies", managed.len(), managed_max),
        ("tags", tags.len(), TAGS_MAX),
    ]
    .into_iter()
    .filter(|(_, count, max)| count > max)
    .map(|(quota, count, max)| Violation::QuotaExceeded { quota, count, max })
    .collect()
}

fn check_removals(plan: &AccountPlan, limits: ChangeLimits) -> Option<Violation> {
    let removes =
        |step: &&Step| matches!(step, Step::DeletePolicy { .. } | Step::DetachPolicy { .. });
    let count = plan.steps.iter().filter(removes).count();
    let max = limits.removals_max;
    (count > max && !is_planted(PlantedBug::IgnoreRemovalLimit))
        .then_some(Violation::TooManyRemovals { count, max })
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => {
                out.write_str("the plan writes to a role or user that was not just read as ours")
            }
            Self::OtherRole => {
                out.write_str("the plan's target is not the role that was asked for")
            }
            Self::TrustWithoutExternalId => out.write_str(
                "the trust policy would let someone in without the customer's external id",
            ),
            Self::TrustsSomeoneElse => {
                write!(
                    out,
                    "the trust policy would trust someone else than DigitalEx ({DIGITALEX_ACCOUNT})"
                )
            }
            Self::BoundaryOmitted => {
                out.write_str("the role would be created without the declared permissions boundary")
            }
            Self::QuotaExceeded { quota, count, max } => {
                write!(out, "the role would have {count} {quota}; IAM allows {max}")
            }
            Self::NoWorkingKey => out
                .write_str("the plan would take the recorded access key away before another works"),
            Self::TooManyRemovals { count, max } => write!(
                out,
                "the plan removes {count} policies from the role, and removals_max is {max}: look at \
                 them, then raise removals_max or remove them yourself",
            ),
        }
    }
}
