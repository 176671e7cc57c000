//! Which parts of the role are corrected; the others are only reported.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of the role that is corrected, or left alone, as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectedPart {
    /// A missing role is created, whole.
    Role,
    /// The trust policy.
    Trust,
    /// Inline policies, managed policies and the permissions boundary: always together, since what
    /// one allows the other may limit.
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
    /// All parts.
    pub const ALL: [Self; 6] = [
        Self::Role,
        Self::Trust,
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
        self.0.contains(&part)
    }

    /// Whether nothing is corrected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parts, in the order of the configuration's words above.
    pub fn parts(&self) -> impl Iterator<Item = CorrectedPart> {
        self.0.iter().copied()
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
