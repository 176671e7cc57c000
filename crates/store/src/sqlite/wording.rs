//! Differences and writes in words, one line each.

use digitalex_core::{DesiredBoundary, Difference, Step};

/// What tells a difference from others of its aspect: the policy's name, the ARN, the tag's key; empty
/// where the aspect has only one.
pub(super) fn subject(difference: &Difference) -> String {
    match difference {
        Difference::InlineMissing { name }
        | Difference::InlineChanged { name, .. }
        | Difference::InlineExtra { name, .. } => name.to_string(),
        Difference::ManagedMissing { arn } | Difference::ManagedExtra { arn } => arn.to_string(),
        Difference::TagMissing { key, .. } | Difference::TagChanged { key, .. } => key.to_string(),
        Difference::RoleMissing
        | Difference::TrustChanged { .. }
        | Difference::BoundaryChanged { .. }
        | Difference::DescriptionChanged { .. }
        | Difference::MaxSessionDurationChanged { .. }
        | Difference::PathChanged { .. } => String::new(),
    }
}

/// What differs. It never holds an external id: what it says of documents is core's own explanation.
pub(super) fn summary(difference: &Difference) -> String {
    let statements = |comparison: &digitalex_core::PolicyComparison| {
        let mut statements: Vec<_> = comparison.statements.iter().collect();
        statements.sort_by_key(|statement| std::cmp::Reverse(statement.effect));
        let texts: Vec<&str> =
            statements.iter().map(|statement| statement.explanation.as_str()).collect();
        texts.join("; ")
    };
    match difference {
        Difference::RoleMissing => "the role is missing".to_owned(),
        Difference::TrustChanged { comparison } => {
            format!("trust policy: {}", statements(comparison))
        }
        Difference::InlineMissing { name } => format!("inline policy {name} is missing"),
        Difference::InlineChanged { name, comparison } => {
            format!("inline policy {name}: {}", statements(comparison))
        }
        Difference::InlineExtra { name, .. } => format!("inline policy {name} is not declared"),
        Difference::ManagedMissing { arn } => format!("managed policy {arn} is not attached"),
        Difference::ManagedExtra { arn } => {
            format!("managed policy {arn} is attached but not declared")
        }
        Difference::BoundaryChanged { wanted, found } => {
            let found = found.as_ref().map_or("none", |arn| arn.as_str());
            let wanted = match wanted {
                DesiredBoundary::Undeclared => "and none is declared".to_owned(),
                DesiredBoundary::Forbidden => "and there must be none".to_owned(),
                DesiredBoundary::Required(arn) => format!("not {arn}"),
            };
            format!("permissions boundary is {found}, {wanted}")
        }
        Difference::TagMissing { key, wanted } => format!("tag {key} = {wanted} is missing"),
        Difference::TagChanged { key, wanted, found } => {
            format!("tag {key} is {found}, not {wanted}")
        }
        Difference::DescriptionChanged { found, .. } => format!("description is {found:?}"),
        Difference::MaxSessionDurationChanged { wanted, found_s } => {
            format!("MaxSessionDuration is {found_s} s, not {} s", wanted.seconds())
        }
        Difference::PathChanged { wanted, found } => format!("path is {found}, not {wanted}"),
    }
}

/// The API call, and what it is about.
pub(super) fn call(step: &Step) -> String {
    let about = match step {
        Step::PutRolePolicy { name, .. } | Step::DeleteRolePolicy { name } => name.to_string(),
        Step::AttachRolePolicy { arn }
        | Step::DetachRolePolicy { arn }
        | Step::PutRolePermissionsBoundary { arn } => arn.to_string(),
        Step::TagRole { tags } => {
            tags.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Step::CreateRole { .. }
        | Step::UpdateAssumeRolePolicy { .. }
        | Step::DeleteRolePermissionsBoundary
        | Step::UpdateRole { .. } => return step.operation().to_owned(),
    };
    format!("{} {about}", step.operation())
}
