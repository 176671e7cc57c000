//! Differences and writes in words.

use digitalex_core::{AccountPlan, DesiredBoundary, Difference, Effect, RoleDiff};

/// One line for each difference, in IAM's words, what widens access first.
pub(crate) fn describe(differences: &RoleDiff) -> Vec<String> {
    let mut lines: Vec<(Effect, String)> = differences
        .iter()
        .flat_map(|difference| {
            let effect = difference.effect();
            texts(difference).into_iter().map(move |(own, text)| (own.unwrap_or(effect), text))
        })
        .collect();
    lines.sort_by_key(|(effect, _)| std::cmp::Reverse(*effect));
    lines.into_iter().map(|(effect, text)| format!("{}: {text}", effect_word(effect))).collect()
}

/// The writes of a plan, those of one kind counted: `CreateRole, 6 × AttachRolePolicy`.
pub(crate) fn writes(plan: &AccountPlan) -> String {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for step in &plan.steps {
        match counted.last_mut() {
            Some((operation, count)) if *operation == step.operation() => *count += 1,
            _ => counted.push((step.operation(), 1)),
        }
    }
    let texts = counted.into_iter().map(|(operation, count)| match count {
        1 => operation.to_owned(),
        _ => format!("{count} × {operation}"),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// What an effect is called in reports.
pub(crate) fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Widens => "widens",
        Effect::Narrows => "narrows",
        Effect::Cosmetic => "cosmetic",
    }
}

/// The lines of one difference, with an effect of their own where it has one.
fn texts(difference: &Difference) -> Vec<(Option<Effect>, String)> {
    let policy = |policy: String, comparison: &digitalex_core::PolicyComparison| {
        let statements = comparison.statements.iter();
        statements
            .map(|statement| {
                (Some(statement.effect), format!("{policy}: {}", statement.explanation))
            })
            .collect::<Vec<_>>()
    };
    let text = match difference {
        Difference::TrustChanged { comparison } => {
            return policy("trust policy".to_owned(), comparison);
        }
        Difference::InlineChanged { name, comparison } => {
            return policy(format!("inline policy {name}"), comparison);
        }
        Difference::RoleMissing => "the role is missing".to_owned(),
        Difference::InlineMissing { name } => format!("inline policy {name} is missing"),
        Difference::InlineExtra { name, .. } => format!("inline policy {name} is not declared"),
        Difference::ManagedMissing { arn } => format!("managed policy {arn} is not attached"),
        Difference::ManagedExtra { arn } => {
            format!("managed policy {arn} is attached but not declared")
        }
        Difference::BoundaryChanged { wanted, found } => {
            let found = found.as_ref().map_or("none", |arn| arn.as_str());
            format!("permissions boundary is {found}, {}", wanted_boundary(wanted))
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
    };
    vec![(None, text)]
}

fn wanted_boundary(wanted: &DesiredBoundary) -> String {
    match wanted {
        DesiredBoundary::Undeclared => "and none is declared".to_owned(),
        DesiredBoundary::Forbidden => "and there must be none".to_owned(),
        DesiredBoundary::Required(arn) => format!("not {arn}"),
    }
}
