//! What the report says in words.

use super::{Account, Effect, Verdict};
use crate::output::difference::counted;

impl Verdict {
    /// As the program itself has it.
    pub(crate) const fn core(self) -> digitalex_core::Verdict {
        use digitalex_core::Verdict as Core;
        match self {
            Self::InSync => Core::InSync,
            Self::Converged => Core::Converged,
            Self::Drifted => Core::Drifted,
            Self::Held => Core::Held,
            Self::Failed => Core::Failed,
            Self::Unreachable => Core::Unreachable,
            Self::Skipped => Core::Skipped,
            Self::NotVisited => Core::NotVisited,
        }
    }

    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.core().as_str()
    }

    /// The word for people.
    #[must_use]
    pub fn words(self) -> String {
        self.as_str().replace('_', " ")
    }
}

impl Effect {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Narrows => "narrows",
            Self::Widens => "widens",
        }
    }
}

impl Account {
    /// The calls of its plan, where it can be applied: `CreateRole, 6 × AttachRolePolicy`.
    pub(crate) fn writes(&self) -> Option<String> {
        let plan = self.plan.as_ref().filter(|_| self.verdict == Verdict::Drifted)?;
        let call = |step| Some(serde_json::to_value(step).ok()?["call"].as_str()?.to_owned());
        let calls: Option<Vec<String>> = plan.steps.iter().map(call).collect();
        calls.filter(|calls| !calls.is_empty()).map(|calls| counted(calls.into_iter()))
    }
}
