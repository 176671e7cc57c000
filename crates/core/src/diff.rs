//! The one diff: drift, plan and verification all use it.

use serde::Serialize;

use crate::planted::{PlantedBug, is_planted};
use crate::{
    AccessKeyDifference, Description, DesiredBoundary, DesiredForm, DesiredIdentity, DesiredKeys,
    IdentityPath, KeyRecord, ManagedPolicyArn, Observation, ObservedForm, ObservedIdentity,
    PolicyComparison, PolicyDocument, PolicyName, SessionDuration, TagKey, TagValue,
    TrustedPrincipal, access_key::diff_keys,
};

/// What a difference means for access, seen from what is wanted: what is found …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// … changes nothing in who may do what.
    Cosmetic,
    /// … allows less.
    Narrows,
    /// … allows, or trusts, more (and perhaps less elsewhere).
    Widens,
}

/// The aspect of the role or user that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are IAM's own")]
pub enum Aspect {
    Role,
    User,
    Trust,
    AccessKeys,
    LoginProfile,
    Groups,
    Inline,
    Managed,
    Boundary,
    Tags,
    Description,
    MaxSessionDuration,
    Path,
}

/// One difference between the role or user that is wanted and what is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Difference {
    /// There is no such role.
    RoleMissing,
    /// There is no such user.
    UserMissing,
    /// The trust policy says something else.
    TrustChanged {
        /// What differs.
        comparison: PolicyComparison,
    },
    /// The access keys are not as they should be.
    AccessKeys(AccessKeyDifference),
    /// The user has a password for the console.
    LoginProfileExtra,
    /// The user is a member of a group, and has its policies.
    GroupExtra {
        /// The group's name.
        group: String,
    },
    /// An inline policy is not there.
    InlineMissing {
        /// Its name.
        name: PolicyName,
        /// What that means, where it can be said.
        #[serde(skip)]
        meaning: Option<String>,
    },
    /// An inline policy says something else.
    InlineChanged {
        /// Its name.
        name: PolicyName,
        /// What differs.
        comparison: PolicyComparison,
    },
    /// An inline policy that nobody declared.
    InlineExtra {
        /// Its name.
        name: PolicyName,
        /// What it does: one that only denies narrows.
        effect: Effect,
        /// What that means, where it can be said.
        #[serde(skip)]
        meaning: Option<String>,
    },
    /// A managed policy is not attached.
    ManagedMissing {
        /// Its ARN.
        arn: ManagedPolicyArn,
    },
    /// A managed policy is attached that nobody declared.
    ManagedExtra {
        /// Its ARN.
        arn: ManagedPolicyArn,
    },
    /// The permissions boundary is another, or missing, or not declared.
    BoundaryChanged {
        /// What the configuration says.
        wanted: DesiredBoundary,
        /// What is there.
        found: Option<ManagedPolicyArn>,
    },
    /// A tag is not there.
    TagMissing {
        /// Its key.
        key: TagKey,
        /// The value it should have.
        wanted: TagValue,
    },
    /// A tag has another value.
    TagChanged {
        /// Its key.
        key: TagKey,
        /// The value it should have.
        wanted: TagValue,
        /// The value it has.
        found: TagValue,
    },
    /// The description is another.
    DescriptionChanged {
        /// The description it should have.
        wanted: Description,
        /// The one it has.
        found: String,
    },
    /// `MaxSessionDuration` is another.
    MaxSessionDurationChanged {
        /// What it should be.
        wanted: SessionDuration,
        /// What it is, in seconds.
        found_s: u32,
    },
    /// It stands at another path, which is not changed.
    PathChanged {
        /// The path it should have.
        wanted: IdentityPath,
        /// The one it has.
        found: IdentityPath,
    },
}

/// All differences of one role or user, by aspect; empty where it is as wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct IdentityDiff(Vec<Difference>);

/// What differs between the role or user that is wanted and what was found; `None` where it could not be
/// read, since nothing can be said then.
#[must_use]
pub fn diff(desired: &DesiredIdentity, observation: &Observation) -> Option<IdentityDiff> {
    match observation {
        Observation::Unreadable(_) => None,
        Observation::Absent => Some(missing(&desired.form).into_iter().collect()),
        Observation::Present(found) => Some(IdentityDiff(diff_present(desired, found))),
    }
}

/// A user that is to have no keys need not be there.
fn missing(form: &DesiredForm) -> Option<Difference> {
    match form {
        DesiredForm::Role { .. } => Some(Difference::RoleMissing),
        DesiredForm::User { keys: DesiredKeys::One(_) } => Some(Difference::UserMissing),
        DesiredForm::User { keys: DesiredKeys::Deactivated | DesiredKeys::Deleted } => None,
    }
}

fn diff_present(desired: &DesiredIdentity, found: &ObservedIdentity) -> Vec<Difference> {
    let mut differences = Vec::new();
    if matches!(desired.form, DesiredForm::User { keys } if !matches!(keys, DesiredKeys::One(_))) {
        // A user that is given up is not put right in anything else.
        return diff_way_in(desired, found);
    }
    if desired.path != found.path {
        let (wanted, found) = (desired.path.clone(), found.path.clone());
        differences.push(Difference::PathChanged { wanted, found });
    }
    differences.extend(diff_way_in(desired, found));
    differences.extend(diff_inline(desired, found));
    differences.extend(diff_managed(desired, found));
    differences.extend(diff_boundary(desired, found));
    differences.extend(diff_settings(desired, found));
    differences.extend(diff_tags(desired, found));
    differences
}

/// Who can come in: the trust policy of a role; the keys, the password and the groups of a user.
fn diff_way_in(desired: &DesiredIdentity, found: &ObservedIdentity) -> Vec<Difference> {
    match (&desired.form, &found.form) {
        (DesiredForm::Role { trust: wanted, .. }, ObservedForm::Role { trust, .. }) => {
            diff_trust(wanted, trust).into_iter().collect()
        }
        (
            DesiredForm::User { keys: wanted },
            ObservedForm::User { keys, login_profile, groups },
        ) => {
            let record = KeyRecord::of(&found.tags);
            let keys = diff_keys(wanted, keys, record.as_ref());
            let login_profile = login_profile.then_some(Difference::LoginProfileExtra);
            let group = |group: &String| Difference::GroupExtra { group: group.clone() };
            let keys = keys.into_iter().map(Difference::AccessKeys);
            keys.chain(login_profile).chain(groups.iter().map(group)).collect()
        }
        // What is read is what is wanted: a role for a role, a user for a user.
        (DesiredForm::Role { .. }, ObservedForm::User { .. }) => vec![Difference::RoleMissing],
        (DesiredForm::User { .. }, ObservedForm::Role { .. }) => vec![Difference::UserMissing],
    }
}

fn diff_trust(wanted: &PolicyDocument, found: &PolicyDocument) -> Option<Difference> {
    let trusted = |trust: &PolicyDocument| -> Vec<TrustedPrincipal> {
        trust.trust_grants().into_iter().map(|grant| grant.principal).collect()
    };
    let overlooked =
        is_planted(PlantedBug::OverlookExternalId) && trusted(wanted) == trusted(found);
    let comparison = wanted.compare(found).filter(|_| !overlooked);
    comparison.map(|comparison| Difference::TrustChanged { comparison })
}

fn diff_inline(desired: &DesiredIdentity, found: &ObservedIdentity) -> Vec<Difference> {
    let declared = desired.inline.iter().filter_map(|(name, wanted)| {
        let name = name.clone();
        match found.inline.get(&name) {
            None => {
                let meaning = wanted.meaning_if_missing(found.inline.values());
                Some(Difference::InlineMissing { name, meaning })
            }
            Some(document) => wanted
                .compare(document)
                .map(|comparison| Difference::InlineChanged { name, comparison }),
        }
    });
    let undeclared = found.inline.iter().filter(|(name, _)| !desired.inline.contains_key(*name));
    let extra = undeclared.map(|(name, document)| Difference::InlineExtra {
        name: name.clone(),
        effect: if document.only_denies() { Effect::Narrows } else { Effect::Widens },
        meaning: document.meaning_if_extra(desired.inline.values()),
    });
    declared.chain(extra.filter(|_| !is_planted(PlantedBug::OverlookExtraInline))).collect()
}

fn diff_managed(desired: &DesiredIdentity, found: &ObservedIdentity) -> Vec<Difference> {
    let missing = desired.managed.difference(&found.managed).cloned();
    let extra = found.managed.difference(&desired.managed).cloned();
    let extra = extra.filter(|_| !is_planted(PlantedBug::OverlookExtraManaged));
    missing
        .map(|arn| Difference::ManagedMissing { arn })
        .chain(extra.map(|arn| Difference::ManagedExtra { arn }))
        .collect()
}

fn diff_boundary(desired: &DesiredIdentity, found: &ObservedIdentity) -> Option<Difference> {
    let same = match &desired.boundary {
        DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => found.boundary.is_none(),
        DesiredBoundary::Required(arn) => found.boundary.as_ref() == Some(arn),
    };
    (!same).then(|| Difference::BoundaryChanged {
        wanted: desired.boundary.clone(),
        found: found.boundary.clone(),
    })
}

fn diff_settings(desired: &DesiredIdentity, found: &ObservedIdentity) -> Vec<Difference> {
    let mut differences = Vec::new();
    let DesiredForm::Role { description: wanted, max_session_duration, .. } = &desired.form else {
        return differences;
    };
    let ObservedForm::Role { description, max_session_duration_s, .. } = &found.form else {
        return differences;
    };
    if wanted.as_str() != description {
        let (wanted, found) = (wanted.clone(), description.clone());
        differences.push(Difference::DescriptionChanged { wanted, found });
    }
    if max_session_duration.seconds() != *max_session_duration_s {
        let (wanted, found_s) = (*max_session_duration, *max_session_duration_s);
        differences.push(Difference::MaxSessionDurationChanged { wanted, found_s });
    }
    differences
}

fn diff_tags(desired: &DesiredIdentity, found: &ObservedIdentity) -> Vec<Difference> {
    let of_tag = |(key, wanted): (&TagKey, &TagValue)| {
        let (key, wanted) = (key.clone(), wanted.clone());
        match found.tags.get(&key) {
            None => Some(Difference::TagMissing { key, wanted }),
            Some(value) if *value == wanted => None,
            Some(value) => Some(Difference::TagChanged { key, wanted, found: value.clone() }),
        }
    };
    desired.tags.iter().filter_map(of_tag).collect()
}

impl IdentityDiff {
    /// Whether all is as wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The differences.
    pub fn iter(&self) -> impl Iterator<Item = &Difference> {
        self.0.iter()
    }

    /// The gravest effect among the differences.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.0.iter().map(Difference::effect).max().unwrap_or(Effect::Cosmetic)
    }
}

impl FromIterator<Difference> for IdentityDiff {
    fn from_iter<I: IntoIterator<Item = Difference>>(differences: I) -> Self {
        Self(differences.into_iter().collect())
    }
}

impl Difference {
    /// The aspect that differs.
    #[must_use]
    pub fn aspect(&self) -> Aspect {
        match self {
            Self::RoleMissing => Aspect::Role,
            Self::UserMissing => Aspect::User,
            Self::AccessKeys(_) => Aspect::AccessKeys,
            Self::LoginProfileExtra => Aspect::LoginProfile,
            Self::GroupExtra { .. } => Aspect::Groups,
            Self::TrustChanged { .. } => Aspect::Trust,
            Self::InlineMissing { .. } | Self::InlineChanged { .. } | Self::InlineExtra { .. } => {
                Aspect::Inline
            }
            Self::ManagedMissing { .. } | Self::ManagedExtra { .. } => Aspect::Managed,
            Self::BoundaryChanged { .. } => Aspect::Boundary,
            Self::TagMissing { .. } | Self::TagChanged { .. } => Aspect::Tags,
            Self::DescriptionChanged { .. } => Aspect::Description,
            Self::MaxSessionDurationChanged { .. } => Aspect::MaxSessionDuration,
            Self::PathChanged { .. } => Aspect::Path,
        }
    }

    /// What it means for access. A boundary only ever limits, so that a missing or another one
    /// counts as widening: another one may allow what the declared one does not.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::RoleMissing
            | Self::UserMissing
            | Self::InlineMissing { .. }
            | Self::ManagedMissing { .. } => Effect::Narrows,
            Self::AccessKeys(difference) => difference.effect(),
            Self::LoginProfileExtra | Self::GroupExtra { .. } => Effect::Widens,
            Self::TrustChanged { comparison } | Self::InlineChanged { comparison, .. } => {
                comparison.effect
            }
            Self::InlineExtra { effect, .. } => *effect,
            Self::ManagedExtra { .. } => Effect::Widens,
            Self::BoundaryChanged { wanted, .. } => match wanted {
                DesiredBoundary::Required(_) => Effect::Widens,
                DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => Effect::Narrows,
            },
            Self::MaxSessionDurationChanged { wanted, found_s } => {
                if *found_s > wanted.seconds() {
                    Effect::Widens
                } else {
                    Effect::Narrows
                }
            }
            Self::TagMissing { .. }
            | Self::TagChanged { .. }
            | Self::DescriptionChanged { .. }
            | Self::PathChanged { .. } => Effect::Cosmetic,
        }
    }
}
