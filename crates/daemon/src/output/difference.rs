//! Differences and writes in words.

use digitalex_core::{AccountPlan, Difference, Effect, IdentityDiff, Step};

/// One line for each difference, in IAM's words, what widens access first.
pub(crate) fn describe(differences: &IdentityDiff) -> Vec<String> {
    let mut lines: Vec<(Effect, String)> = differences.iter().flat_map(Difference::lines).collect();
    lines.sort_by_key(|(effect, _)| std::cmp::Reverse(*effect));
    lines.into_iter().map(|(effect, text)| format!("{}: {text}", effect_word(effect))).collect()
}

/// The writes of a plan, those of one kind counted: `CreateRole, 6 × AttachRolePolicy`.
pub(crate) fn writes(plan: &AccountPlan) -> String {
    counted(plan.steps.iter().map(Step::operation))
}

/// Calls in order, those of one kind counted.
pub(crate) fn counted<T: AsRef<str>>(calls: impl Iterator<Item = T>) -> String {
    let mut counted: Vec<(T, usize)> = Vec::new();
    for call in calls {
        match counted.last_mut() {
            Some((last, count)) if last.as_ref() == call.as_ref() => *count += 1,
            _ => counted.push((call, 1)),
        }
    }
    let texts = counted.iter().map(|(call, count)| match count {
        1 => call.as_ref().to_owned(),
        _ => format!("{count} × {}", call.as_ref()),
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
