//! Profiles: the built-in ones, and the customer's own.

use std::collections::BTreeMap;
use std::path::Path;

use digitalex_core::{PolicyName, Profile};

use super::error::ConfigError;
use super::raw::RawProfile;
use super::values::DocumentEntry;

/// The customer's profiles, which go before the built-in ones.
pub(crate) struct Profiles(BTreeMap<String, Profile>);

impl Profiles {
    /// Reads the documents of the customer's profiles.
    pub(crate) fn new(raw: &BTreeMap<String, RawProfile>) -> Result<Self, ConfigError> {
        let profiles = raw.iter().map(|(name, profile)| {
            let inline = profile.inline.iter().map(|(policy, entry)| document(policy, entry));
            let profile = Profile {
                name: name.clone(),
                inline: inline.collect::<Result<_, _>>()?,
                managed: profile.managed.clone(),
            };
            Ok((name.clone(), profile))
        });
        profiles.collect::<Result<_, _>>().map(Self)
    }

    /// The profile of this name.
    pub(crate) fn get(&self, name: &str) -> Result<Profile, ConfigError> {
        match self.0.get(name) {
            Some(profile) => Ok(profile.clone()),
            None => {
                Profile::built_in(name).map_err(|_| ConfigError::UnknownProfile(name.to_owned()))
            }
        }
    }
}

fn document(
    policy: &PolicyName,
    entry: &DocumentEntry,
) -> Result<(PolicyName, String), ConfigError> {
    let text = match entry {
        DocumentEntry::File(path) => read(path)?,
        DocumentEntry::Document(document) => serde_json::Value::from(document.clone()).to_string(),
    };
    Ok((policy.clone(), text))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        what: "policy document",
        path: path.to_owned(),
        source,
    })
}
