//! Which parts of the role or user are corrected; the others are only reported.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::planted::{PlantedBug, is_planted};
use crate::{
    AccountPlan, Aspect, Description, Difference, Effect, IdentityDiff, ObservedForm,
    ObservedIdentity, SessionDuration, Step,
};

/// A part of the role that is corrected, or left alone, as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectedPart {
    /// A missing role, or user, is created, whole.
    Role,
    /// The trust policy.
    Trust,
    /// The access keys of a user, and its password.
    Credentials,
    /// Inline policies, managed policies, groups and the permissions boundary: always together, since
    /// what one allows the other may limit.
    Policies,
    /// The tags; a hand-made role is taken over only where they are corrected.
    Tags,
    /// The description.
    Description,
    /// `MaxSessionDuration`.
    MaxSessionDuration,
}

/// The parts that are corrected. None of them: everything is only observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Correction(BTreeSet<CorrectedPart>);

impl CorrectedPart {
    /// The part that the aspect belongs to; none for the path, which nothing can correct.
    #[must_use]
    pub const fn of(aspect: Aspect) -> Option<Self> {
        match aspect {
            Aspect::Role | Aspect::User => Some(Self::Role),
            Aspect::Trust => Some(Self::Trust),
            Aspect::AccessKeys | Aspect::LoginProfile => Some(Self::Credentials),
            Aspect::Inline | Aspect::Managed | Aspect::Boundary | Aspect::Groups => {
                Some(Self::Policies)
            }
            Aspect::Tags => Some(Self::Tags),
            Aspect::Description => Some(Self::Description),
            Aspect::MaxSessionDuration => Some(Self::MaxSessionDuration),
            Aspect::Path => None,
        }
    }

    /// All parts.
    pub const ALL: [Self; 7] = [
        Self::Role,
        Self::Trust,
        Self::Credentials,
        Self::Policies,
        Self::Tags,
        Self::Description,
        Self::MaxSessionDuration,
    ];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Trust => "trust",
            Self::Credentials => "credentials",
            Self::Policies => "policies",
            Self::Tags => "tags",
            Self::Description => "description",
            Self::MaxSessionDuration => "max_session_duration",
        }
    }
}

impl Correction {
    /// Nothing is corrected.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// All parts are corrected.
    #[must_use]
    pub fn everything() -> Self {
        CorrectedPart::ALL.into_iter().collect()
    }

    /// Whether this part is corrected.
    #[must_use]
    pub fn includes(&self, part: CorrectedPart) -> bool {
        self.0.contains(&part) || is_planted(PlantedBug::CorrectWhatIsOnlyObserved)
    }

    /// Whether nothing is corrected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty() && !is_planted(PlantedBug::CorrectWhatIsOnlyObserved)
    }

    /// The plan without the steps of parts that are not corrected. `diff` is what the plan repairs,
    /// `found` the role as it is; none where it is missing.
    ///
    /// What is left keeps every moment within what was and what is wanted: where a part that is not
    /// corrected is too wide, nothing is written that would let more come of it. A trust that is too
    /// wide gets no more permissions, and nobody new is let in to permissions that are too wide.
    #[must_use]
    pub fn restrict(
        &self,
        mut plan: AccountPlan,
        diff: &IdentityDiff,
        found: Option<&ObservedIdentity>,
    ) -> AccountPlan {
        let Some(found) = found else {
            // A missing role is created whole or not at all.
            if !self.includes(CorrectedPart::Role) {
                plan.steps.clear();
            }
            return plan;
        };
        if plan.adopts && !self.includes(CorrectedPart::Tags) {
            plan.steps.clear();
        }
        let steps = std::mem::take(&mut plan.steps).into_iter();
        plan.steps = steps.filter_map(|step| self.restrict_step(step, diff, found)).collect();
        plan
    }

    fn restrict_step(
        &self,
        step: Step,
        diff: &IdentityDiff,
        found: &ObservedIdentity,
    ) -> Option<Step> {
        let kept = match &step {
            Step::CreateRole { .. } | Step::CreateUser { .. } => self.includes(CorrectedPart::Role),
            Step::CreateAccessKey { .. } => {
                self.includes(CorrectedPart::Credentials)
                    && !self.leaves_too_wide(CorrectedPart::Policies, diff)
            }
            Step::SwitchAccessKey { .. }
            | Step::DeactivateAccessKey { .. }
            | Step::DeleteAccessKey { .. }
            | Step::DeleteLoginProfile => self.includes(CorrectedPart::Credentials),
            Step::UpdateAssumeRolePolicy { .. } => {
                self.includes(CorrectedPart::Trust)
                    && (!self.leaves_too_wide(CorrectedPart::Policies, diff)
                        || is_too_wide(CorrectedPart::Trust, diff))
            }
            Step::PutPolicy { .. }
            | Step::DeletePolicy { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::RemoveUserFromGroup { .. }
            | Step::PutPermissionsBoundary { .. }
            | Step::DeletePermissionsBoundary { .. } => {
                self.includes(CorrectedPart::Policies)
                    && (!self.lets_others_in(diff) || only_takes_away(&step, diff, found))
            }
            Step::Tag { .. } => self.includes(CorrectedPart::Tags),
            Step::UpdateRole { description, max_session_duration } => {
                return self.restrict_settings(description, *max_session_duration, found);
            }
        };
        kept.then_some(step)
    }

    /// `UpdateRole` sets both settings: the one that is not corrected is sent as it was found.
    fn restrict_settings(
        &self,
        description: &Description,
        max_session_duration: SessionDuration,
        found: &ObservedIdentity,
    ) -> Option<Step> {
        let ObservedForm::Role { description: found_description, max_session_duration_s, .. } =
            &found.form
        else {
            return None;
        };
        let description = if self.includes(CorrectedPart::Description) {
            description.clone()
        } else {
            Description::new(found_description).ok()?
        };
        let max_session_duration = if self.includes(CorrectedPart::MaxSessionDuration) {
            max_session_duration
        } else {
            SessionDuration::from_seconds(*max_session_duration_s).ok()?
        };
        let same = description.as_str() == found_description
            && max_session_duration.seconds() == *max_session_duration_s;
        (!same).then_some(Step::UpdateRole { description, max_session_duration })
    }

    /// Whether somebody who should not can come in, and it stays so.
    fn lets_others_in(&self, diff: &IdentityDiff) -> bool {
        self.leaves_too_wide(CorrectedPart::Trust, diff)
            || self.leaves_too_wide(CorrectedPart::Credentials, diff)
    }

    fn leaves_too_wide(&self, part: CorrectedPart, diff: &IdentityDiff) -> bool {
        !self.includes(part) && is_too_wide(part, diff)
    }

    /// The parts, in the order of the configuration's words above.
    pub fn parts(&self) -> impl Iterator<Item = CorrectedPart> {
        self.0.iter().copied()
    }
}

fn is_too_wide(part: CorrectedPart, diff: &IdentityDiff) -> bool {
    diff.iter().any(|difference| {
        CorrectedPart::of(difference.aspect()) == Some(part)
            && difference.effect() == Effect::Widens
    })
}

/// Whether a step on the policies can only make them allow less.
fn only_takes_away(step: &Step, diff: &IdentityDiff, found: &ObservedIdentity) -> bool {
    match step {
        Step::DetachPolicy { .. } => true,
        Step::DeletePolicy { name, .. } => diff.iter().any(|difference| {
            matches!(difference, Difference::InlineExtra { name: extra, effect: Effect::Widens, .. }
                if extra == name)
        }),
        // In the place of another it might be the wider one.
        Step::PutPermissionsBoundary { .. } => found.boundary.is_none(),
        _ => false,
    }
}

impl FromIterator<CorrectedPart> for Correction {
    fn from_iter<I: IntoIterator<Item = CorrectedPart>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl fmt::Display for CorrectedPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
