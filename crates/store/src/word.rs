//! The words that stand for core's types in the store, in queries and in reports.

use digitalex_core::{Aspect, Effect, Ownership, Verdict};
use digitalex_engine::PassTrigger;

use crate::{DriftEnd, HistoryKind};

/// A type whose values have one word each, in `snake_case`.
pub trait Word: Copy + PartialEq + 'static {
    /// All values with their words.
    const WORDS: &'static [(Self, &'static str)];

    /// Its word.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| word)
    }

    /// The value with this word.
    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(value, _)| *value)
    }
}

impl Word for Verdict {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::InSync, "in_sync"),
        (Self::Converged, "converged"),
        (Self::Drifted, "drifted"),
        (Self::Held, "held"),
        (Self::Failed, "failed"),
        (Self::Unreachable, "unreachable"),
        (Self::Skipped, "skipped"),
        (Self::NotVisited, "not_visited"),
    ];
}

impl Word for Effect {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Widens, "widens"), (Self::Narrows, "narrows"), (Self::Cosmetic, "cosmetic")];
}

impl Word for Aspect {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Role, "role"),
        (Self::User, "user"),
        (Self::Trust, "trust"),
        (Self::AccessKeys, "access_keys"),
        (Self::LoginProfile, "login_profile"),
        (Self::Groups, "groups"),
        (Self::Inline, "inline"),
        (Self::Managed, "managed"),
        (Self::Boundary, "boundary"),
        (Self::Tags, "tags"),
        (Self::Description, "description"),
        (Self::MaxSessionDuration, "max_session_duration"),
        (Self::Path, "path"),
    ];
}

impl Word for Ownership {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Ours, "ours"), (Self::HandMade, "hand_made"), (Self::Foreign, "foreign")];
}

impl Word for PassTrigger {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Start, "start"), (Self::Schedule, "schedule"), (Self::Request, "request")];
}

impl Word for DriftEnd {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Corrected, "corrected"), (Self::Elsewhere, "elsewhere")];
}

impl Word for HistoryKind {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Intent, "intent"), (Self::Outcome, "outcome"), (Self::Interrupted, "interrupted")];
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn assert_words<T: Word + Serialize + std::fmt::Debug>() {
        for (value, word) in T::WORDS {
            assert_eq!(serde_json::to_value(value).unwrap(), *word);
            assert_eq!((T::from_word(word), value.word()), (Some(*value), *word));
        }
        assert_eq!(T::from_word("other"), None);
    }

    #[test]
    fn words_should_be_those_of_the_reports() {
        assert_words::<Verdict>();
        assert_words::<Effect>();
        assert_words::<Aspect>();
        assert_words::<Ownership>();
        assert_words::<PassTrigger>();
        assert_words::<DriftEnd>();
        assert_words::<HistoryKind>();
        assert!(Verdict::ALL.into_iter().all(|verdict| verdict.word() == verdict.as_str()));
    }
}
