//! Page tokens (`NextToken`, `Marker`): a list is read to its end, or it is an error.

use std::collections::HashSet;

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_engine::{CallError, CallErrorKind};

use crate::classify::Subject;

/// The page tokens of one listing.
#[derive(Default)]
pub(crate) struct PageTokens {
    current: Option<String>,
    seen: HashSet<String>,
}

impl PageTokens {
    /// The token of the page to read now; none for the first.
    pub(crate) fn current(&self) -> Option<String> {
        self.current.clone()
    }

    /// Goes on to the page after; false where there is none. An empty page says nothing of that.
    pub(crate) fn advance(
        &mut self,
        subject: Subject,
        next: Option<String>,
    ) -> Result<bool, CallError> {
        self.current =
            next.filter(|token| !token.is_empty() && !is_planted(PlantedBug::IgnoreNextToken));
        match &self.current {
            Some(token)
                if !self.seen.insert(token.clone())
                    && !is_planted(PlantedBug::IgnoreTokenCycle) =>
            {
                Err(subject.failure(
                    CallErrorKind::InconsistentAnswer,
                    "a page token came twice, so that the list would never end",
                ))
            }
            current => Ok(current.is_some()),
        }
    }

    /// Like [`Self::advance`], for IAM's `IsTruncated` and `Marker`.
    pub(crate) fn advance_marker(
        &mut self,
        subject: Subject,
        truncated: bool,
        marker: Option<String>,
    ) -> Result<bool, CallError> {
        let truncated = truncated && !is_planted(PlantedBug::IgnoreIsTruncated);
        match (truncated, marker.filter(|marker| !marker.is_empty())) {
            (false, _) => Ok(false),
            (true, None) => Err(subject.failure(
                CallErrorKind::InconsistentAnswer,
                "the list is truncated, but came without a marker to go on from",
            )),
            (true, marker) => self.advance(subject, marker),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncated_list_should_have_a_marker_to_go_on_from() {
        let subject = Subject { operation: "ListRolePolicies", account: None };
        let advance = |truncated, marker: Option<&str>| {
            let marker = marker.map(str::to_owned);
            PageTokens::default()
                .advance_marker(subject, truncated, marker)
                .map_err(|error| error.kind)
        };
        assert_eq!(advance(false, None), Ok(false));
        assert_eq!(advance(true, Some("m")), Ok(true));
        for marker in [None, Some("")] {
            assert_eq!(advance(true, marker), Err(CallErrorKind::InconsistentAnswer));
        }
    }
}
