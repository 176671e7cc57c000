//! What the role may do, by profile (DigitalEx help pages, "Step-3: Create Role / IAM User").

use std::collections::BTreeMap;

use crate::PolicyName;

/// The policies of a role. Texts may hold the placeholders `<BUCKET_NAME>`, `<ACCOUNT_ID>` and
/// `<PARTITION>`, filled by [`crate::IdentityTemplate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// Inline policies: documents by policy name.
    pub inline: BTreeMap<PolicyName, String>,
    /// ARNs of managed policies.
    pub managed: Vec<String>,
}

/// No built-in profile has the name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a built-in profile: there are \"billing\" and \"member\"")]
pub struct UnknownProfile(String);

/// The AWS managed policies of profile `member`.
const MEMBER_MANAGED: [&str; 6] = [
    "ReadOnlyAccess",
    "job-function/ViewOnlyAccess",
    "IAMReadOnlyAccess",
    "CloudWatchReadOnlyAccess",
    "ComputeOptimizerReadOnlyAccess",
    "AWSOrganizationsReadOnlyAccess",
];

impl Profile {
    /// The built-in profile of this name: `billing` for the payer account, `member` for the others.
    ///
    /// # Errors
    /// There is no such profile.
    pub fn built_in(name: &str) -> Result<Self, UnknownProfile> {
        match name {
            "billing" => {
                Ok(Self::with_inline(name, "digitalex-billing", include_str!("billing.json")))
            }
            "member" => Ok(Self {
                managed: MEMBER_MANAGED
                    .iter()
                    .map(|policy| format!("arn:<PARTITION>:iam::aws:policy/{policy}"))
                    .collect(),
                ..Self::with_inline(name, "digitalex-member", include_str!("member.json"))
            }),
            _ => Err(UnknownProfile(name.to_owned())),
        }
    }

    fn with_inline(name: &str, policy_name: &str, document: &str) -> Self {
        // Both names are literals of this file and legal.
        let inline = PolicyName::new(policy_name).map(|policy| (policy, document.to_owned()));
        Self { name: name.to_owned(), inline: inline.into_iter().collect(), managed: Vec::new() }
    }
}
