//! Differences and writes in words.

use digitalex_core::{AccountPlan, Difference, Effect, IdentityDiff};

/// One line for each difference, in IAM's words, what widens access first.
pub(crate) fn describe(differences: &IdentityDiff) -> Vec<String> {
    let mut lines: Vec<(Effect, String)> = differences.iter().flat_map(Difference::lines).collect();
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
