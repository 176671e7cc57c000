//! Differences and writes in words.

use digitalex_core::{AccountPlan, Difference, DifferenceLine, Effect, IdentityDiff, Step};

/// One line for each difference, in IAM's words and with what it means, what widens access first.
pub(crate) fn describe(differences: &IdentityDiff) -> Vec<String> {
    let mut lines: Vec<_> = differences.iter().flat_map(Difference::lines).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.effect));
    let told = |DifferenceLine { effect, text, meaning }| {
        with_meaning(format!("{}: {text}", effect_word(effect)), meaning.as_deref())
    };
    lines.into_iter().map(told).collect()
}

/// What differs, and in brackets what it means.
pub(crate) fn with_meaning(text: String, meaning: Option<&str>) -> String {
    match meaning {
        Some(meaning) => format!("{text} ({meaning})"),
        None => text,
    }
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
