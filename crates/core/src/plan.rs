//! The plan of one account: ordered writes, and what was not planned and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::observation::digest_of;
use crate::planted::{PlantedBug, is_planted};
use crate::{
    AccountId, Arn, Aspect, DesiredBoundary, DesiredIdentity, Difference, Effect, Fingerprint,
    Hold, IdentityDiff, Observation, ObservedIdentity, Ownership, Step,
};

/// Whether a hand-made DigitalEx role may be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Adoption {
    /// No: it is held, for a person to decide.
    #[default]
    Refused,
    /// Yes.
    Allowed,
}

/// What to do in one account. Immutable, and leaves no choice to the executor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountPlan {
    /// The account.
    pub account: AccountId,
    /// The role that the steps write to: as observed, or as it will be created.
    pub role: Arn,
    /// The observation that the plan rests on.
    pub observation: Fingerprint,
    /// Whether the plan takes over a hand-made role.
    pub adopts: bool,
    /// The writes, in order, each one API call.
    pub steps: Vec<Step>,
    /// What was not planned, and why.
    pub holds: Vec<Hold>,
}

/// A digest of a plan: equal digests, equal plans, but for hidden external ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanDigest(String);

/// The plan that turns `observation` into `desired`, `diff` being what differs between them.
///
/// Order keeps every moment within what was and what is wanted: ownership first when adopting, then
/// what limits (boundary, trust and policies that are too wide), then what allows, then the rest.
#[must_use]
pub fn plan(
    desired: &DesiredIdentity,
    observation: &Observation,
    diff: &IdentityDiff,
    adoption: Adoption,
) -> AccountPlan {
    let mut plan = AccountPlan {
        account: desired.account,
        role: desired.arn(),
        observation: observation.fingerprint(),
        adopts: false,
        steps: Vec::new(),
        holds: Vec::new(),
    };
    match observation {
        // An unreadable role has no diff, and so never comes here; nothing is planned for one.
        Observation::Unreadable(_) => {}
        Observation::Absent => plan.steps = creation(desired),
        Observation::Present(found) => plan_present(&mut plan, desired, found, diff, adoption),
    }
    plan
}

fn creation(desired: &DesiredIdentity) -> Vec<Step> {
    let late_tags = is_planted(PlantedBug::TagAfterCreation);
    let create = Step::CreateRole {
        path: desired.path.clone(),
        trust: desired.trust.clone(),
        description: desired.description.clone(),
        max_session_duration: desired.max_session_duration,
        boundary: match &desired.boundary {
            DesiredBoundary::Required(_) if is_planted(PlantedBug::LeaveOutBoundary) => None,
            DesiredBoundary::Required(arn) => Some(arn.clone()),
            DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => None,
        },
        tags: if late_tags { BTreeMap::new() } else { desired.tags.clone() },
    };
    let inline = desired.inline.iter().map(|(name, document)| Step::PutRolePolicy {
        name: name.clone(),
        document: document.clone(),
    });
    let managed = desired.managed.iter().map(|arn| Step::AttachRolePolicy { arn: arn.clone() });
    let tag = late_tags.then(|| Step::TagRole { tags: desired.tags.clone() });
    std::iter::once(create).chain(inline).chain(managed).chain(tag).collect()
}

fn plan_present(
    plan: &mut AccountPlan,
    desired: &DesiredIdentity,
    found: &ObservedIdentity,
    diff: &IdentityDiff,
    adoption: Adoption,
) {
    plan.role = found.arn.clone();
    if let Some(hold) = whole_role_hold(desired, found, adoption) {
        plan.holds.push(hold);
        return;
    }
    plan.adopts = Ownership::of(found) == Ownership::HandMade;
    let mut phased = Vec::new();
    for difference in diff.iter() {
        match repair(desired, difference) {
            Repair::Step(step) => phased.push((phase_of(difference, &step, plan.adopts), step)),
            Repair::Hold(hold) => plan.holds.push(hold),
            Repair::Together => {}
        }
    }
    if diff.iter().any(|difference| is_setting(difference.aspect())) {
        phased.push((Phase::Settings, update_role(desired)));
    }
    if diff.iter().any(|difference| difference.aspect() == Aspect::Tags) {
        let step = tag_role(diff);
        phased.push((phase(&step, Effect::Cosmetic, plan.adopts), step));
    }
    phased.sort_by_key(|(phase, _)| *phase);
    if is_planted(PlantedBug::AllowBeforeNarrowing) {
        phased.reverse();
    }
    plan.steps = phased.into_iter().map(|(_, step)| step).collect();
}

/// What stops every write to the role.
fn whole_role_hold(
    desired: &DesiredIdentity,
    found: &ObservedIdentity,
    adoption: Adoption,
) -> Option<Hold> {
    match (Ownership::of(found), adoption) {
        (Ownership::Foreign, _) => Some(Hold::ForeignRole),
        _ if desired.path != found.path && !is_planted(PlantedBug::IgnorePathConflict) => {
            Some(Hold::PathConflict { wanted: desired.path.clone(), found: found.path.clone() })
        }
        (Ownership::HandMade, Adoption::Refused) if !is_planted(PlantedBug::AdoptUnasked) => {
            Some(Hold::AdoptionRefused)
        }
        (Ownership::HandMade | Ownership::Ours, _) => None,
    }
}

enum Repair {
    Step(Step),
    Hold(Hold),
    /// Repaired by one call together with others of its aspect.
    Together,
}

fn repair(desired: &DesiredIdentity, difference: &Difference) -> Repair {
    Repair::Step(match difference {
        Difference::TrustChanged { .. } => {
            Step::UpdateAssumeRolePolicy { trust: desired.trust.clone() }
        }
        Difference::InlineMissing { name } | Difference::InlineChanged { name, .. } => {
            match desired.inline.get(name) {
                Some(document) => {
                    Step::PutRolePolicy { name: name.clone(), document: document.clone() }
                }
                None => return Repair::Together,
            }
        }
        Difference::InlineExtra { name, .. } => Step::DeleteRolePolicy { name: name.clone() },
        Difference::ManagedMissing { arn } => Step::AttachRolePolicy { arn: arn.clone() },
        Difference::ManagedExtra { arn } => Step::DetachRolePolicy { arn: arn.clone() },
        Difference::BoundaryChanged { wanted, found } => match (wanted, found) {
            (DesiredBoundary::Required(arn), _) => {
                Step::PutRolePermissionsBoundary { arn: arn.clone() }
            }
            (DesiredBoundary::Undeclared, Some(found)) => {
                return Repair::Hold(Hold::UndeclaredBoundary { found: found.clone() });
            }
            (DesiredBoundary::Undeclared | DesiredBoundary::Forbidden, _) => {
                Step::DeleteRolePermissionsBoundary
            }
        },
        Difference::RoleMissing
        | Difference::PathChanged { .. }
        | Difference::TagMissing { .. }
        | Difference::TagChanged { .. }
        | Difference::DescriptionChanged { .. }
        | Difference::MaxSessionDurationChanged { .. } => return Repair::Together,
    })
}

fn is_setting(aspect: Aspect) -> bool {
    matches!(aspect, Aspect::Description | Aspect::MaxSessionDuration)
}

fn update_role(desired: &DesiredIdentity) -> Step {
    Step::UpdateRole {
        description: desired.description.clone(),
        max_session_duration: desired.max_session_duration,
    }
}

fn tag_role(diff: &IdentityDiff) -> Step {
    let tags = diff.iter().filter_map(|difference| match difference {
        Difference::TagMissing { key, wanted } | Difference::TagChanged { key, wanted, .. } => {
            Some((key.clone(), wanted.clone()))
        }
        _ => None,
    });
    Step::TagRole { tags: tags.collect() }
}

/// The order of the steps; see [`plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Ownership,
    Boundary,
    NarrowTrust,
    Remove,
    Rebound,
    WidenTrust,
    Allow,
    Unbound,
    Settings,
    Tags,
}

fn phase_of(difference: &Difference, step: &Step, adopts: bool) -> Phase {
    match difference {
        // The boundary that is there may be the tighter one: it stays until what it held back is gone.
        Difference::BoundaryChanged { wanted: DesiredBoundary::Required(_), found: Some(_) } => {
            Phase::Rebound
        }
        _ => phase(step, difference.effect(), adopts),
    }
}

fn phase(step: &Step, effect: Effect, adopts: bool) -> Phase {
    match step {
        Step::PutRolePermissionsBoundary { .. } => Phase::Boundary,
        Step::UpdateAssumeRolePolicy { .. } if effect == Effect::Widens => Phase::NarrowTrust,
        Step::DeleteRolePolicy { .. } | Step::DetachRolePolicy { .. } => Phase::Remove,
        // What is found allows too much: nobody may be let in to it before it is put right.
        Step::PutRolePolicy { .. } if effect == Effect::Widens => Phase::Remove,
        Step::UpdateAssumeRolePolicy { .. } => Phase::WidenTrust,
        Step::CreateRole { .. } | Step::PutRolePolicy { .. } | Step::AttachRolePolicy { .. } => {
            Phase::Allow
        }
        Step::DeleteRolePermissionsBoundary => Phase::Unbound,
        Step::UpdateRole { .. } => Phase::Settings,
        Step::TagRole { .. } if adopts => Phase::Ownership,
        Step::TagRole { .. } => Phase::Tags,
    }
}

impl AccountPlan {
    /// The digest that an approval of this plan is bound to.
    #[must_use]
    pub fn digest(&self) -> PlanDigest {
        PlanDigest(digest_of(self))
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
