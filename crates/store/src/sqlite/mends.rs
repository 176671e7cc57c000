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

    /// Whether it takes this difference away. A role or user that is created is right in all aspects.
    pub(super) fn covers(&self, aspect: Aspect, subject: &str) -> bool {
        [Aspect::Role, Aspect::User].iter().any(|whole| self.0 == whole.word())
            || (self.0 == aspect.word() && self.1 == subject)
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
        Step::CreateUser { .. } => one(Aspect::User),
        Step::CreateAccessKey { .. } => one(Aspect::AccessKeys),
        Step::SwitchAccessKey { to: id, .. }
        | Step::DeactivateAccessKey { id }
        | Step::DeleteAccessKey { id } => vec![Mended::new(Aspect::AccessKeys, id)],
        Step::DeleteLoginProfile => one(Aspect::LoginProfile),
        Step::RemoveUserFromGroup { group } => vec![Mended::new(Aspect::Groups, group)],
        Step::PutPolicy { name, .. } | Step::DeletePolicy { name, .. } => {
            vec![Mended::new(Aspect::Inline, name)]
        }
        Step::AttachPolicy { arn, .. } | Step::DetachPolicy { arn, .. } => {
            vec![Mended::new(Aspect::Managed, arn)]
        }
        Step::PutPermissionsBoundary { .. } | Step::DeletePermissionsBoundary { .. } => {
            one(Aspect::Boundary)
        }
        Step::UpdateRole { .. } => {
            [Aspect::Description, Aspect::MaxSessionDuration].into_iter().flat_map(one).collect()
        }
        Step::Tag { tags, .. } => tags.keys().map(|key| Mended::new(Aspect::Tags, key)).collect(),
    }
}
