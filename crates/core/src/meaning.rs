//! What a difference lets happen, or keeps from happening, for people who do not read policies.

use crate::{AccessKeyDifference, Difference, Effect};

impl Difference {
    /// One sentence on what it means; none where it changes nothing in who may do what.
    #[must_use]
    pub fn meaning(&self) -> Option<String> {
        let widens = self.effect() == Effect::Widens;
        let text = match self {
            Self::RoleMissing | Self::UserMissing => "DigitalEx cannot read this account",
            Self::TrustChanged { .. } if widens => {
                "somebody other than your DigitalEx tenant could assume this role"
            }
            Self::TrustChanged { .. } => "DigitalEx may not be able to assume this role",
            Self::AccessKeys(difference) => key_meaning(difference),
            Self::LoginProfileExtra => "whoever knows the password can sign in as this user",
            Self::GroupExtra { group } => {
                return Some(format!("the user may do whatever group {group} allows"));
            }
            Self::InlineMissing { meaning: Some(meaning), .. }
            | Self::InlineExtra { meaning: Some(meaning), .. } => meaning,
            Self::InlineMissing { name, meaning: None } => {
                return Some(format!("DigitalEx can no longer do what {name} is to allow"));
            }
            Self::InlineChanged { .. } if widens => "DigitalEx may do more than was agreed",
            Self::InlineChanged { .. } => "DigitalEx can no longer read all that it needs",
            Self::InlineExtra { .. } if widens => "DigitalEx may do what nobody declared",
            Self::InlineExtra { .. } => "DigitalEx may be kept from what it needs",
            Self::ManagedMissing { arn } => {
                let policy = short(arn.as_str());
                return Some(format!("DigitalEx can no longer read what {policy} allows"));
            }
            Self::ManagedExtra { arn } => {
                return Some(format!("DigitalEx may do whatever {} allows", short(arn.as_str())));
            }
            Self::BoundaryChanged { .. } if widens => {
                "the limit that you demand does not hold for this role"
            }
            Self::BoundaryChanged { .. } => "DigitalEx may be kept from what it needs",
            Self::MaxSessionDurationChanged { .. } if widens => {
                "one sign-in lasts longer than was agreed"
            }
            Self::MaxSessionDurationChanged { .. } => "sign-ins end earlier than was agreed",
            Self::TagMissing { .. }
            | Self::TagChanged { .. }
            | Self::DescriptionChanged { .. }
            | Self::PathChanged { .. } => return None,
        };
        Some(text.to_owned()).filter(|_| self.effect() != Effect::Cosmetic)
    }
}

fn key_meaning(difference: &AccessKeyDifference) -> &'static str {
    match difference {
        AccessKeyDifference::Missing | AccessKeyDifference::Deactivated { .. } => {
            "DigitalEx cannot sign in to this account"
        }
        AccessKeyDifference::Old { .. } => "a key that leaked unseen would still open this account",
        AccessKeyDifference::Replaced { .. } => "two keys open this account until the old one goes",
        AccessKeyDifference::Extra { .. } => "whoever holds this key can sign in as this user",
    }
}

/// The policy's name without the rest of its ARN.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use crate::{DesiredBoundary, PolicyName};

    use super::*;

    #[test]
    fn meaning_should_say_what_somebody_can_do_or_no_longer_can() {
        let arn: crate::ManagedPolicyArn =
            "arn:aws:iam::aws:policy/AdministratorAccess".parse().unwrap();
        let name = PolicyName::new("DigitalEx").unwrap();
        let required = DesiredBoundary::Required(arn.clone());
        let cases = [
            (Difference::RoleMissing, "DigitalEx cannot read this account"),
            (
                Difference::InlineMissing { name, meaning: None },
                "DigitalEx can no longer do what DigitalEx is to allow",
            ),
            (
                Difference::ManagedExtra { arn },
                "DigitalEx may do whatever AdministratorAccess allows",
            ),
            (
                Difference::BoundaryChanged { wanted: required, found: None },
                "the limit that you demand does not hold for this role",
            ),
        ];
        for (difference, meaning) in cases {
            assert_eq!(difference.meaning().as_deref(), Some(meaning));
        }
    }

    #[test]
    fn what_is_cosmetic_should_mean_nothing() {
        let key = crate::TagKey::new("team").unwrap();
        let wanted = crate::TagValue::new("finops").unwrap();
        let tag = Difference::TagMissing { key, wanted };
        assert_eq!(tag.meaning(), None);
    }
}
