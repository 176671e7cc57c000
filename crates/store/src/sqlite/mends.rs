//! Which differences a plan's writes take away.

use digitalex_core::{AccountPlan, Aspect, Step};
use serde::{Deserialize, Serialize};

use crate::Word;

/// What a write takes away: an aspect's word, and the subject within it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mended(String, String);

impl Mended {
    fn new(aspect: Aspect, subject: impl ToString) -> Self {
        Self(aspect.word().to_owned(), subject.to_string())
    }

    /// Whether it takes this difference away. A role that is created is right in all aspects.
    pub(super) fn covers(&self, aspect: Aspect, subject: &str) -> bool {
        self.0 == Aspect::Role.word() || (self.0 == aspect.word() && self.1 == subject)
    }
}

/// What the plan takes away.
pub(super) fn mended(plan: &AccountPlan) -> Vec<Mended> {
    plan.steps.iter().flat_map(mended_by).collect()
}

fn mended_by(step: &Step) -> Vec<Mended> {
    let one = |aspect| vec![Mended::new(aspect, "")];
    match step {
        Step::CreateRole { .. } => one(Aspect::Role),
        Step::UpdateAssumeRolePolicy { .. } => one(Aspect::Trust),
        Step::PutRolePolicy { name, .. } | Step::DeleteRolePolicy { name } => {
            vec![Mended::new(Aspect::Inline, name)]
        }
        Step::AttachRolePolicy { arn } | Step::DetachRolePolicy { arn } => {
            vec![Mended::new(Aspect::Managed, arn)]
        }
        Step::PutRolePermissionsBoundary { .. } | Step::DeleteRolePermissionsBoundary => {
            one(Aspect::Boundary)
        }
        Step::UpdateRole { .. } => {
            [Aspect::Description, Aspect::MaxSessionDuration].into_iter().flat_map(one).collect()
        }
        Step::TagRole { tags } => tags.keys().map(|key| Mended::new(Aspect::Tags, key)).collect(),
    }
}
