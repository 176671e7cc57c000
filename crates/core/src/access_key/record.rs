//! Which keys of a user are recorded: a tag of the user says so, so that IAM itself tells.
//!
//! A key is named there only once a sink has its secret. A key that no record names is nobody's.

use std::collections::BTreeMap;

use serde::Serialize;

use super::AccessKeyId;
use crate::{TagKey, TagValue};

/// The key of the tag that names the recorded access keys of a user. One tag holds all, so that it changes
/// from one state to the next at once.
pub const KEYS_TAG_KEY: &str = "digitalex:access-keys";

/// The recorded keys of a user: `current=AKIA…`, and in a rotation `next=AKIA…`, after it
/// `previous=AKIA…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyRecord {
    /// The key that works.
    pub current: AccessKeyId,
    /// The other one, where there is one.
    pub other: Option<OtherKey>,
}

/// The other key of a user in or after a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherKey {
    /// It takes over once it is proved to be in use.
    Next(AccessKeyId),
    /// It was taken over from: it is deactivated, and later deleted.
    Previous(AccessKeyId),
}

impl KeyRecord {
    /// What the tags of a user say; none where they name no key.
    #[must_use]
    pub fn of(tags: &BTreeMap<TagKey, TagValue>) -> Option<Self> {
        let (_, value) = tags.iter().find(|(key, _)| key.as_str() == KEYS_TAG_KEY)?;
        let named = |word: &str| {
            let mut words = value.as_str().split(' ').filter_map(|part| part.split_once('='));
            words.find(|(name, _)| *name == word).and_then(|(_, id)| id.parse().ok())
        };
        let current: AccessKeyId = named("current")?;
        let next = named("next").map(OtherKey::Next);
        let other = next.or_else(|| named("previous").map(OtherKey::Previous));
        Some(Self { other: other.filter(|other| *other.id() != current), current })
    }

    /// The tag that says so.
    #[must_use]
    pub fn tags(&self) -> BTreeMap<TagKey, TagValue> {
        let other = match &self.other {
            None => String::new(),
            Some(OtherKey::Next(id)) => format!(" next={id}"),
            Some(OtherKey::Previous(id)) => format!(" previous={id}"),
        };
        let value = format!("current={}{other}", self.current);
        // Two ids have 256 characters at most together with the words, but for ids that IAM has never given out.
        let tag = TagKey::new(KEYS_TAG_KEY).and_then(|key| Ok((key, TagValue::new(value)?)));
        tag.into_iter().collect()
    }

    /// The key that is to take over.
    #[must_use]
    pub fn next(&self) -> Option<&AccessKeyId> {
        match &self.other {
            Some(OtherKey::Next(id)) => Some(id),
            _ => None,
        }
    }

    /// The key that was taken over from.
    #[must_use]
    pub fn previous(&self) -> Option<&AccessKeyId> {
        match &self.other {
            Some(OtherKey::Previous(id)) => Some(id),
            _ => None,
        }
    }
}

impl OtherKey {
    fn id(&self) -> &AccessKeyId {
        match self {
            Self::Next(id) | Self::Previous(id) => id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(letter: char) -> AccessKeyId {
        format!("AKIA{}", String::from(letter).repeat(16)).parse().unwrap()
    }

    #[test]
    fn record_should_be_read_as_it_was_written() {
        for other in [None, Some(OtherKey::Next(id('B'))), Some(OtherKey::Previous(id('B')))] {
            let record = KeyRecord { current: id('A'), other };
            assert_eq!(KeyRecord::of(&record.tags()), Some(record));
        }
    }

    #[test]
    fn the_current_key_should_never_be_taken_for_the_other_one() {
        let value = format!("current={0} previous={0}", id('A'));
        let tag = (TagKey::new(KEYS_TAG_KEY).unwrap(), TagValue::new(value).unwrap());
        let record = KeyRecord::of(&[tag].into()).unwrap();
        assert_eq!(record, KeyRecord { current: id('A'), other: None });
    }

    #[test]
    fn a_tag_that_names_no_key_should_record_none() {
        for value in
            ["", "current=", "current=short", "next=AKIAAAAAAAAAAAAAAAAA", "AKIAAAAAAAAAAAAAAAAA"]
        {
            let tag = (TagKey::new(KEYS_TAG_KEY).unwrap(), TagValue::new(value).unwrap());
            assert_eq!(KeyRecord::of(&[tag].into()), None, "{value:?}");
        }
        assert_eq!(KeyRecord::of(&BTreeMap::new()), None);
    }
}
