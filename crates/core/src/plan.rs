//! The plan of one account: ordered writes, and what was not planned and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::observation::digest_of;
use crate::planted::{PlantedBug, is_planted};
use crate::{
    AccessKeyDifference, AccountId, Arn, Aspect, DesiredBoundary, DesiredForm, DesiredIdentity,
    Difference, Effect, Fingerprint, Hold, IdentityDiff, IdentityKind, KeyRemedy, Observation,
    ObservedIdentity, Ownership, Step,
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
    /// The role or user that the steps write to: as observed, or as it will be created.
    pub identity: Arn,
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
        identity: desired.arn(),
        observation: observation.fingerprint(),
        adopts: false,
        steps: Vec::new(),
        holds: Vec::new(),
    };
    match observation {
        // An unreadable role has no diff, and so never comes here; nothing is planned for one.
        Observation::Unreadable(_) => {}
        Observation::Absent if diff.is_empty() => {}
        Observation::Absent => plan.steps = creation(desired),
        Observation::Present(found) => plan_present(&mut plan, desired, found, diff, adoption),
    }
    plan
}

fn creation(desired: &DesiredIdentity) -> Vec<Step> {
    let on = desired.kind();
    let late_tags = is_planted(PlantedBug::TagAfterCreation);
    let inline = desired.inline.iter().map(|(name, document)| Step::PutPolicy {
        on,
        name: name.clone(),
        document: document.clone(),
    });
    let managed = desired.managed.iter().map(|arn| Step::AttachPolicy { on, arn: arn.clone() });
    let tag = late_tags.then(|| Step::Tag { on, tags: desired.tags.clone() });
    let key = (on == IdentityKind::User).then_some(Step::CreateAccessKey { beside: None });
    let create = creation_itself(desired, late_tags);
    std::iter::once(create).chain(inline).chain(managed).chain(tag).chain(key).collect()
}

fn creation_itself(desired: &DesiredIdentity, late_tags: bool) -> Step {
    let boundary = match &desired.boundary {
        DesiredBoundary::Required(_) if is_planted(PlantedBug::LeaveOutBoundary) => None,
        DesiredBoundary::Required(arn) => Some(arn.clone()),
        DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => None,
    };
    let tags = if late_tags { BTreeMap::new() } else { desired.tags.clone() };
    let path = desired.path.clone();
    match &desired.form {
        DesiredForm::Role { description, max_session_duration, trust } => Step::CreateRole {
            path,
            trust: trust.clone(),
            description: description.clone(),
            max_session_duration: *max_session_duration,
            boundary,
            tags,
        },
        DesiredForm::User { .. } => Step::CreateUser { path, boundary, tags },
    }
}

fn plan_present(
    plan: &mut AccountPlan,
    desired: &DesiredIdentity,
    found: &ObservedIdentity,
    diff: &IdentityDiff,
    adoption: Adoption,
) {
    plan.identity = found.arn.clone();
    if let Some(hold) = whole_hold(desired, found, adoption) {
        plan.holds.push(hold);
        return;
    }
    plan.adopts = Ownership::of(found) == Ownership::HandMade;
    let mut phased = Vec::new();
    for difference in diff.iter() {
        match repair(desired, diff, difference) {
            Repair::Step(step) => phased.push((phase_of(difference, &step, plan.adopts), step)),
            Repair::Hold(hold) => plan.holds.push(hold),
            Repair::Together => {}
        }
    }
    if diff.iter().any(|difference| is_setting(difference.aspect())) {
        phased.extend(update_role(desired).map(|step| (Phase::Settings, step)));
    }
    if diff.iter().any(|difference| difference.aspect() == Aspect::Tags) {
        let step = tag(desired.kind(), diff);
        phased.push((phase(&step, Effect::Cosmetic, plan.adopts), step));
    }
    phased.sort_by_key(|(phase, _)| *phase);
    if is_planted(PlantedBug::AllowBeforeNarrowing) {
        phased.reverse();
    }
    plan.steps = phased.into_iter().map(|(_, step)| step).collect();
}

/// What stops every write to the role or user.
fn whole_hold(
    desired: &DesiredIdentity,
    found: &ObservedIdentity,
    adoption: Adoption,
) -> Option<Hold> {
    match (Ownership::of(found), adoption) {
        (Ownership::Foreign, _) => Some(match desired.kind() {
            IdentityKind::Role => Hold::ForeignRole,
            IdentityKind::User => Hold::ForeignUser,
        }),
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

fn repair(desired: &DesiredIdentity, diff: &IdentityDiff, difference: &Difference) -> Repair {
    let on = desired.kind();
    Repair::Step(match difference {
        Difference::TrustChanged { .. } => match &desired.form {
            DesiredForm::Role { trust, .. } => {
                Step::UpdateAssumeRolePolicy { trust: trust.clone() }
            }
            DesiredForm::User { .. } => return Repair::Together,
        },
        Difference::AccessKeys(difference) => return repair_keys(diff, difference),
        Difference::LoginProfileExtra => Step::DeleteLoginProfile,
        Difference::GroupExtra { group } => Step::RemoveUserFromGroup { group: group.clone() },
        Difference::InlineMissing { name, .. } | Difference::InlineChanged { name, .. } => {
            match desired.inline.get(name) {
                Some(document) => {
                    Step::PutPolicy { on, name: name.clone(), document: document.clone() }
                }
                None => return Repair::Together,
            }
        }
        Difference::InlineExtra { name, .. } => Step::DeletePolicy { on, name: name.clone() },
        Difference::ManagedMissing { arn } => Step::AttachPolicy { on, arn: arn.clone() },
        Difference::ManagedExtra { arn } => Step::DetachPolicy { on, arn: arn.clone() },
        Difference::BoundaryChanged { wanted, found } => match (wanted, found) {
            (DesiredBoundary::Required(arn), _) => {
                Step::PutPermissionsBoundary { on, arn: arn.clone() }
            }
            (DesiredBoundary::Undeclared, Some(found)) => {
                return Repair::Hold(Hold::UndeclaredBoundary { found: found.clone() });
            }
            (DesiredBoundary::Undeclared | DesiredBoundary::Forbidden, _) => {
                Step::DeletePermissionsBoundary { on }
            }
        },
        Difference::RoleMissing
        | Difference::UserMissing
        | Difference::PathChanged { .. }
        | Difference::TagMissing { .. }
        | Difference::TagChanged { .. }
        | Difference::DescriptionChanged { .. }
        | Difference::MaxSessionDurationChanged { .. } => return Repair::Together,
    })
}

fn repair_keys(diff: &IdentityDiff, difference: &AccessKeyDifference) -> Repair {
    let undecided = diff.iter().any(
        |other| matches!(other, Difference::AccessKeys(difference) if difference.is_undecided()),
    );
    Repair::Step(match difference.clone() {
        // The hold of the other key says why.
        AccessKeyDifference::Missing if undecided => return Repair::Together,
        AccessKeyDifference::Missing => Step::CreateAccessKey { beside: None },
        AccessKeyDifference::Old { id } => Step::CreateAccessKey { beside: Some(id) },
        AccessKeyDifference::Deactivated { id } => {
            return Repair::Hold(Hold::AccessKeyDeactivated { id });
        }
        AccessKeyDifference::Replaced { by: next, proved: false, .. } => {
            return Repair::Hold(Hold::RotationUnproved { next });
        }
        AccessKeyDifference::Replaced { old: from, by: to, .. } => {
            Step::SwitchAccessKey { to, from }
        }
        AccessKeyDifference::Extra { id, remedy, .. } => match remedy {
            KeyRemedy::Wait => return Repair::Hold(Hold::YoungAccessKey { id }),
            KeyRemedy::Decide => return Repair::Hold(Hold::UnrecordedKeyInUse { id }),
            KeyRemedy::Deactivate => Step::DeactivateAccessKey { id },
            KeyRemedy::Delete => Step::DeleteAccessKey { id },
        },
    })
}

fn is_setting(aspect: Aspect) -> bool {
    matches!(aspect, Aspect::Description | Aspect::MaxSessionDuration)
}

fn update_role(desired: &DesiredIdentity) -> Option<Step> {
    match &desired.form {
        DesiredForm::Role { description, max_session_duration, .. } => Some(Step::UpdateRole {
            description: description.clone(),
            max_session_duration: *max_session_duration,
        }),
        DesiredForm::User { .. } => None,
    }
}

fn tag(on: IdentityKind, diff: &IdentityDiff) -> Step {
    let tags = diff.iter().filter_map(|difference| match difference {
        Difference::TagMissing { key, wanted } | Difference::TagChanged { key, wanted, .. } => {
            Some((key.clone(), wanted.clone()))
        }
        _ => None,
    });
    Step::Tag { on, tags: tags.collect() }
}

/// The order of the steps; see [`plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Ownership,
    SwitchKey,
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
        Step::SwitchAccessKey { .. } => Phase::SwitchKey,
        Step::PutPermissionsBoundary { .. } => Phase::Boundary,
        Step::UpdateAssumeRolePolicy { .. } if effect == Effect::Widens => Phase::NarrowTrust,
        Step::DeactivateAccessKey { .. }
        | Step::DeleteAccessKey { .. }
        | Step::DeleteLoginProfile => Phase::NarrowTrust,
        Step::DeletePolicy { .. } | Step::DetachPolicy { .. } => Phase::Remove,
        // What a group denies must be denied until what is too wide is gone.
        Step::RemoveUserFromGroup { .. } => Phase::Rebound,
        // What is found allows too much: nobody may be let in to it before it is put right.
        Step::PutPolicy { .. } if effect == Effect::Widens => Phase::Remove,
        Step::UpdateAssumeRolePolicy { .. } | Step::CreateAccessKey { .. } => Phase::WidenTrust,
        Step::CreateRole { .. }
        | Step::CreateUser { .. }
        | Step::PutPolicy { .. }
        | Step::AttachPolicy { .. } => Phase::Allow,
        Step::DeletePermissionsBoundary { .. } => Phase::Unbound,
        Step::UpdateRole { .. } => Phase::Settings,
        Step::Tag { .. } if adopts => Phase::Ownership,
        Step::Tag { .. } => Phase::Tags,
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
