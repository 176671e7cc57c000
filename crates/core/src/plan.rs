//! The plan of one account: ordered writes, and what was not planned and why.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::observation::digest_of;
use crate::{
    AccountId, Arn, Aspect, Description, DesiredBoundary, DesiredRole, Difference, Effect,
    Fingerprint, ManagedPolicyArn, Observation, ObservedRole, Ownership, PolicyDocument,
    PolicyName, RoleDiff, RolePath, SessionDuration, TagKey, TagValue,
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

/// One API write on the role of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "call")]
pub enum Step {
    /// `CreateRole`, with everything that it can carry, so that no role is ever without its tag
    /// and its boundary.
    CreateRole {
        /// The path.
        path: RolePath,
        /// The trust policy.
        trust: PolicyDocument,
        /// The description.
        description: Description,
        /// `MaxSessionDuration`.
        max_session_duration: SessionDuration,
        /// The permissions boundary.
        boundary: Option<ManagedPolicyArn>,
        /// All tags.
        tags: BTreeMap<TagKey, TagValue>,
    },
    /// `UpdateAssumeRolePolicy`.
    UpdateAssumeRolePolicy {
        /// The trust policy.
        trust: PolicyDocument,
    },
    /// `PutRolePolicy`.
    PutRolePolicy {
        /// The inline policy's name.
        name: PolicyName,
        /// The document.
        document: PolicyDocument,
    },
    /// `DeleteRolePolicy`.
    DeleteRolePolicy {
        /// The inline policy's name.
        name: PolicyName,
    },
    /// `AttachRolePolicy`.
    AttachRolePolicy {
        /// The managed policy.
        arn: ManagedPolicyArn,
    },
    /// `DetachRolePolicy`.
    DetachRolePolicy {
        /// The managed policy.
        arn: ManagedPolicyArn,
    },
    /// `PutRolePermissionsBoundary`.
    PutRolePermissionsBoundary {
        /// The boundary.
        arn: ManagedPolicyArn,
    },
    /// `DeleteRolePermissionsBoundary`.
    DeleteRolePermissionsBoundary,
    /// `UpdateRole`: it resets what is not sent, so both are always sent.
    UpdateRole {
        /// The description.
        description: Description,
        /// `MaxSessionDuration`.
        max_session_duration: SessionDuration,
    },
    /// `TagRole`.
    TagRole {
        /// The tags to set; others stay.
        tags: BTreeMap<TagKey, TagValue>,
    },
}

/// Why something was not planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Hold {
    /// The role carries no tag of ours and does not trust DigitalEx.
    ForeignRole,
    /// The role was made by hand, and adoption is not allowed.
    AdoptionRefused,
    /// The role stands at another path; only deleting it could change that, and would break every
    /// trust in its unique id.
    PathConflict {
        /// The path it should have.
        wanted: RolePath,
        /// The one it has.
        found: RolePath,
    },
    /// A permissions boundary is there that the configuration does not speak of.
    UndeclaredBoundary {
        /// The boundary.
        found: ManagedPolicyArn,
    },
}

/// The plan that turns `observation` into `desired`, `diff` being what differs between them.
///
/// Order keeps every moment within what was and what is wanted: ownership first when adopting, then
/// what limits (boundary, widened trust, undeclared policies), then what allows, then the rest.
#[must_use]
pub fn plan(
    desired: &DesiredRole,
    observation: &Observation,
    diff: &RoleDiff,
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

fn creation(desired: &DesiredRole) -> Vec<Step> {
    let create = Step::CreateRole {
        path: desired.path.clone(),
        trust: desired.trust.clone(),
        description: desired.description.clone(),
        max_session_duration: desired.max_session_duration,
        boundary: match &desired.boundary {
            DesiredBoundary::Required(arn) => Some(arn.clone()),
            DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => None,
        },
        tags: desired.tags.clone(),
    };
    let inline = desired.inline.iter().map(|(name, document)| Step::PutRolePolicy {
        name: name.clone(),
        document: document.clone(),
    });
    let managed = desired.managed.iter().map(|arn| Step::AttachRolePolicy { arn: arn.clone() });
    std::iter::once(create).chain(inline).chain(managed).collect()
}

fn plan_present(
    plan: &mut AccountPlan,
    desired: &DesiredRole,
    found: &ObservedRole,
    diff: &RoleDiff,
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
            Repair::Step(step) => {
                phased.push((phase(&step, difference.effect(), plan.adopts), step))
            }
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
    plan.steps = phased.into_iter().map(|(_, step)| step).collect();
}

/// What stops every write to the role.
fn whole_role_hold(
    desired: &DesiredRole,
    found: &ObservedRole,
    adoption: Adoption,
) -> Option<Hold> {
    match (Ownership::of(found), adoption) {
        (Ownership::Foreign, _) => Some(Hold::ForeignRole),
        _ if desired.path != found.path => {
            Some(Hold::PathConflict { wanted: desired.path.clone(), found: found.path.clone() })
        }
        (Ownership::HandMade, Adoption::Refused) => Some(Hold::AdoptionRefused),
        (Ownership::HandMade, Adoption::Allowed) | (Ownership::Ours, _) => None,
    }
}

enum Repair {
    Step(Step),
    Hold(Hold),
    /// Repaired by one call together with others of its aspect.
    Together,
}

fn repair(desired: &DesiredRole, difference: &Difference) -> Repair {
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

fn update_role(desired: &DesiredRole) -> Step {
    Step::UpdateRole {
        description: desired.description.clone(),
        max_session_duration: desired.max_session_duration,
    }
}

fn tag_role(diff: &RoleDiff) -> Step {
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
    WidenTrust,
    Allow,
    Unbound,
    Settings,
    Tags,
}

fn phase(step: &Step, effect: Effect, adopts: bool) -> Phase {
    match step {
        Step::PutRolePermissionsBoundary { .. } => Phase::Boundary,
        Step::UpdateAssumeRolePolicy { .. } if effect == Effect::Widens => Phase::NarrowTrust,
        Step::DeleteRolePolicy { .. } | Step::DetachRolePolicy { .. } => Phase::Remove,
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

impl Step {
    /// The API call's name, as AWS spells it.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::CreateRole { .. } => "CreateRole",
            Self::UpdateAssumeRolePolicy { .. } => "UpdateAssumeRolePolicy",
            Self::PutRolePolicy { .. } => "PutRolePolicy",
            Self::DeleteRolePolicy { .. } => "DeleteRolePolicy",
            Self::AttachRolePolicy { .. } => "AttachRolePolicy",
            Self::DetachRolePolicy { .. } => "DetachRolePolicy",
            Self::PutRolePermissionsBoundary { .. } => "PutRolePermissionsBoundary",
            Self::DeleteRolePermissionsBoundary => "DeleteRolePermissionsBoundary",
            Self::UpdateRole { .. } => "UpdateRole",
            Self::TagRole { .. } => "TagRole",
        }
    }
}

impl Hold {
    /// The next step for a person.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::ForeignRole => "choose another role_name for this account".to_owned(),
            Self::AdoptionRefused => "set adopt = true to take it over".to_owned(),
            Self::PathConflict { found, .. } => {
                format!("set path = \"{found}\" for this account, or delete the role yourself")
            }
            Self::UndeclaredBoundary { found } => format!(
                "set permissions_boundary to {found} to keep it, or to \"none\" to remove it"
            ),
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignRole => out.write_str(
                "a role of this name is there that carries no tag of ours and does not trust \
                 DigitalEx; it is left alone",
            ),
            Self::AdoptionRefused => out.write_str(
                "the role was made by hand: it trusts DigitalEx but carries no tag of ours",
            ),
            Self::PathConflict { wanted, found } => {
                write!(
                    out,
                    "the role stands at path {found}, not {wanted}, and a path cannot be changed"
                )
            }
            Self::UndeclaredBoundary { found } => write!(
                out,
                "the role carries a permissions boundary that the configuration does not declare: {found}",
            ),
        }
    }
}
