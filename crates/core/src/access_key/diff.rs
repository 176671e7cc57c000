//! What differs between the access keys that a user should have and those that it has.

use serde::Serialize;

use super::{AccessKeyId, KEYS_MAX, KeyRecord, LastUse, ObservedAccessKey};
use crate::Effect;
use crate::planted::{PlantedBug, is_planted};

/// The access keys that a user should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DesiredKeys {
    /// Exactly one that works and is recorded; two in a rotation.
    One(KeyTimes),
    /// None that works.
    Deactivated,
    /// None.
    Deleted,
}

/// What decides on the keys of a user at one moment, in seconds of Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KeyTimes {
    /// A key that nobody recorded and that was made before is an orphan; a younger one may be about to be
    /// recorded.
    pub orphaned_before_s: i64,
    /// A key that was made before is replaced.
    pub replaced_before_s: Option<i64>,
    /// Any key is replaced, but for one that has just taken over.
    pub is_rotated: bool,
    /// A deactivated key that was used last before is deleted.
    pub deleted_before_s: i64,
    /// Whether the operator vouches that the next key is in use.
    pub next_is_proved: bool,
}

/// What differs in the access keys of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum AccessKeyDifference {
    /// No key is recorded, or the recorded one is not there.
    Missing,
    /// The recorded key was deactivated, by somebody else.
    Deactivated {
        /// The key.
        id: AccessKeyId,
    },
    /// The recorded key is older than a key may be.
    Old {
        /// The key.
        id: AccessKeyId,
    },
    /// Another key is to take over.
    Replaced {
        /// The key that it takes over from, where that is still there.
        old: Option<AccessKeyId>,
        /// The key that takes over.
        by: AccessKeyId,
        /// Whether it is proved to be in use, so that the old one can go.
        proved: bool,
    },
    /// A key that should not be there.
    Extra {
        /// The key.
        id: AccessKeyId,
        /// Whether it works.
        active: bool,
        /// What it is.
        key: ExtraKey,
        /// What to do with it.
        remedy: KeyRemedy,
    },
}

/// What a key is that should not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtraKey {
    /// No record names it.
    Unrecorded,
    /// Another one has taken over from it.
    Previous,
    /// The user should have no key.
    Unwanted,
}

/// What to do with a key that should not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRemedy {
    /// Nothing yet: whoever made it may be about to record it.
    Wait,
    /// A person decides: it is in use, and no other key works.
    Decide,
    /// It is deactivated.
    Deactivate,
    /// It is deleted.
    Delete,
}

/// What differs between `desired` and the keys that were found, of which `record` names some.
pub(crate) fn diff_keys(
    desired: &DesiredKeys,
    found: &[ObservedAccessKey],
    record: Option<&KeyRecord>,
) -> Vec<AccessKeyDifference> {
    let unwanted = |remedy| move |key| extra(key, ExtraKey::Unwanted, remedy);
    match desired {
        DesiredKeys::One(times) => Keys::new(times, found, record).differences(),
        DesiredKeys::Deactivated => {
            let active = found.iter().filter(|key| key.active);
            active.map(unwanted(KeyRemedy::Deactivate)).collect()
        }
        DesiredKeys::Deleted => found.iter().map(unwanted(KeyRemedy::Delete)).collect(),
    }
}

/// The keys of a user by what they are.
struct Keys<'k> {
    times: &'k KeyTimes,
    current: Option<&'k ObservedAccessKey>,
    next: Option<&'k ObservedAccessKey>,
    previous: Option<&'k ObservedAccessKey>,
    unrecorded: Vec<&'k ObservedAccessKey>,
}

impl<'k> Keys<'k> {
    fn new(
        times: &'k KeyTimes,
        found: &'k [ObservedAccessKey],
        record: Option<&KeyRecord>,
    ) -> Self {
        let find =
            |id: Option<&AccessKeyId>| id.and_then(|id| found.iter().find(|key| key.id == *id));
        let current = find(record.map(|record| &record.current));
        let next = find(record.and_then(KeyRecord::next));
        let previous = find(record.and_then(KeyRecord::previous));
        let recorded = [current, next, previous];
        let is_recorded = |key: &ObservedAccessKey| {
            recorded.iter().flatten().any(|recorded| recorded.id == key.id)
        };
        let unrecorded = found.iter().filter(|key| !is_recorded(key)).collect();
        Self { times, current, next, previous, unrecorded }
    }

    fn differences(&self) -> Vec<AccessKeyDifference> {
        let are_left = is_planted(PlantedBug::KeepOrphanKeys);
        let mut differences: Vec<_> =
            self.unrecorded.iter().filter(|_| !are_left).map(|key| self.unrecorded(key)).collect();
        match (self.current, self.next) {
            (_, Some(next)) if !next.active => {
                differences.push(AccessKeyDifference::Deactivated { id: next.id.clone() });
            }
            (current, Some(next)) => differences.extend(self.replacement(current, next)),
            (None, None) => differences.push(AccessKeyDifference::Missing),
            (Some(current), None) if !current.active => {
                differences.push(AccessKeyDifference::Deactivated { id: current.id.clone() });
            }
            (Some(current), None) if self.is_old(current) && self.has_room() => {
                differences.push(AccessKeyDifference::Old { id: current.id.clone() });
            }
            (Some(_), None) => {}
        }
        differences.extend(self.previous.and_then(|key| self.previous(key)));
        differences
    }

    /// `next` takes over: at once from a key that is gone, else when it is proved to be in use.
    fn replacement(
        &self,
        current: Option<&ObservedAccessKey>,
        next: &ObservedAccessKey,
    ) -> Vec<AccessKeyDifference> {
        let used = matches!(next.last_use, LastUse::At(_));
        let proved = current.is_none()
            || used
            || self.times.next_is_proved
            || is_planted(PlantedBug::TakeOverUnproved);
        let old = current.map(|key| key.id.clone());
        let replaced = AccessKeyDifference::Replaced { old, by: next.id.clone(), proved };
        let retired = current.filter(|current| proved && current.active);
        let retired = retired.map(|key| extra(key, ExtraKey::Previous, KeyRemedy::Deactivate));
        std::iter::once(replaced).chain(retired).collect()
    }

    fn unrecorded(&self, key: &ObservedAccessKey) -> AccessKeyDifference {
        let nothing_else_works = ![self.current, self.next].iter().flatten().any(|it| it.active);
        let is_in_use = key.active && matches!(key.last_use, LastUse::At(_));
        let remedy = if key.created_s >= self.times.orphaned_before_s {
            KeyRemedy::Wait
        } else if nothing_else_works && is_in_use {
            KeyRemedy::Decide
        } else {
            KeyRemedy::Delete
        };
        extra(key, ExtraKey::Unrecorded, remedy)
    }

    fn previous(&self, key: &ObservedAccessKey) -> Option<AccessKeyDifference> {
        let last_use_s = match (key.last_use, self.current) {
            (LastUse::At(at), _) => at,
            (_, Some(current)) => current.created_s,
            (_, None) => key.created_s,
        };
        let is_due = last_use_s < self.times.deleted_before_s
            || self.current.is_some_and(|current| self.is_old(current));
        let remedy = match key.active {
            true => KeyRemedy::Deactivate,
            false if is_due => KeyRemedy::Delete,
            false => return None,
        };
        Some(extra(key, ExtraKey::Previous, remedy))
    }

    fn is_old(&self, key: &ObservedAccessKey) -> bool {
        let is_asked_for = self.times.is_rotated && self.previous.is_none();
        is_asked_for || self.times.replaced_before_s.is_some_and(|before| key.created_s < before)
    }

    /// Whether a second key can be made: what is there beside the current one is deleted first.
    fn has_room(&self) -> bool {
        let stays = |difference: &AccessKeyDifference| {
            !matches!(difference, AccessKeyDifference::Extra { remedy: KeyRemedy::Delete, .. })
        };
        let unrecorded =
            self.unrecorded.iter().map(|key| self.unrecorded(key)).filter(|it| stays(it));
        let previous = self.previous.and_then(|key| self.previous(key)).filter(|it| stays(it));
        1 + unrecorded.count() + previous.iter().count() < KEYS_MAX
    }
}

fn extra(key: &ObservedAccessKey, what: ExtraKey, remedy: KeyRemedy) -> AccessKeyDifference {
    AccessKeyDifference::Extra { id: key.id.clone(), active: key.active, key: what, remedy }
}

impl AccessKeyDifference {
    /// The key that it is about; none where it is about none that is there.
    #[must_use]
    pub fn id(&self) -> Option<&AccessKeyId> {
        match self {
            Self::Missing => None,
            Self::Deactivated { id } | Self::Old { id } | Self::Extra { id, .. } => Some(id),
            Self::Replaced { by, .. } => Some(by),
        }
    }

    /// What it means for access. A key that is too old works longer than it should.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Missing | Self::Deactivated { .. } => Effect::Narrows,
            Self::Old { .. } | Self::Extra { active: true, .. } => Effect::Widens,
            Self::Replaced { .. } | Self::Extra { active: false, .. } => Effect::Cosmetic,
        }
    }

    /// Whether no key may be made now, since it is not known yet what becomes of this one.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(self, Self::Extra { remedy: KeyRemedy::Wait | KeyRemedy::Decide, .. })
    }
}
